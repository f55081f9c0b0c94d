"""Becoming the admin of a group that has none: product, proof of the domain, and a license for everybody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from tenantry.commands.buy import Placed, place
from tenantry.commands.frame import Tx, command
from tenantry.domain.billing_account import BillingAccount, check_account, mark_of, normal_account
from tenantry.domain.domains import domain_part
from tenantry.domain.doors import Door
from tenantry.domain.orders import OPEN_STATES, OrderState, OrderWish
from tenantry.domain.payments import Card, Failure, Outcome, PaymentState, TestCard
from tenantry.domain.roles import Permission
from tenantry.domain.upgrades import DOORS, Step, Upgrade, check_seats, may_open, people_of, reached
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.quotes import make_quote
from tenantry.store.billing_accounts import find_account, put_account
from tenantry.store.domains import ask_look, new_token
from tenantry.store.groups import admins, count_people, hold_group, is_group, newcomers, offered
from tenantry.store.orders import load_order
from tenantry.store.payment_methods import add_method
from tenantry.store.payments import settle
from tenantry.store.prices import load_buyer
from tenantry.store.tables import orders, payments, tenants, users
from tenantry.store.upgrades import begin, complete, find_upgrade, hold_way, keep, keep_card, make_admin, wish_for
from tenantry.words.countries import country_codes

CARD_YEARS = 3


@dataclass(frozen=True)
class OnTheWay:
    """The step that comes next, and the operation of what was done."""

    step: Step
    operation_id: UUID


@dataclass(frozen=True)
class Bought:
    """What became of the purchase. step: DONE as soon as the buyer is the admin."""

    step: Step
    order: Placed


async def require_group(tx: Tx, viewer: Viewer) -> UUID:
    """The viewer's user. Raises Refused: "own_people_only", "already_managed" (admins)."""
    if viewer.user_id is None:
        raise Refused("own_people_only", Kind.DENIED)
    if not await is_group(tx.db):
        await refuse_managed(tx)
    return viewer.user_id


async def refuse_managed(tx: Tx) -> None:
    names = [f"{one.name} ({one.address})" for one in await admins(tx.db)]
    raise Refused("already_managed", Kind.CONFLICT, admins=names)


async def require_upgrade(tx: Tx, viewer: Viewer, step: Step) -> Upgrade:
    """The viewer's way, locked, as far as `step` at least. Raises Refused: what `require_group` does, "step_early"."""
    user_id = await require_group(tx, viewer)
    upgrade = await find_upgrade(tx.db, user_id, lock=True)
    far = reached(upgrade, await offered(tx.db, upgrade.door) if upgrade else ())
    if upgrade is None or upgrade.finished_at is not None or not may_open(step, far):
        raise Refused("step_early", Kind.CONFLICT)
    return upgrade


@command(Permission.OWN_USE)
async def begin_upgrade(tx: Tx, viewer: Viewer, *, door: Door, now: datetime) -> OnTheWay:
    """*Yes, I want to be the admin.* Done again it goes on where one was, by the door that one came through now.

    Raises Refused: what `require_group` does, "door_closed".
    """
    user_id, offers = await require_group(tx, viewer), await offered(tx.db, door)
    if not offers or door not in DOORS:
        raise Refused("door_closed", Kind.CONFLICT)
    upgrade = await find_upgrade(tx.db, user_id, lock=True)
    if upgrade is None:
        name = (await tx.db.execute(select(users.c.user_name).where(users.c.id == user_id))).scalar_one()
        await begin(tx.db, viewer.tenant_id, user_id, door, domain_part(name), now)
        tx.tell(domain_part(name), [user_id])
    elif upgrade.door is not door:
        await keep(tx.db, upgrade.id, door=door.value)
    upgrade = await find_upgrade(tx.db, user_id)
    if upgrade is not None and upgrade.sku_id not in offers:
        await keep(tx.db, upgrade.id, sku_id=offers[0] if len(offers) == 1 else None)
        upgrade = await find_upgrade(tx.db, user_id)
    return OnTheWay(reached(upgrade, offers), tx.operation_id)


@command(Permission.OWN_USE)
async def choose_upgrade(tx: Tx, viewer: Viewer, *, sku_id: UUID, now: datetime) -> OnTheWay:
    """Which of the door's products it is to be. Raises Refused: what `require_upgrade` does, "product_not_offered"."""
    upgrade = await require_upgrade(tx, viewer, Step.PRODUCT)
    offers = await offered(tx.db, upgrade.door)
    if sku_id not in offers:
        raise Refused("product_not_offered", Kind.INVALID, field="product")
    if await _is_bought(tx, upgrade) and sku_id != upgrade.sku_id:
        raise Refused("upgrade_bought", Kind.CONFLICT)
    await keep(tx.db, upgrade.id, sku_id=sku_id)
    return OnTheWay(Step.DOMAIN if upgrade.proven_at is None else Step.BUY, tx.operation_id)


async def _is_bought(tx: Tx, upgrade: Upgrade) -> bool:
    """Whether an order of it was carried out, or waits for its money."""
    order = await load_order(tx.db, upgrade.order_id) if upgrade.order_id else None
    return order is not None and order.state in (*OPEN_STATES, OrderState.DONE)


@command(Permission.OWN_USE)
async def ask_upgrade_proof(tx: Tx, viewer: Viewer, *, now: datetime) -> str:
    """The value that the viewer is to prove the domain by: their own, so that only who put it there is let in."""
    upgrade = await require_upgrade(tx, viewer, Step.DOMAIN)
    if upgrade.token is not None:
        return upgrade.token
    token = new_token()
    await keep(tx.db, upgrade.id, token=token)
    return token


@command(Permission.OWN_USE)
async def look_at_upgrade(tx: Tx, viewer: Viewer, *, now: datetime) -> OnTheWay:
    """Has a job look at the domain now. Raises what `require_upgrade` does."""
    upgrade = await require_upgrade(tx, viewer, Step.DOMAIN)
    if upgrade.proven_at is None:
        await ask_look(tx.db, viewer.tenant_id, upgrade.domain, now)
    return OnTheWay(Step.DOMAIN if upgrade.proven_at is None else Step.BUY, tx.operation_id)


# Buying


@command(Permission.OWN_USE)
async def keep_upgrade_terms(
    tx: Tx, viewer: Viewer, *, seats: int, term_months: int, frequency: str, now: datetime
) -> OnTheWay:
    """How many licenses, and for how long. Raises Refused: what `require_upgrade` does, "seats_below_people"."""
    upgrade = await require_upgrade(tx, viewer, Step.BUY)
    check_seats(seats, await count_people(tx.db))
    wish = await wish_for(tx.db, upgrade, seats, term_months, frequency)
    await make_quote(tx.db, [wish], await load_buyer(tx.db), now)  # refuses what is not sold
    await keep(tx.db, upgrade.id, seats=seats, term_months=term_months, frequency=frequency)
    return OnTheWay(Step.BUY, tx.operation_id)


@command(Permission.OWN_USE)
async def save_upgrade_payer(tx: Tx, viewer: Viewer, *, account: BillingAccount, seen: str, now: datetime) -> OnTheWay:
    """Who pays, as `manage_billing.save_billing_account` keeps it, by one who has proven the domain."""
    await require_upgrade(tx, viewer, Step.BUY)
    for field, code, params in check_account(account, country_codes=country_codes().values()):
        raise Refused(code, Kind.INVALID, field=field, **params)
    await tx.db.execute(select(tenants.c.tenant_id).with_for_update(key_share=True))
    if mark_of(await find_account(tx.db)) != seen:
        raise Refused("billing_account_changed", Kind.CONFLICT)
    kept = normal_account(account)
    await put_account(tx.db, viewer.tenant_id, kept)
    tx.tell(kept.legal_name)
    return OnTheWay(Step.BUY, tx.operation_id)


@command(Permission.OWN_USE)
async def add_upgrade_card(tx: Tx, viewer: Viewer, *, digits: str, now: datetime) -> OnTheWay:
    """A card of the sandbox, for the viewer's own purchase alone. Raises Refused: "card_unknown", and as above."""
    await require_upgrade(tx, viewer, Step.BUY)
    if digits not in set(TestCard):
        raise Refused("card_unknown", Kind.INVALID, field="card")
    card = Card(digits, f"Sandbox •••• {digits}", now.replace(day=1, year=now.year + CARD_YEARS))
    method_id = await add_method(tx.db, viewer.tenant_id, "sandbox", card, now)
    await keep_card(tx.db, viewer.user_id, method_id)
    tx.tell(card.label)
    return OnTheWay(Step.BUY, tx.operation_id)


@command(Permission.OWN_USE)
async def buy_upgrade(
    tx: Tx,
    viewer: Viewer,
    *,
    wish: OrderWish,
    mark: str,
    seen_at: datetime,
    method_id: UUID | None,
    po_number: str,
    now: datetime,
) -> Bought:
    """Buys a license for everybody, and makes the viewer the admin as soon as that is paid for.

    mark: `fingerprint` of what was shown, at `seen_at`. method_id: one of the cards that the viewer added; None is an
    invoice. Raises Refused: what `require_upgrade` and `commands.buy.place` do, "upgrade_paying", "seats_below_people",
    "people_came" (people, names), "billing_account_missing".
    """
    upgrade = await _held(tx, viewer, now)
    people = await count_people(tx.db)
    if people > people_of(mark):
        names = list(await newcomers(tx.db, seen_at))
        raise Refused("people_came", Kind.CONFLICT, people=people, names=names)
    seats, own = wish.seats, await wish_for(tx.db, upgrade, wish.seats, wish.term_months, wish.frequency)
    check_seats(seats, people)
    if method_id is not None and method_id not in upgrade.method_ids:
        raise Refused("payment_method_missing", Kind.INVALID, field="method")
    if await find_account(tx.db) is None:
        raise Refused("billing_account_missing", Kind.CONFLICT)
    await _drop(tx, upgrade, now)
    placed = await place(tx, viewer, [own], mark.partition("-")[2], method_id, po_number, now)
    facts = {"seats": seats, "term_months": wish.term_months, "frequency": wish.frequency}
    await keep(tx.db, upgrade.id, order_id=placed.order_id, **facts)
    if placed.state != OrderState.DONE:
        return Bought(Step.BUY, placed)
    became = await complete(tx.db, viewer.tenant_id, upgrade, now, viewer.via)
    return Bought(Step.DONE if became else Step.BUY, placed)


async def _held(tx: Tx, viewer: Viewer, now: datetime) -> Upgrade:
    """The viewer's way with everything locked that its end changes."""
    await hold_group(tx.db, viewer.tenant_id)
    upgrade = await require_upgrade(tx, viewer, Step.BUY)
    await hold_way(tx.db, viewer.tenant_id, upgrade, now)
    order = await load_order(tx.db, upgrade.order_id) if upgrade.order_id else None
    if order is not None and order.state in OPEN_STATES:
        raise Refused("upgrade_paying", Kind.CONFLICT)
    return upgrade


async def _drop(tx: Tx, upgrade: Upgrade, now: datetime) -> bool:
    """Gives up an order of it that was not paid; money that comes for it after all is given back."""
    unpaid = orders.c.state.in_([*(state.value for state in OPEN_STATES), OrderState.FAILED.value])
    mine = update(orders).where(orders.c.id == upgrade.order_id, unpaid)
    return bool((await tx.db.execute(mine.values(state=OrderState.DROPPED.value, done_at=now))).rowcount)


@command(Permission.OWN_USE)
async def drop_upgrade_order(tx: Tx, viewer: Viewer, *, now: datetime) -> OnTheWay:
    """Gives up an order that waits for its money, to pay in another way. The proof of the domain stays."""
    await hold_group(tx.db, viewer.tenant_id)
    upgrade = await require_upgrade(tx, viewer, Step.BUY)
    if await _drop(tx, upgrade, now):
        tx.tell(upgrade.domain)
    return OnTheWay(Step.BUY, tx.operation_id)


@command(Permission.OWN_USE)
async def make_upgrade_step(tx: Tx, viewer: Viewer, *, payment_id: UUID, agrees: bool, now: datetime) -> OnTheWay:
    """The sandbox's second step for the viewer's own purchase. One that is over is left as it is.

    Raises Refused: "own_people_only", "payment_missing".
    """
    if viewer.user_id is None:
        raise Refused("own_people_only", Kind.DENIED)
    ordered = (orders.c.tenant_id == payments.c.tenant_id) & (orders.c.id == payments.c.order_id)
    own = select(payments.c.id).join(orders, ordered).where(payments.c.id == payment_id)
    own = own.where(payments.c.provider == "sandbox", orders.c.actor_id == viewer.user_id)
    if (await tx.db.execute(own)).one_or_none() is None:
        raise Refused("payment_missing", Kind.MISSING)
    outcome = Outcome(PaymentState.PAID) if agrees else Outcome(PaymentState.FAILED, failure=Failure.SECOND_STEP)
    settled = await settle(tx.db, viewer.tenant_id, payment_id, outcome, now)
    if settled is not None:
        tx.tell(settled.about, state=settled.state, total=settled.amount, refunded=settled.refunded)
    after = await find_upgrade(tx.db, viewer.user_id)
    return OnTheWay(Step.DONE if after and after.finished_at else Step.BUY, tx.operation_id)


@command(Permission.OWN_USE)
async def become_without_buying(tx: Tx, viewer: Viewer, *, allowed: bool, now: datetime) -> OnTheWay:
    """The proof alone makes the viewer the admin, where the house allows it (`admin_without_purchase`).

    Everybody keeps the free product. Raises Refused: what `require_upgrade` does, "purchase_needed".
    """
    if not allowed:
        raise Refused("purchase_needed", Kind.CONFLICT)
    upgrade = await _held(tx, viewer, now)
    await make_admin(tx.db, viewer.tenant_id, upgrade, now, viewer.via, bought=False)
    return OnTheWay(Step.DONE, tx.operation_id)
