"""Seat conflicts, seen: which products are short, and which of their subscriptions lead out of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.orders import Deed, OrderWish
from tenantry.domain.roles import Permission
from tenantry.domain.seat_changes import LOCKED_CHANNELS
from tenantry.domain.seat_conflicts import Conflict
from tenantry.domain.subscriptions import Status
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.queries.frame import query
from tenantry.queries.licenses import ProductRow, product_rows
from tenantry.store.catalog import load_catalog
from tenantry.store.seat_conflicts import find_conflicts
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import subscriptions


@dataclass(frozen=True)
class Licenses:
    """Every product of the tenant, those in conflict first; `conflicts`: of these, by product."""

    rows: tuple[ProductRow, ...]
    conflicts: Mapping[UUID, Conflict]


@query(Permission.LICENSE_READ)
async def list_licenses(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> Licenses:
    """The products with what is the matter with them. Four statements; six if any of them is short."""
    rows = await product_rows(tx, await load_catalog(tx), now)
    return Licenses(rows, await conflicts_of(tx, rows, now))


async def conflicts_of(tx: AsyncConnection, rows: tuple[ProductRow, ...], now: datetime) -> Mapping[UUID, Conflict]:
    """The conflicts among `rows`, inside another query's transaction."""
    short = [row.sku_id for row in rows if row.seats.short and row.applies_to == "user"]
    return await find_conflicts(tx, short, now) if short else {}


@dataclass(frozen=True)
class Purchase:
    """A subscription of a product, where it stands. locked: somebody else changes its seats."""

    id: UUID
    seats: int
    status: Status
    recurring: bool
    ends_at: datetime
    price: Money
    term_months: int
    frequency: str
    locked: bool

    @property
    def grows(self) -> bool:
        """Whether seats can be added to it now."""
        return self.status is Status.ACTIVE and not self.locked

    @property
    def renewable(self) -> bool:
        return self.status in (Status.EXPIRED, Status.DISABLED)


@dataclass(frozen=True)
class WaysOut:
    """A product with the subscriptions that can take more seats, and those that can be renewed."""

    row: ProductRow
    growing: tuple[Purchase, ...]
    ended: tuple[Purchase, ...]


@query(Permission.SUBSCRIPTION_CHANGE)
async def read_ways_out(tx: AsyncConnection, viewer: Viewer, *, sku_id: UUID, now: datetime) -> WaysOut:
    """Where seats of a product can be bought or renewed. Raises Refused("product_not_owned")."""
    row = await owned_product(tx, sku_id, now)
    bought = await purchases_of(tx, sku_id, now)
    growing, ended = filter(lambda one: one.grows, bought), filter(lambda one: one.renewable, bought)
    return WaysOut(row, tuple(growing), tuple(ended))


async def owned_product(tx: AsyncConnection, sku_id: UUID, now: datetime) -> ProductRow:
    """A product of the tenant. Raises Refused("product_not_owned")."""
    rows = await product_rows(tx, await load_catalog(tx), now)
    row = next((row for row in rows if row.sku_id == sku_id), None)
    if row is None:
        raise Refused("product_not_owned", Kind.MISSING, product=str(sku_id))
    return row


async def purchases_of(tx: AsyncConnection, sku_id: UUID, now: datetime) -> tuple[Purchase, ...]:
    """Every subscription of a product, the one that ends last first, inside another query's transaction."""
    c = subscriptions.c
    wanted = select(subscriptions, STATUS.label("status")).where(c.sku_id == sku_id)
    rows = await tx.execute(wanted.order_by(c.ends_at.desc(), c.id), {"now": now})
    return tuple(
        Purchase(
            row.id,
            row.seats,
            Status(row.status),
            row.recurring,
            row.ends_at,
            Money(row.unit_price, row.currency),
            row.term_months,
            row.frequency,
            row.channel in LOCKED_CHANNELS,
        )
        for row in rows
    )


def buying(bought: Iterable[Purchase], seats: int) -> OrderWish | None:
    """What to order to have so many seats more: in a subscription that runs, else in one that is renewed for them."""
    known = list(bought)
    for one in known:
        if one.grows:
            return OrderWish(Deed.SEATS, subscription_id=one.id, seats=one.seats + seats)
    for one in known:
        if one.renewable:
            return renewing(one, seats)
    return None


def renewing(one: Purchase, seats: int) -> OrderWish:
    """The wish to renew one that has ended, on its own terms, with so many seats."""
    return OrderWish(Deed.RENEW, None, one.id, seats, one.term_months, one.frequency)
