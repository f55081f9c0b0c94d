"""One product's page: its seats, who holds it, and the people that its pane is about."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.kit.paging import Cursor
from tenantry.queries.frame import query
from tenantry.queries.licenses import ProductPage, product_page
from tenantry.queries.users import Suggestion, people_like
from tenantry.store.people import ACTIVE
from tenantry.store.tables import licenses, operations, plans, users


@dataclass(frozen=True)
class ProductPerson:
    """Somebody, and how they hold the product. `disabled`: their direct switches; None without a direct license."""

    id: UUID
    name: str
    user_name: str
    kind: str
    usage_location: str | None
    disabled: frozenset[UUID] | None
    inherited: bool
    assigned_at: datetime | None
    assigned_by: str | None
    operation_id: UUID | None

    @property
    def held(self) -> bool:
        return self.disabled is not None or self.inherited

    @property
    def removable(self) -> bool:
        return self.held and not self.inherited


@dataclass(frozen=True)
class ProductView:
    """A product's page with `people`, whom its pane is about, and how long data is kept: (days, apps)."""

    page: ProductPage
    people: tuple[ProductPerson, ...]
    retention: tuple[tuple[int, tuple[str, ...]], ...]


@query(Permission.LICENSE_READ)
async def read_product_view(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    sku_id: UUID,
    words: tuple[str, ...],
    cursor: Cursor | None,
    limit: int,
    asked: tuple[UUID, ...],
    now: datetime,
) -> ProductView:
    """One product, a page of its holders, and the people of `asked` who are here, by name.

    Raises Refused("product_not_owned"). Six statements, eight with people asked for, whatever the page holds.
    """
    page = await product_page(tx, viewer, sku_id, words, cursor, limit, now)
    if not asked:
        return ProductView(page, (), ())
    return ProductView(page, await _people(tx, viewer, sku_id, asked), await _retention(tx, page))


async def _people(
    tx: AsyncConnection, viewer: Viewer, sku_id: UUID, asked: tuple[UUID, ...]
) -> tuple[ProductPerson, ...]:
    same = and_(licenses.c.tenant_id == users.c.tenant_id, licenses.c.user_id == users.c.id)
    made = and_(operations.c.tenant_id == licenses.c.tenant_id, operations.c.id == licenses.c.operation_id)
    facts = (users.c.id, users.c.display_name, users.c.user_name, users.c.kind, users.c.usage_location)
    paths = (licenses.c.disabled_plans, licenses.c.group_ids, licenses.c.assigned_at, licenses.c.operation_id)
    wanted = (
        select(*facts, *paths, operations.c.actor_name)
        .outerjoin(licenses, and_(same, licenses.c.sku_id == sku_id))
        .outerjoin(operations, made)
        .where(ACTIVE, users.c.id == func.any(list(asked)))
        .order_by(users.c[alphabet_of(viewer.language)], users.c.id)
    )
    return tuple(_person(row) for row in await tx.execute(wanted))


def _person(row: Any) -> ProductPerson:
    return ProductPerson(
        id=row.id,
        name=row.display_name,
        user_name=row.user_name,
        kind=row.kind,
        usage_location=row.usage_location,
        disabled=None if row.disabled_plans is None else frozenset(row.disabled_plans),
        inherited=bool(row.group_ids),
        assigned_at=row.assigned_at,
        assigned_by=row.actor_name,
        operation_id=row.operation_id,
    )


async def _retention(tx: AsyncConnection, page: ProductPage) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """How many days an app's data is kept after the license, shortest first, with the apps it holds for."""
    ids = [plan.id for plan in page.plans]
    wanted = select(plans.c.retention_days, plans.c.friendly_name).where(plans.c.id == func.any(ids))
    rows = (await tx.execute(wanted.order_by(plans.c.retention_days, plans.c.friendly_name, plans.c.id))).all()
    return tuple((days, tuple(row[1] for row in some)) for days, some in groupby(rows, key=lambda row: int(row[0])))


@dataclass(frozen=True)
class Candidate:
    """Somebody whom the typed letters may mean, and how they hold the product."""

    person: Suggestion
    held: bool
    inherited: bool


@query(Permission.LICENSE_ASSIGN)
async def suggest_candidates(
    tx: AsyncConnection, viewer: Viewer, *, sku_id: UUID, words: tuple[str, ...], limit: int = 10
) -> tuple[Candidate, ...]:
    """People as the picker of a product's page offers them."""
    found = await people_like(tx, viewer, words, limit)
    theirs = select(licenses.c.user_id, licenses.c.group_ids).where(
        licenses.c.sku_id == sku_id, licenses.c.user_id == func.any([person.id for person in found])
    )
    held = {row.user_id: bool(row.group_ids) for row in await tx.execute(theirs)} if found else {}
    return tuple(Candidate(person, person.id in held, held.get(person.id, False)) for person in found)
