"""The catalog as one value, kept per process until its version moves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, Limit, Plan, Product, Rules
from tenantry.store.database import Database
from tenantry.store.tables import (
    catalog_version,
    plan_exclusions,
    plan_limits,
    plan_requirements,
    plans,
    product_bars,
    product_plans,
    products,
)

_kept: dict[str, tuple[int, Catalog]] = {}


async def load_catalog(tx: AsyncConnection) -> Catalog:
    """The catalog at its present version: one small query, eight when the version has moved."""
    version = (await tx.execute(select(catalog_version.c.version))).scalar_one()
    place = tx.engine.url.render_as_string()
    kept = _kept.get(place)
    if kept is None or kept[0] != version:
        kept = _kept[place] = (version, await _read(tx))
    return kept[1]


async def catalog_at(db: Database, version: int) -> Catalog:
    """The catalog for whoever has just read its version: no query, unless that has moved."""
    kept = _kept.get(db.engine.url.render_as_string())
    if kept is not None and kept[0] == version:
        return kept[1]
    async with db.transaction() as tx:
        return await load_catalog(tx)


async def _read(tx: AsyncConnection) -> Catalog:
    contents = _gather((await tx.execute(select(product_plans))).all())
    product_rows = (await tx.execute(select(products))).all()
    plan_rows = (await tx.execute(select(plans))).all()
    pairs = (await tx.execute(select(plan_exclusions))).all()
    needs = _gather((await tx.execute(select(plan_requirements))).all())
    barred = _gather((await tx.execute(select(product_bars))).all())
    limits: dict[UUID, list[Limit]] = defaultdict(list)
    for row in await tx.execute(select(plan_limits).order_by(plan_limits.c.name, plan_limits.c.from_day)):
        limits[row.plan_id].append(Limit(row.plan_id, row.name, row.value, row.from_day))
    return Catalog(
        products={
            row.sku_id: Product(
                row.sku_id, row.part_number, row.name, contents.get(row.sku_id, frozenset()), row.applies_to
            )
            for row in product_rows
        },
        plans={row.id: Plan(row.id, row.name, row.friendly_name) for row in plan_rows},
        rules=Rules(_gather([*pairs, *((b, a) for a, b in pairs)]), needs, barred),
        limits={plan_id: tuple(rows) for plan_id, rows in limits.items()},
    )


def _gather(pairs: Iterable[Sequence[Any]]) -> dict[Any, frozenset[Any]]:
    gathered: dict[Any, set[Any]] = defaultdict(set)
    for key, value in pairs:
        gathered[key].add(value)
    return {key: frozenset(values) for key, values in gathered.items()}
