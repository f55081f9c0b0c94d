"""The way to become the admin, as its pages show it: who is in the group, what is offered, what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.billing_account import BillingAccount
from tenantry.domain.charges import Price
from tenantry.domain.domains import Look, domain_part
from tenantry.domain.doors import Door
from tenantry.domain.orders import Order, OrderState, Quote
from tenantry.domain.payments import PaymentState
from tenantry.domain.roles import Permission
from tenantry.domain.upgrades import Step, Upgrade, fingerprint, reached
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.queries.checkout import Method
from tenantry.queries.frame import query
from tenantry.queries.offers import cheapest
from tenantry.queries.payments import SecondStep
from tenantry.queries.quotes import make_quote
from tenantry.store.billing_accounts import find_account
from tenantry.store.catalog import load_catalog
from tenantry.store.domains import look_of
from tenantry.store.groups import Named, admins, count_people, is_group, newcomers, offered
from tenantry.store.orders import load_order
from tenantry.store.organization import profile_of
from tenantry.store.people import ACTIVE
from tenantry.store.prices import load_buyer, load_prices
from tenantry.store.tables import domains, orders, payment_methods, payments, tenants, users
from tenantry.store.upgrades import find_upgrade, wish_for

FEW = 10
USUAL = (12, "monthly")


@dataclass(frozen=True)
class Offer:
    """A product of a door. monthly: what a seat costs on the terms that cost least; None where it has no price."""

    sku_id: UUID
    name: str
    apps: tuple[str, ...]
    monthly: Money | None


@dataclass(frozen=True)
class Way:
    """The way as far as the viewer has come. is_open: there is no admin yet; else `admins` are who can be asked.

    people: how many signed up, `some` the first of them; address: the viewer's own; far: the step that comes next.
    """

    is_open: bool
    admins: tuple[Named, ...]
    people: int
    some: tuple[Named, ...]
    address: str
    domain: str
    door: Door
    offers: tuple[Offer, ...]
    upgrade: Upgrade | None
    far: Step

    @property
    def chosen(self) -> Offer | None:
        """The product that it is to be."""
        wanted = self.upgrade.sku_id if self.upgrade else None
        return next((offer for offer in self.offers if offer.sku_id == wanted), None)


@query(Permission.OWN_USE)
async def read_way(tx: AsyncConnection, viewer: Viewer, *, door: Door | None) -> Way:
    """door: the one that the viewer comes through; who is on the way already keeps theirs. Raises "own_people_only"."""
    return await _way(tx, viewer, door)


async def _way(tx: AsyncConnection, viewer: Viewer, door: Door | None) -> Way:
    if viewer.user_id is None:
        raise Refused("own_people_only", Kind.DENIED)
    upgrade = await find_upgrade(tx, viewer.user_id)
    door = upgrade.door if upgrade else door or Door.ADMIN
    offers = await offered(tx, door)
    some = select(users.c.id, users.c.display_name, users.c.user_name).where(ACTIVE)
    few = [Named(*row) for row in await tx.execute(some.order_by(users.c.created_at, users.c.id).limit(FEW))]
    mine = select(users.c.user_name).where(users.c.id == viewer.user_id)
    address = (await tx.execute(mine)).scalar_one()
    is_open = await is_group(tx)
    return Way(
        is_open,
        () if is_open else await admins(tx),
        await count_people(tx),
        tuple(few),
        address,
        domain_part(address),
        door,
        await _offers(tx, offers),
        upgrade,
        reached(upgrade, offers),
    )


async def _offers(tx: AsyncConnection, skus: Sequence[UUID]) -> tuple[Offer, ...]:
    """The products of a door, in its order."""
    catalog, prices = await load_catalog(tx), await load_prices(tx, skus, await load_buyer(tx))
    known = [catalog.products[sku_id] for sku_id in skus if sku_id in catalog.products]
    return tuple(
        Offer(
            one.sku_id,
            one.name,
            tuple(sorted(catalog.plans[plan].friendly_name for plan in one.plan_ids)),
            cheapest(prices, one.sku_id),
        )
        for one in known
    )


# The domain


@dataclass(frozen=True)
class Proof:
    """How the proof of the domain stands. outcome: a word of `domain.domains.Outcome`; look: what was found."""

    way: Way
    outcome: str | None
    look: Look | None
    checked_at: datetime | None
    check_at: datetime | None


@query(Permission.OWN_USE)
async def read_proof(tx: AsyncConnection, viewer: Viewer) -> Proof:
    """The domain of the viewer's way, and what the last look at it found."""
    way = await _way(tx, viewer, None)
    row = (await tx.execute(select(domains).where(domains.c.name == way.domain))).one_or_none()
    if row is None:
        return Proof(way, None, None, None, None)
    return Proof(way, row.outcome, look_of(row), row.checked_at, row.check_at)


# Buying


@dataclass(frozen=True)
class Paying:
    """The order that was placed last. action_url: where its second step is; payment_id: of the sandbox's own page."""

    order: Order
    payment_id: UUID | None
    provider: str | None
    action_url: str | None


@dataclass(frozen=True)
class Purchase:
    """What it costs to become the admin. seats: as chosen, and at least one for everybody.

    prices: (months, frequency) -> what a seat costs; terms: those that are chosen. came: who signed up since `paying`
    was ordered, where it was paid for and is not enough. payer: the billing account, or what it may start from.
    """

    way: Way
    seats: int
    prices: Mapping[tuple[int, str], Price]
    terms: tuple[int, str]
    quote: Quote | None
    mark: str
    refused: Refused | None
    payer: BillingAccount
    is_known: bool
    methods: tuple[Method, ...]
    paying: Paying | None
    came: tuple[str, ...]


@query(Permission.OWN_USE)
async def read_upgrade_purchase(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> Purchase:
    """The step of the purchase with today's prices. Raises Refused: "own_people_only", "step_early"."""
    way = await _way(tx, viewer, None)
    upgrade = way.upgrade
    if upgrade is None or upgrade.sku_id is None or way.far is not Step.BUY:
        raise Refused("step_early", Kind.CONFLICT)
    buyer = await load_buyer(tx)
    found = await load_prices(tx, [upgrade.sku_id], buyer)
    prices = {(months, often): price for (_, months, often), price in sorted(found.items())}
    terms = _terms(upgrade, prices)
    seats = max(upgrade.seats or 0, way.people)
    quote, refused = None, None
    try:
        quote = await make_quote(tx, [await wish_for(tx, upgrade, seats, *terms)], buyer, now)
    except Refused as no:
        refused = no
    paying = await _paying(tx, upgrade)
    payer = await find_account(tx)
    short = paying is not None and paying.order.state == OrderState.DONE
    return Purchase(
        way,
        seats,
        prices,
        terms,
        quote,
        fingerprint(quote, way.people) if quote else "",
        refused,
        payer or await _start(tx),
        payer is not None,
        await _own_methods(tx, upgrade),
        paying,
        await newcomers(tx, paying.order.made_at) if paying and short else (),
    )


def _terms(upgrade: Upgrade, prices: Mapping[tuple[int, str], Price]) -> tuple[int, str]:
    """The terms that were chosen, if they are still sold; else the usual ones."""
    chosen = (upgrade.term_months or 0, upgrade.frequency or "")
    return next((one for one in (chosen, USUAL, *prices) if one in prices), USUAL)


async def _own_methods(tx: AsyncConnection, upgrade: Upgrade) -> tuple[Method, ...]:
    """The cards that the viewer added; nobody is offered those of somebody else."""
    one = payment_methods.c
    kept = select(one.id, one.label).where(one.id.in_(upgrade.method_ids), one.removed_at.is_(None))
    rows = await tx.execute(kept.order_by(one.made_at, one.id))
    return tuple(Method(row.id, row.label, False) for row in rows)


async def _paying(tx: AsyncConnection, upgrade: Upgrade) -> Paying | None:
    order = await load_order(tx, upgrade.order_id) if upgrade.order_id else None
    if order is None:
        return None
    last = (
        select(payments)
        .where(payments.c.order_id == order.id)
        .order_by(payments.c.made_at.desc(), payments.c.id.desc())
    )
    row: Row[tuple[object, ...]] | None = (await tx.execute(last.limit(1))).one_or_none()
    return Paying(order, row.id, row.provider, row.action_url) if row else Paying(order, None, None, None)


async def _start(tx: AsyncConnection) -> BillingAccount:
    """The country of the group is all that is known of who will pay."""
    return BillingAccount("", "", "", "", profile_of((await tx.execute(select(tenants))).one()).country)


@query(Permission.OWN_USE)
async def read_upgrade_step(tx: AsyncConnection, viewer: Viewer, *, payment_id: UUID) -> SecondStep:
    """A payment of the viewer's own order. Raises Refused("payment_missing"), also for what somebody else ordered."""
    ordered = (orders.c.tenant_id == payments.c.tenant_id) & (orders.c.id == payments.c.order_id)
    mine = select(payments).join(orders, ordered).where(payments.c.id == payment_id, payments.c.provider != "invoice")
    row = (await tx.execute(mine.where(orders.c.actor_id == viewer.user_id))).one_or_none()
    if row is None or viewer.user_id is None:
        raise Refused("payment_missing", Kind.MISSING)
    money = Money(row.amount, row.currency)
    return SecondStep(PaymentState(row.state), money, row.order_id, row.provider, row.action_url)
