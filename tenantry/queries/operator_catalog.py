"""The catalog, as the operator looks at it: products by name, and one with its apps, rules and prices."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Table, Text, cast, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, Plan, Price, Product
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.operator_frame import operator_query
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import prices, product_plans, products


@dataclass(frozen=True)
class ProductRow:
    """A product of the list. apps: how many it has; prices: for how many terms, frequencies and currencies."""

    sku_id: UUID
    name: str
    part_number: str
    applies_to: str
    apps: int
    prices: int


@dataclass(frozen=True)
class AppRules:
    """An app of a product: the apps that it does not stand beside, and those of which it needs one."""

    plan: Plan
    excludes: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class ProductSheet:
    """Everything that the catalog says of a product. barred: countries where it is not offered."""

    product: Product
    apps: tuple[AppRules, ...]
    barred: tuple[str, ...]
    prices: tuple[Price, ...]


@operator_query
async def list_catalog(
    tx: AsyncConnection, operator: Operator, *, q: str, cursor: Cursor | None, limit: int
) -> Page[ProductRow]:
    """A page of products by name, in three statements. q: a part of the name, of the part number, or the id."""
    key = func.casefold(products.c.name).collate("C")
    backward, place = cursor is not None and cursor.backward, tuple_(key, products.c.sku_id)
    wanted = select(products, key.label("key"))
    if q := q.strip():
        parts = (products.c.name, products.c.part_number, cast(products.c.sku_id, Text))
        wanted = wanted.where(or_(*(func.strpos(func.casefold(part), func.casefold(q)) > 0 for part in parts)))
    if cursor is not None:
        here = tuple_(str(cursor.key), cursor.id)
        wanted = wanted.where(place < here if backward else place > here)
    by = [column.desc() if backward else column.asc() for column in (key, products.c.sku_id)]
    rows = (await tx.execute(wanted.order_by(*by).limit(limit + 1))).all()
    page = cut(rows, limit, cursor, lambda row: (row.key, row.sku_id))
    ids = [row.sku_id for row in page.items]
    apps, sold = await _count(tx, product_plans, ids), await _count(tx, prices, ids)
    found = tuple(
        ProductRow(
            row.sku_id, row.name, row.part_number, row.applies_to, apps.get(row.sku_id, 0), sold.get(row.sku_id, 0)
        )
        for row in page.items
    )
    return Page(found, page.next, page.previous)


async def _count(tx: AsyncConnection, table: Table, ids: list[UUID]) -> dict[UUID, int]:
    counted = select(table.c.sku_id, func.count()).where(table.c.sku_id == func.any(ids)).group_by(table.c.sku_id)
    return {row[0]: row[1] for row in await tx.execute(counted)}


@operator_query
async def read_product_sheet(tx: AsyncConnection, operator: Operator, *, sku_id: UUID) -> ProductSheet:
    """One product. Raises Refused("product_unknown")."""
    catalog = await load_catalog(tx)
    product = catalog.products.get(sku_id)
    if product is None:
        raise Refused("product_unknown", Kind.MISSING, value=str(sku_id))
    sold = select(prices).where(prices.c.sku_id == sku_id)
    by = (prices.c.currency, prices.c.term_months, prices.c.frequency)
    rows = (await tx.execute(sold.order_by(*by))).all()
    apps = sorted((catalog.plans[plan_id] for plan_id in product.plan_ids), key=lambda plan: plan.friendly_name)
    return ProductSheet(
        product,
        tuple(_app(catalog, plan) for plan in apps),
        tuple(sorted(catalog.rules.barred.get(sku_id, ()))),
        tuple(Price(row.sku_id, row.currency, row.term_months, row.frequency, row.minor) for row in rows),
    )


def _app(catalog: Catalog, plan: Plan) -> AppRules:
    def names(ids: Iterable[UUID]) -> tuple[str, ...]:
        return tuple(sorted({catalog.plans[one].friendly_name for one in ids}))

    rules = catalog.rules
    return AppRules(plan, names(rules.exclusive.get(plan.id, ())), names(rules.requires_any.get(plan.id, ())))
