"""Orders placed, tried again and dropped; trials begun. What an order does once it is paid is `store.orders.apply`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, select

from tenantry.commands.frame import Tx, command
from tenantry.domain.orders import (
    TRIAL_DAYS,
    TRIAL_SEATS,
    Deed,
    Order,
    OrderKind,
    OrderState,
    OrderWish,
    Quote,
    kind_of,
    wish_of,
)
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.queries.quotes import make_quote, skus_of
from tenantry.store import orders as store
from tenantry.store.carts import drop_lines
from tenantry.store.pools import after_change
from tenantry.store.prices import Buyer, load_buyer, load_prices
from tenantry.store.subscriptions import lock_pools
from tenantry.store.tables import payment_methods, products, seat_batches, subscriptions

INVOICE = "invoice"
PO_LENGTH = 50


@dataclass(frozen=True)
class Placed:
    """An order, where it stands, and its invoice if there is one already."""

    order_id: UUID
    state: str
    invoice_id: UUID | None
    operation_id: UUID


@command(Permission.SUBSCRIPTION_CHANGE)
async def place_order(
    tx: Tx,
    viewer: Viewer,
    *,
    wishes: Sequence[OrderWish],
    fingerprint: str,
    method_id: UUID | None,
    po_number: str,
    now: datetime,
    from_cart: bool = False,
) -> Placed:
    """Orders `wishes` for what the quote with that fingerprint said. What needs no payment is done at once.

    method_id: what pays; None is an invoice, which is trusted. from_cart: what is ordered leaves the viewer's cart.
    Raises Refused: "quote_stale" (quote: the new one), "order_open" (order_id), "billing_account_missing",
    "payment_method_missing", "po_number_long" (most), and what `make_quote` finds.
    """
    placed = await place(tx, viewer, wishes, fingerprint, method_id, po_number, now)
    if from_cart:
        await drop_lines(tx.db, viewer, [wish.sku_id for wish in wishes if wish.sku_id])
    return placed


async def place(
    tx: Tx,
    viewer: Viewer,
    wishes: Sequence[OrderWish],
    fingerprint: str,
    method_id: UUID | None,
    po_number: str,
    now: datetime,
) -> Placed:
    """The same as a part of another command, which says what is told of it."""
    if any(wish.people for wish in wishes):
        viewer.require(Permission.LICENSE_ASSIGN)
    buyer = await load_buyer(tx.db)
    quote = await _locked_quote(tx, viewer, wishes, buyer, now)
    if quote.fingerprint != fingerprint:
        raise Refused("quote_stale", Kind.CONFLICT, quote=quote)
    if quote.now.total.minor > 0 and not buyer.known:
        raise Refused("billing_account_missing", Kind.CONFLICT)
    provider = await _provider(tx, method_id)
    kind = kind_of(line.deed for line in quote.lines)
    order = Order(
        id=new_id(),
        kind=kind.value,
        state=OrderState.WAITING.value,
        quote=quote,
        po_number=_po_number(po_number),
        method_id=method_id,
        invoice_id=None,
        actor_id=viewer.user_id,
        actor_name=viewer.name,
        operation_id=tx.operation_id,
        failure=None,
        made_at=now,
        done_at=None,
    )
    await store.insert_order(tx.db, viewer.tenant_id, order)
    _tell(tx, order)
    return await _pay_or_apply(tx, viewer, order, provider, now)


@command(Permission.SUBSCRIPTION_CHANGE)
async def retry_order(
    tx: Tx, viewer: Viewer, *, order_id: UUID, fingerprint: str, method_id: UUID | None, now: datetime
) -> Placed:
    """Tries an order again that was not paid, as of now. fingerprint: of the quote that was made of it anew.

    Raises Refused: "order_missing", "order_not_failed", and what `place_order` does.
    """
    buyer = await load_buyer(tx.db)
    order = await store.load_order(tx.db, order_id)
    if order is None:
        raise Refused("order_missing", Kind.MISSING)
    quote = await _locked_quote(tx, viewer, [wish_of(line) for line in order.quote.lines], buyer, now)
    order = await store.load_order(tx.db, order_id, lock=True)
    if order is None or order.state != OrderState.FAILED:
        raise Refused("order_not_failed", Kind.CONFLICT)
    if quote.fingerprint != fingerprint:
        raise Refused("quote_stale", Kind.CONFLICT, quote=quote)
    provider = await _provider(tx, method_id)
    order = replace(order, state=OrderState.WAITING.value, quote=quote, method_id=method_id, made_at=now)
    await store.renew_order(tx.db, order)
    _tell(tx, order)
    return await _pay_or_apply(tx, viewer, order, provider, now)


@command(Permission.SUBSCRIPTION_CHANGE)
async def drop_order(tx: Tx, viewer: Viewer, *, order_id: UUID, now: datetime) -> UUID:
    """Gives up an order that failed, and returns its id. Raises Refused: "order_missing", "order_not_failed"."""
    order = await store.load_order(tx.db, order_id, lock=True)
    if order is None:
        raise Refused("order_missing", Kind.MISSING)
    if order.state != OrderState.FAILED:
        raise Refused("order_not_failed", Kind.CONFLICT)
    await store.mark_order(tx.db, order_id, OrderState.DROPPED, failure=order.failure, at=now)
    tx.tell(order.quote.lines[0].product)
    return order_id


async def _locked_quote(tx: Tx, viewer: Viewer, wishes: Sequence[OrderWish], buyer: Buyer, now: datetime) -> Quote:
    """The quote of `wishes` that nobody can change any more, for their pools are locked."""
    skus = await skus_of(tx.db, wishes)
    sold = select(products.c.sku_id).where(products.c.sku_id.in_(skus))
    await store.make_pools(tx.db, viewer.tenant_id, (await tx.db.execute(sold)).scalars())
    # Licenses follow where products change, by rules that ask for all products.
    switches = any(wish.deed is Deed.SWITCH or wish.people for wish in wishes)
    await lock_pools(tx.db, None if switches else skus, now)
    await _require_not_open(tx, wishes)
    return await make_quote(tx.db, wishes, buyer, now)


async def _require_not_open(tx: Tx, wishes: Sequence[OrderWish]) -> None:
    """What waits for money stands still until it has come: nothing else is ordered for that subscription."""
    ids = {wish.subscription_id for wish in wishes if wish.subscription_id}
    for order in await store.load_open_orders(tx.db) if ids else ():
        if ids & {line.subscription_id for line in order.quote.lines}:
            raise Refused("order_open", Kind.CONFLICT, order_id=order.id)


async def _provider(tx: Tx, method_id: UUID | None) -> str:
    """Who takes the money."""
    if method_id is None:
        return INVOICE
    method = payment_methods.c
    found = select(method.provider).where(method.id == method_id, method.removed_at.is_(None))
    provider = (await tx.db.execute(found)).scalar_one_or_none()
    if provider is None:
        raise Refused("payment_method_missing", Kind.INVALID, field="method")
    return str(provider)


def _po_number(text: str) -> str | None:
    text = text.strip()
    if len(text) > PO_LENGTH:
        raise Refused("po_number_long", Kind.INVALID, field="po_number", most=PO_LENGTH)
    return text or None


async def _pay_or_apply(tx: Tx, viewer: Viewer, order: Order, provider: str, now: datetime) -> Placed:
    if provider != INVOICE and order.quote.now.total.minor > 0:
        await store.ask_payment(tx.db, viewer.tenant_id, order, provider, now)
        return Placed(order.id, OrderState.WAITING.value, None, tx.operation_id)
    invoice_id = await store.apply(tx.db, viewer.tenant_id, order, now, tx.operation_id)
    return Placed(order.id, OrderState.DONE.value, invoice_id, tx.operation_id)


def _tell(tx: Tx, order: Order) -> None:
    """What is ordered, by product; of a change of seats, how many there were."""
    first, ordered = order.quote.lines[0], Counter[str]()
    for line in order.quote.lines:
        ordered[line.product] += line.seats
    before: dict[str, Any] = {"before": first.before} if order.kind == OrderKind.SEATS else {}
    total = {"minor": order.quote.now.total.minor, "currency": order.quote.currency}
    tx.tell(first.product, kind=order.kind, ordered=dict(ordered), total=total, **before)


# Trials


@dataclass(frozen=True)
class TrialStarted:
    """A trial's subscription, and when it ends."""

    subscription_id: UUID
    ends_at: datetime
    operation_id: UUID


@command(Permission.SUBSCRIPTION_CHANGE)
async def start_trial(tx: Tx, viewer: Viewer, *, sku_id: UUID, now: datetime) -> TrialStarted:
    """`TRIAL_SEATS` seats of a product for `TRIAL_DAYS` days, of a product that the organization never had.

    It goes on by itself, paid by the month, where there is a payment method; else it ends.
    Raises Refused: "product_unknown", "price_missing", "trial_had" (product).
    """
    name = (await tx.db.execute(select(products.c.name).where(products.c.sku_id == sku_id))).scalar_one_or_none()
    if name is None:
        raise Refused("product_unknown", Kind.INVALID, value=str(sku_id))
    await store.make_pools(tx.db, viewer.tenant_id, [sku_id])
    await lock_pools(tx.db, [sku_id], now)
    if (await tx.db.execute(select(exists().where(subscriptions.c.sku_id == sku_id)))).scalar_one():
        raise Refused("trial_had", Kind.CONFLICT, product=name)
    row = await _trial(tx, sku_id, name, now)
    batch = {"subscription_id": row["id"], "seats": TRIAL_SEATS, "bought_at": now}
    await tx.db.execute(insert(subscriptions).values(tenant_id=viewer.tenant_id, **row))
    await tx.db.execute(insert(seat_batches).values(tenant_id=viewer.tenant_id, **batch))
    await after_change(tx.db, [sku_id], now)
    tx.tell(name, subscription_id=row["id"], seats=TRIAL_SEATS, ends_at=row["ends_at"])
    return TrialStarted(row["id"], row["ends_at"], tx.operation_id)


async def _trial(tx: Tx, sku_id: UUID, name: str, now: datetime) -> dict[str, Any]:
    """The row of a trial, with the price that it goes on at: that of the shortest term."""
    buyer = await load_buyer(tx.db)
    offers = await load_prices(tx.db, [sku_id], buyer)
    if not offers:
        raise Refused("price_missing", Kind.INVALID, product=name, currency=buyer.currency, months=1)
    (_, months, frequency), price = min(offers.items(), key=lambda offer: offer[0][1:])
    ends_at = now + timedelta(days=TRIAL_DAYS)
    moments = {"starts_at": now, "created_at": now, "anchor_at": now, "term_at": now}
    paid = exists().where(payment_methods.c.is_default, payment_methods.c.removed_at.is_(None))
    return {
        "id": new_id(),
        "sku_id": sku_id,
        "seats": TRIAL_SEATS,
        "trial": True,
        "converts": (await tx.db.execute(select(paid))).scalar_one(),
        "term_months": months,
        "frequency": frequency,
        "currency": buyer.currency,
        "unit_price": price.unit.minor,
        "ends_at": ends_at,
        "billed_until": ends_at,
        **moments,
    }
