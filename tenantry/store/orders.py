"""Orders kept and carried out: `apply` is the one place that turns the lines of an order into what they promise."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.charges import Price
from tenantry.domain.orders import OPEN_STATES, Bought, Deed, Line, Order, OrderState, Quote, batches_after
from tenantry.domain.seat_changes import Batch
from tenantry.domain.subscriptions import Facts
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.store.invoices import issue_invoices
from tenantry.store.licenses.follow import follow, move
from tenantry.store.licenses.write import Stamp
from tenantry.store.pools import after_change, reduce_pools
from tenantry.store.queue import defer
from tenantry.store.subscriptions import lock_pools
from tenantry.store.tables import (
    charges,
    orders,
    payments,
    products,
    scheduled_changes,
    seat_batches,
    seat_pools,
    subscriptions,
)

CHARGES = {
    Deed.NEW: "purchase",
    Deed.CONVERT: "purchase",
    Deed.RENEW: "renewal",
    Deed.SEATS: "seats",
    Deed.SWITCH: "switch",
    Deed.CANCEL: "cancellation",
}
_FACTS = (
    "kind",
    "state",
    "po_number",
    "method_id",
    "invoice_id",
    "actor_id",
    "actor_name",
    "operation_id",
    "failure",
    "made_at",
    "done_at",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLANS_END = (Deed.RENEW, Deed.CONVERT, Deed.CANCEL)
_SWITCHES = (Deed.SWITCH, Deed.RENEW, Deed.CONVERT)  # the latter two as it was booked


# Subscriptions, as an order sees them


async def load_bought(tx: AsyncConnection, ids: Collection[UUID] | None, tax_permille: Decimal) -> dict[UUID, Bought]:
    """The subscriptions of `ids` (None: all of the tenant) with their seats by batch and the price that is theirs.

    Two statements. Who is to change them has locked their pools before.
    """
    wanted = select(subscriptions, products.c.name).join(products, products.c.sku_id == subscriptions.c.sku_id)
    if ids is not None:
        wanted = wanted.where(subscriptions.c.id == func.any(list(ids)))
    rows = (await tx.execute(wanted)).all()
    batches = await _batches(tx, ids)
    return {row.id: _bought(row, tax_permille, batches.get(row.id, ())) for row in rows}


def _bought(row: Row[Any], tax_permille: Decimal, batches: tuple[Batch, ...]) -> Bought:
    price = Price(Money(row.unit_price, row.currency), row.frequency, tax_permille)
    return Bought(row.id, row.sku_id, row.name, facts_of(row), row.seats, price, row.anchor_at, row.term_at, batches)


def facts_of(row: Row[Any]) -> Facts:
    """What the status of a row of `subscriptions` follows from."""
    return Facts(
        row.starts_at,
        row.ends_at,
        row.recurring,
        row.trial,
        row.channel,
        row.term_months,
        row.converts,
        row.unpaid_at,
        row.canceled_at,
        row.delete_at,
    )


async def make_pools(tx: AsyncConnection, tenant_id: UUID, skus: Iterable[UUID]) -> None:
    """A pool for every product of `skus`, so that there is something to lock before the first seat is bought."""
    rows = [{"tenant_id": tenant_id, "sku_id": sku_id} for sku_id in sorted(set(skus))]
    if rows:
        await tx.execute(upsert(seat_pools).values(rows).on_conflict_do_nothing())


# Orders as rows


async def insert_order(tx: AsyncConnection, tenant_id: UUID, order: Order) -> None:
    """Keeps an order with its lines."""
    await tx.execute(insert(orders).values(tenant_id=tenant_id, id=order.id, **_columns(order)))


async def renew_order(tx: AsyncConnection, order: Order) -> None:
    """Keeps an order that is tried again as it is now."""
    await tx.execute(update(orders).where(orders.c.id == order.id).values(_columns(order)))


def _columns(order: Order) -> dict[str, Any]:
    quote = order.quote
    facts = {column: getattr(order, column) for column in _FACTS}
    money = {"currency": quote.currency, "net": quote.now.net.minor, "tax": quote.now.tax.minor}
    return {**facts, **money, "lines": msgspec.to_builtins(quote.lines)}


async def load_order(tx: AsyncConnection, order_id: UUID, *, lock: bool = False) -> Order | None:
    """One order, or None. lock: until the transaction ends nobody else settles it."""
    wanted = select(orders).where(orders.c.id == order_id)
    row = (await tx.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else order_of(row)


async def load_open_orders(tx: AsyncConnection) -> list[Order]:
    """The orders that wait for money. Ask under the lock of the pools, or another may come in between."""
    wanted = select(orders).where(orders.c.state.in_([state.value for state in OPEN_STATES]))
    return [order_of(row) for row in await tx.execute(wanted)]


def order_of(row: Row[Any]) -> Order:
    """A row of `orders` with its lines as the domain knows them."""
    lines = msgspec.convert(row.lines, tuple[Line, ...], strict=False)
    return Order(
        row.id,
        row.kind,
        row.state,
        Quote(lines, row.currency),
        row.po_number,
        row.method_id,
        row.invoice_id,
        row.actor_id,
        row.actor_name,
        row.operation_id,
        row.failure,
        row.made_at,
        row.done_at,
    )


async def mark_order(
    tx: AsyncConnection, order_id: UUID, state: OrderState, *, failure: str | None = None, at: datetime | None = None
) -> None:
    """Where an order stands now. failure: the provider's code. at: when it came to its end."""
    mine = update(orders).where(orders.c.id == order_id)
    await tx.execute(mine.values(state=state.value, failure=failure, done_at=at))


# Paying


async def ask_payment(tx: AsyncConnection, tenant_id: UUID, order: Order, provider: str, now: datetime) -> UUID:
    """Has a job take the money for an order, and returns the payment's id."""
    total = order.quote.now.total
    payment_id = new_id()
    facts = {"order_id": order.id, "method_id": order.method_id, "provider": provider, "state": "waiting"}
    money = {"currency": total.currency, "amount": total.minor, "made_at": now}
    await tx.execute(insert(payments).values(tenant_id=tenant_id, id=payment_id, **facts, **money))
    await defer(tx, "charge_payment", tenant_id=tenant_id, payment_id=payment_id)
    return payment_id


async def settle_order(
    tx: AsyncConnection,
    tenant_id: UUID,
    order_id: UUID,
    state: OrderState,
    now: datetime,
    operation_id: UUID,
    *,
    failure: str | None = None,
) -> UUID | None:
    """What a payment came to: `DONE` (paid) carries the order out, `ACTION` and `FAILED` only say where it stands.

    Returns the invoice of an order that was carried out. An order that has come to its end is left alone, so that news
    may come twice, late and out of order. Locks the pools, then the order.
    """
    order = await load_order(tx, order_id)
    if order is None:
        return None
    await lock_pools(tx, await _skus(tx, order), now)
    order = await load_order(tx, order_id, lock=True)
    if order is None or order.state not in OPEN_STATES:
        return None
    if state is OrderState.DONE:
        return await apply(tx, tenant_id, order, now, operation_id)
    ended_at = None if state in OPEN_STATES else now
    await mark_order(tx, order_id, state, failure=failure, at=ended_at)
    return None


async def _skus(tx: AsyncConnection, order: Order) -> set[UUID] | None:
    """The products that the order is about; None, which is all, where one gives way to another.

    Licenses follow then, by rules that ask for all products.
    """
    lines = order.quote.lines
    theirs = subscriptions.c.id == func.any([line.subscription_id for line in lines])
    mine = (await tx.execute(select(subscriptions.c.sku_id).where(theirs))).scalars()
    about = {line.sku_id for line in lines}
    return None if set(mine) - about or any(line.people for line in lines) else about


# Carrying out


async def apply(tx: AsyncConnection, tenant_id: UUID, order: Order, now: datetime, operation_id: UUID) -> UUID | None:
    """Makes every line of the order come true, marks it done, and returns the id of its invoice.

    Purchases, batches of seats and charges are written as sets; a change of what there is, of which an order seldom
    has more than one, line by line. Seats are moved by what the line adds, so that an order which waited for money
    undoes nothing that happened meanwhile. The caller has locked the pools of all lines (`lock_pools`).
    """
    lines = order.quote.lines
    switched = await _switched(tx, lines)
    await _write_new(tx, tenant_id, order, now)
    await _write_changed(tx, order)
    await _write_batches(tx, tenant_id, lines, now)
    await _drop_plans(tx, lines)
    await tx.execute(insert(charges), [_charge(tenant_id, line, now, operation_id) for line in lines])
    invoice = next(iter(await issue_invoices(tx, [tenant_id], now=now, po_number=order.po_number)), None)
    invoice_id = invoice.id if invoice else None
    if invoice and invoice.state == "credited":
        await defer(tx, "use_credit", tenant_id=tenant_id)
    done = {"state": OrderState.DONE, "failure": None, "invoice_id": invoice_id, "done_at": now}
    await tx.execute(update(orders).where(orders.c.id == order.id).values(done))
    for old, new in sorted(set(switched.values())):
        await follow(tx, old, new, Stamp(operation_id, now))
    await _move_people(tx, lines, Stamp(operation_id, now))
    if reduced := _reduced(lines, switched):
        await reduce_pools(tx, reduced, now)
    await after_change(tx, None if switched else {line.sku_id for line in lines}, now)
    return invoice_id


async def _move_people(tx: AsyncConnection, lines: Sequence[Line], stamp: Stamp) -> None:
    """Whoever was chosen moves from the product that gives seats to the one that takes their place."""
    for new in [line for line in lines if line.people]:
        for old in [line for line in lines if line.deed is Deed.SEATS]:
            await move(tx, new.people, old.sku_id, new.sku_id, stamp)


async def _switched(tx: AsyncConnection, lines: Iterable[Line]) -> dict[UUID, tuple[UUID, UUID]]:
    """Subscription -> its product, and another one that comes in its place, as long as that is not written."""
    wanted = {line.subscription_id: line.sku_id for line in lines if line.deed in _SWITCHES}
    if not wanted:
        return {}
    mine = select(subscriptions.c.id, subscriptions.c.sku_id).where(subscriptions.c.id == func.any(list(wanted)))
    both = {row.id: (row.sku_id, wanted[row.id]) for row in await tx.execute(mine)}
    return {id: (old, new) for id, (old, new) in both.items() if old != new}


def _reduced(lines: Iterable[Line], switched: Mapping[UUID, tuple[UUID, UUID]]) -> set[UUID]:
    """The products that a term which follows on another took seats of: licenses beyond them have days of grace."""
    following = [line for line in lines if line.follows]
    fewer = {line.sku_id for line in following if line.seats < line.before and line.subscription_id not in switched}
    return fewer | {switched[line.subscription_id][0] for line in following if line.subscription_id in switched}


def _term(line: Line) -> dict[str, Any]:
    """The columns of a term that begins with this line."""
    return {
        "sku_id": line.sku_id,
        "seats": line.seats,
        "term_months": line.term_months,
        "frequency": line.price.frequency,
        "currency": line.price.unit.currency,
        "unit_price": line.price.unit.minor,
        "ends_at": line.term_ends_at,
        "anchor_at": line.anchor_at or line.from_at,
        "term_at": line.from_at,
        "billed_until": line.until_at,
    }


async def _write_new(tx: AsyncConnection, tenant_id: UUID, order: Order, now: datetime) -> None:
    """A row for every purchase, and its pool."""
    new = [line for line in order.quote.lines if line.deed is Deed.NEW]
    if new:
        await make_pools(tx, tenant_id, [line.sku_id for line in new])
        made = {"tenant_id": tenant_id, "created_at": now, "recurring": await _goes_on(tx, order), **_paid_by(order)}
        rows = [{**made, **_term(line), "id": line.subscription_id, "starts_at": line.from_at} for line in new]
        await tx.execute(insert(subscriptions), rows)


async def _goes_on(tx: AsyncConnection, order: Order) -> bool:
    """Whether what is bought renews by itself; a part that a renewal splits off as the whole does by now."""
    wholes = [line.subscription_id for line in order.quote.lines if line.deed is not Deed.NEW and line.follows]
    if not wholes:
        return True
    theirs = select(subscriptions.c.recurring).where(subscriptions.c.id == func.any(wholes))
    return all((await tx.execute(theirs)).scalars())


def _paid_by(order: Order) -> dict[str, Any]:
    return {"order_id": order.id, "method_id": order.method_id, "po_number": order.po_number}


async def _write_changed(tx: AsyncConnection, order: Order) -> None:
    """What becomes of the subscriptions that there are. The sweep looks at each of them again."""
    for line in order.quote.lines:
        if line.deed is not Deed.NEW:
            mine = update(subscriptions).where(subscriptions.c.id == line.subscription_id)
            await tx.execute(mine.values(_change(line, order) | {"due_at": EPOCH}))


def _change(line: Line, order: Order) -> dict[str, Any]:
    """The columns that a line sets on its subscription."""
    if line.deed is Deed.SEATS:
        return {"seats": subscriptions.c.seats + (line.seats - line.before)}
    if line.deed is Deed.CANCEL:
        return {"canceled_at": line.from_at, "recurring": False}
    if line.deed is Deed.SWITCH:
        return {"sku_id": line.sku_id, "seats": line.seats, "unit_price": line.price.unit.minor}
    past = dict.fromkeys(("unpaid_at", "canceled_at", "delete_at"))
    wanted = {} if line.follows else {"recurring": True}  # who turned it off meanwhile did so for the next term
    return {**_term(line), **past, **wanted, **_paid_by(order), "trial": False, "converts": False}


async def _write_batches(tx: AsyncConnection, tenant_id: UUID, lines: Iterable[Line], now: datetime) -> None:
    """The batches of every line as they are afterwards; those of a canceled subscription stay as a memory."""
    changed = {line.subscription_id: line for line in lines if line.deed is not Deed.CANCEL}
    if not changed:
        return
    before = await _batches(tx, changed)
    theirs = seat_batches.c.subscription_id == func.any(list(changed))
    await tx.execute(delete(seat_batches).where(theirs))
    rows = [
        {"tenant_id": tenant_id, "subscription_id": id, "seats": batch.seats, "bought_at": batch.bought_at}
        for id, line in changed.items()
        for batch in batches_after(line, before.get(id, ()), now)
    ]
    await tx.execute(insert(seat_batches), rows)


async def _batches(tx: AsyncConnection, ids: Collection[UUID] | None) -> dict[UUID, tuple[Batch, ...]]:
    """Subscription -> its batches, oldest first."""
    wanted = select(seat_batches).order_by(seat_batches.c.bought_at, seat_batches.c.id)
    if ids is not None:
        wanted = wanted.where(seat_batches.c.subscription_id == func.any(list(ids)))
    found: defaultdict[UUID, tuple[Batch, ...]] = defaultdict(tuple)
    for row in await tx.execute(wanted):
        found[row.subscription_id] += (Batch(row.seats, row.bought_at),)
    return found


async def _drop_plans(tx: AsyncConnection, lines: Iterable[Line]) -> None:
    """What was booked for a renewal that does not come any more."""
    ended = [line.subscription_id for line in lines if line.deed in _PLANS_END]
    if ended:
        await tx.execute(delete(scheduled_changes).where(scheduled_changes.c.subscription_id == func.any(ended)))


def _charge(tenant_id: UUID, line: Line, now: datetime, operation_id: UUID) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "subscription_id": line.subscription_id,
        "operation_id": operation_id,
        "kind": CHARGES[line.deed],
        "product": line.product,
        "seats": line.seats - line.before if line.deed in (Deed.SEATS, Deed.CANCEL) else line.seats,
        "unit_price": line.price.unit.minor,
        "frequency": line.price.frequency,
        "from_at": line.from_at,
        "until_at": line.until_at,
        "currency": line.amount.net.currency,
        "net": line.amount.net.minor,
        "tax": line.amount.tax.minor,
        "tax_permille": line.price.tax_permille,
        "at": now,
    }
