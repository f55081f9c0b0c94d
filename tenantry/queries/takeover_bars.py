"""Apps that bar a takeover, and those that could, as the operator looks at them."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.queries.operator_frame import operator_query
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import takeover_bars

FOUND = 50  # apps that a search shows


@dataclass(frozen=True)
class AppRow:
    """An app of the catalog. products: how many have it; barred: its data cannot move."""

    plan_id: UUID
    name: str
    friendly_name: str
    products: int
    barred: bool


@operator_query
async def list_takeover_bars(tx: AsyncConnection, operator: Operator, *, q: str) -> tuple[AppRow, ...]:
    """Every app that bars a takeover, by name; with `q` the first apps of whose names that is a part, barred or not."""
    catalog = await load_catalog(tx)
    barred = frozenset((await tx.execute(select(takeover_bars.c.plan_id))).scalars())
    held = Counter(plan_id for product in catalog.products.values() for plan_id in product.plan_ids)
    key = q.strip().casefold()
    rows = [
        AppRow(plan.id, plan.name, plan.friendly_name, held[plan.id], plan.id in barred)
        for plan in catalog.plans.values()
        if (key in f"{plan.friendly_name}\n{plan.name}".casefold() if key else plan.id in barred)
    ]
    rows.sort(key=lambda row: (row.friendly_name.casefold(), row.name, row.plan_id))
    return tuple(rows[:FOUND] if key else rows)
