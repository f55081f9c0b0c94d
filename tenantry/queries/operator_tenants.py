"""All tenants, as the operator sees them: names, states and numbers, and of their people nothing but how many."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.domain.subscriptions import Status
from tenantry.domain.takeovers import LEFT_FOR
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.house import House
from tenantry.queries.operator_frame import operator_query
from tenantry.store.people import ACTIVE
from tenantry.store.subscriptions import STATUS
from tenantry.store.support_access import find_open
from tenantry.store.tables import domain_registry, seat_pools, subscriptions, tenants, users

UNDONE_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class TenantRow:
    """A tenant in numbers. people: members and guests. seats: of paid and trial subscriptions that run; used: of these.

    merged: it was taken over by another. purged_at: when a deleted tenant ends for good.
    """

    id: UUID
    slug: str
    name: str
    country: str
    created_at: datetime
    domains: tuple[str, ...]
    people: int
    seats: int
    used: int
    allow_support: bool
    suspended_at: datetime | None
    deleted_at: datetime | None
    merged: bool = False

    @property
    def purged_at(self) -> datetime | None:
        kept = LEFT_FOR if self.merged else UNDONE_WITHIN
        return self.deleted_at + kept if self.deleted_at else None


@operator_query
async def list_all_tenants(
    tx: AsyncConnection,
    operator: Operator,
    *,
    q: str,
    state: str,
    cursor: Cursor | None,
    limit: int,
    now: datetime,
) -> Page[TenantRow]:
    """A page of tenants by name, in five statements however many there are.

    q: a part of the name, of the address or of a domain. state: "", "suspended" or "deleted".
    """
    wanted = select(tenants).where(*_found(q.strip(), state))
    backward = cursor is not None and cursor.backward
    place = tuple_(tenants.c.name_key, tenants.c.tenant_id)
    if cursor is not None:
        here = tuple_(str(cursor.key), cursor.id)
        wanted = wanted.where(place < here if backward else place > here)
    by = (tenants.c.name_key, tenants.c.tenant_id)
    rows = (await tx.execute(wanted.order_by(*(one.desc() if backward else one for one in by)).limit(limit + 1))).all()
    page = cut(rows, limit, cursor, lambda row: (row.name_key, row.tenant_id))
    return Page(await _counted(tx, page.items, now), page.next, page.previous)


def _found(q: str, state: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if q:
        key = q.casefold()
        owners = select(domain_registry.c.tenant_id).where(func.strpos(domain_registry.c.name, key) > 0)
        named = func.strpos(tenants.c.name_key, func.casefold(q)) > 0
        found.append(or_(named, func.strpos(tenants.c.slug, key) > 0, tenants.c.tenant_id.in_(owners)))
    if state == "suspended":
        found.append(tenants.c.suspended_at.is_not(None))
    if state == "deleted":
        found.append(tenants.c.deleted_at.is_not(None))
    return found


@operator_query
async def read_one_tenant(tx: AsyncConnection, operator: Operator, *, tenant_id: UUID, now: datetime) -> TenantRow:
    """One tenant in numbers. Raises Refused("tenant_missing")."""
    rows = (await tx.execute(select(tenants).where(tenants.c.tenant_id == tenant_id))).all()
    if not rows:
        raise Refused("tenant_missing", Kind.MISSING, slug=str(tenant_id))
    return (await _counted(tx, rows, now))[0]


async def _counted(tx: AsyncConnection, rows: Any, now: datetime) -> tuple[TenantRow, ...]:
    """The tenants of `rows` with their numbers: one statement per kind of number."""
    ids = [row.tenant_id for row in rows]
    people = await _by_tenant(tx, _people(ids))
    seats = await _by_tenant(tx, _seats(ids), now=now)
    used = await _by_tenant(tx, _used(ids))
    domains = await _by_tenant(tx, _domains(ids))
    return tuple(
        TenantRow(
            id=row.tenant_id,
            slug=row.slug,
            name=row.name,
            country=row.country,
            created_at=row.created_at,
            domains=tuple(domains.get(row.tenant_id, ())),
            people=people.get(row.tenant_id, 0),
            seats=seats.get(row.tenant_id, 0),
            used=used.get(row.tenant_id, 0),
            allow_support=row.allow_support,
            suspended_at=row.suspended_at,
            deleted_at=row.deleted_at,
            merged=row.merged_into is not None,
        )
        for row in rows
    )


async def _by_tenant(tx: AsyncConnection, wanted: Select[Any], **params: Any) -> dict[UUID, Any]:
    return {row[0]: row[1] for row in await tx.execute(wanted, params)}


def _people(ids: list[UUID]) -> Select[Any]:
    mine = users.c.tenant_id
    return select(mine, func.count()).where(mine == func.any(ids), ACTIVE).group_by(mine)


def _seats(ids: list[UUID]) -> Select[Any]:
    mine, running = subscriptions.c.tenant_id, STATUS.in_([Status.ACTIVE.value, Status.TRIAL.value])
    return select(mine, func.sum(subscriptions.c.seats)).where(mine == func.any(ids), running).group_by(mine)


def _used(ids: list[UUID]) -> Select[Any]:
    mine = seat_pools.c.tenant_id
    return select(mine, func.sum(seat_pools.c.consumed)).where(mine == func.any(ids)).group_by(mine)


def _domains(ids: list[UUID]) -> Select[Any]:
    mine, name = domain_registry.c.tenant_id, domain_registry.c.name
    return select(mine, func.array_agg(name)).where(mine == func.any(ids)).group_by(mine)


@dataclass(frozen=True)
class OpenAccess:
    """A support access that runs."""

    reason: str
    level: str
    ends_at: datetime


async def find_my_access(house: House, operator: Operator, *, tenant_id: UUID, now: datetime) -> OpenAccess | None:
    """The operator's own access to a tenant, if they have one. Read in the tenant's fence, where it stands."""
    if operator.account_id is None:
        return None
    async with house.db.transaction(tenant_id) as tx:
        row = await find_open(tx, operator.account_id, now)
    return OpenAccess(row.reason, row.level, row.ends_at) if row else None
