"""What was bought, in figures: seats by product and by month, what it cost, and what will be charged."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.timelines import (
    Ahead,
    Change,
    Owned,
    bought_at,
    look_ahead,
    months_before,
)
from tenantry.domain.viewers import Viewer
from tenantry.kit.money import Money
from tenantry.queries.frame import query
from tenantry.queries.licenses import ProductRow, product_rows
from tenantry.store.catalog import load_catalog
from tenantry.store.free_products import FREE
from tenantry.store.lives import SHAPE, SHAPED, Shape, life_of, listed_price
from tenantry.store.orders import facts_of
from tenantry.store.prices import load_buyer, load_prices
from tenantry.store.tables import charges

TOTALS = ("purchase", "renewal", "period", "switch")  # kinds of charges that tell all seats; others tell what changed


@dataclass(frozen=True)
class Overview:
    """products: with their seats now. seats: (moment, bought, assigned) over a year. ahead: the year to come.
    What people take for nothing is in none of these: its seats are too many for any picture.

    costs: (month, charged with tax) over a year, for those who may see invoices; else nothing.
    """

    currency: str
    products: tuple[ProductRow, ...]
    seats: tuple[tuple[datetime, int, int], ...]
    costs: tuple[tuple[datetime, Money], ...]
    ahead: Ahead


@query(Permission.SUBSCRIPTION_READ)
async def read_overview(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> Overview:
    """The whole page, in a few statements however much was bought."""
    moments, buyer = months_before(now), await load_buyer(tx)
    rows = (await tx.execute(_SUBSCRIPTIONS)).all()
    listed = await load_prices(tx, {row.sku_id for row in rows if row.trial}, buyer)
    paid = [row for row in rows if row.channel != FREE]
    shapes = [Shape(*row[1:]) for row in rows]
    lives = [life_of(one, buyer.tax_permille, listed_price(one, listed), trusted=True) for one in shapes]
    bought = bought_at(await _owned(tx, paid), moments)
    free = {row.sku_id for row in rows} - {row.sku_id for row in paid}
    owned = tuple(row for row in await product_rows(tx, await load_catalog(tx), now) if row.sku_id not in free)
    assigned = await _assigned(tx, moments, sum(row.seats.consumed for row in owned), free)
    return Overview(
        buyer.currency,
        owned,
        tuple(zip(moments, bought, assigned, strict=True)),
        await _costs(tx, buyer.currency, moments) if viewer.can(Permission.BILLING_READ) else (),
        look_ahead(lives, buyer.currency, now),
    )


_SUBSCRIPTIONS = text(f"SELECT mine.id, {SHAPE} FROM {SHAPED}")  # noqa: S608 - texts of our own


async def _owned(tx: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Owned]:
    """Every subscription with what its charges say of seats."""
    c, changes = charges.c, defaultdict(list)
    told = select(c.subscription_id, c.kind, c.seats, c.from_at).order_by(c.from_at, c.id)
    for row in await tx.execute(told):
        changes[row.subscription_id].append(Change(row.from_at, row.seats, row.kind in TOTALS))
    return [Owned(facts_of(row), row.seats, changes[row.id]) for row in rows]


_MOVES = text("""
    SELECT date_trunc('month', at, 'UTC') AS month, sum(moved) AS moved FROM (
        SELECT sku_id, assigned_at AS at, 1 AS moved FROM licenses WHERE assigned_at >= :since
        UNION ALL SELECT sku_id, assigned_at, 1 FROM license_history WHERE ended_at >= :since AND assigned_at >= :since
        UNION ALL SELECT sku_id, ended_at, -1 FROM license_history WHERE ended_at >= :since
    ) AS moves WHERE sku_id <> ALL (:free) GROUP BY 1
""").bindparams(bindparam("free", type_=ARRAY(Uuid)))


async def _assigned(tx: AsyncConnection, moments: tuple[datetime, ...], held: int, free: set[UUID]) -> tuple[int, ...]:
    """How many licenses there were at each moment: those `held` now, without what came since and with what went."""
    facts = {"since": moments[0], "free": sorted(free)}
    rows = [(row.month, int(row.moved)) for row in await tx.execute(_MOVES, facts)]
    return tuple(held - sum(by for month, by in rows if month >= moment) for moment in moments)


_COSTS = text("""
    SELECT date_trunc('month', at, 'UTC') AS month, sum(net + tax) AS minor FROM charges
    WHERE currency = :currency AND at >= :since GROUP BY 1
""")


async def _costs(
    tx: AsyncConnection, currency: str, moments: tuple[datetime, ...]
) -> tuple[tuple[datetime, Money], ...]:
    """What was charged in each month, credits taken off."""
    months = moments[:-1]
    rows = await tx.execute(_COSTS, {"currency": currency, "since": months[0]})
    found = {row.month: int(row.minor) for row in rows}
    return tuple((month, Money(found.get(month, 0), currency)) for month in months)
