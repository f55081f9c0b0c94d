"""One subscription, seen: where it stands, what it costs, what comes, and what can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.bookings import Booking
from tenantry.domain.charges import Price, Running, running
from tenantry.domain.orders import Order
from tenantry.domain.outlook import next_charge_at
from tenantry.domain.roles import Permission
from tenantry.domain.subscription_moves import Move, open_moves
from tenantry.domain.subscriptions import Seats, Status, boundaries, effective_status
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.queries.frame import query
from tenantry.store.held_subscriptions import Held, read_held
from tenantry.store.orders import load_order
from tenantry.store.prices import load_buyer, load_prices
from tenantry.store.renewals import Plan, booked_renewal, plan_renewal
from tenantry.store.subscriptions import read_pools
from tenantry.store.tables import prices, products

__all__ = ["Plan", "Subscription"]

PAID = (Status.TRIAL, Status.ACTIVE)


@dataclass(frozen=True)
class Subscription:
    """A subscription at a moment.

    stages: every status it will be in from its start on, and since when. pool: all seats of its product.
    plan: the renewal, where something is booked for it. next_charge: when and how much, without tax.
    """

    held: Held
    status: Status
    stages: Sequence[tuple[datetime, Status]]
    moves: frozenset[Move]
    pool: Seats
    plan: Plan | None
    next_charge: tuple[datetime, Money] | None

    @property
    def running(self) -> Running:
        return running(self.held.price, self.held.seats)

    @property
    def needed(self) -> int:
        """Licenses of the product that would have no seat without this subscription: no lower total is taken."""
        own = self.held.seats if self.status in PAID else 0
        return max(0, self.pool.consumed - (self.pool.enabled - own))

    @property
    def ends_at(self) -> datetime:
        """When it ends, or ended, for those who use it: with its term, or by being canceled."""
        canceled_at = self.held.facts.canceled_at
        return min(canceled_at, self.held.facts.ends_at) if canceled_at else self.held.facts.ends_at


@query(Permission.SUBSCRIPTION_READ)
async def read_subscription(
    tx: AsyncConnection, viewer: Viewer, *, subscription_id: UUID, now: datetime
) -> Subscription:
    """One subscription of the tenant. Raises Refused("subscription_missing"). At most five statements."""
    held = await read_held(tx, subscription_id)
    pool = (await read_pools(tx, now))[held.sku_id]
    plan = await booked_renewal(tx, held)
    return Subscription(
        held=held,
        status=effective_status(held.facts, now),
        stages=boundaries(held.facts),
        moves=open_moves(held.standing, now),
        pool=pool,
        plan=plan,
        next_charge=_next_charge(held, plan, now),
    )


def _next_charge(held: Held, plan: Plan | None, now: datetime) -> tuple[datetime, Money] | None:
    """The next charge of one that is paid already; what a trial will cost is known when it is bought."""
    at = next_charge_at(held.facts, held.price.months, held.anchor_at, now)
    if at is None or held.facts.trial:
        return None
    at_renewal = plan is not None and at >= held.facts.ends_at
    return at, plan.amount.net if plan and at_renewal else held.price.unit * held.seats


@query(Permission.SUBSCRIPTION_CHANGE)
async def preview_booking(
    tx: AsyncConnection, viewer: Viewer, *, subscription_id: UUID, booking: Booking, now: datetime
) -> tuple[Held, Plan]:
    """The renewal if `booking` were added. Raises Refused as `read_held` and `plan_renewal` do."""
    held = await read_held(tx, subscription_id)
    return held, await plan_renewal(tx, held, booking, now)


@query(Permission.SUBSCRIPTION_CHANGE)
async def list_terms(tx: AsyncConnection, viewer: Viewer, *, sku_id: UUID) -> tuple[tuple[int, Price], ...]:
    """The terms in months that a product has a price for, each with its price, short terms first."""
    buyer = await load_buyer(tx)
    found = await load_prices(tx, [sku_id], buyer)
    offers = [(months, price) for (_, months, _), price in found.items()]
    return tuple(sorted(offers, key=lambda offer: (offer[0], offer[1].months)))


@query(Permission.SUBSCRIPTION_CHANGE)
async def list_products_on(
    tx: AsyncConnection, viewer: Viewer, *, months: int, frequency: str
) -> tuple[tuple[UUID, str, Price], ...]:
    """The products that can be had on these terms in the tenant's currency: id, name and price, by name."""
    buyer = await load_buyer(tx)
    terms = (prices.c.currency == buyer.currency, prices.c.term_months == months, prices.c.frequency == frequency)
    wanted = (
        select(products.c.sku_id, products.c.name, prices.c.minor)
        .join(prices, prices.c.sku_id == products.c.sku_id)
        .where(*terms)
        .order_by(products.c.name, products.c.sku_id)
    )
    return tuple(
        (row.sku_id, row.name, Price(Money(row.minor, buyer.currency), frequency, buyer.tax_permille))
        for row in await tx.execute(wanted)
    )


@query(Permission.SUBSCRIPTION_READ)
async def read_receipt(
    tx: AsyncConnection, viewer: Viewer, *, subscription_id: UUID, order_id: UUID | None
) -> tuple[Held, Order]:
    """A subscription, and an order about it. Raises Refused: "subscription_missing", "order_missing"."""
    held = await read_held(tx, subscription_id)
    order = await load_order(tx, order_id) if order_id else None
    if order is None or all(line.subscription_id != held.id for line in order.quote.lines):
        raise Refused("order_missing", Kind.MISSING)
    return held, order
