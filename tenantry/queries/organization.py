"""The organization, seen: its settings on one page, and what would end with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.organization import Policies, Profile, SelfService, ends_at
from tenantry.domain.roles import Permission
from tenantry.domain.subscriptions import Status
from tenantry.domain.viewers import Viewer
from tenantry.queries.frame import query
from tenantry.queries.support_access import SupportRow, support_rows
from tenantry.store.organization import count_unfinished, policies_of, profile_of, self_service_of
from tenantry.store.people import ACTIVE
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import domains, products, seat_pools, subscriptions, tenants, users

SUPPORT_SHOWN = 20
PAID = (Status.SCHEDULED, Status.ACTIVE)


@dataclass(frozen=True)
class Organization:
    """The settings of a tenant, and who of the operator was let in lately, newest first."""

    slug: str
    created_at: datetime
    profile: Profile
    policies: Policies
    support: tuple[SupportRow, ...]


@query(Permission.ORGANIZATION_READ)
async def read_organization(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> Organization:
    """The page of the organization's settings, in two statements."""
    row = (await tx.execute(select(tenants))).one()
    support = await support_rows(tx, now, SUPPORT_SHOWN)
    return Organization(row.slug, row.created_at, profile_of(row), policies_of(row), support)


@query(Permission.ORGANIZATION_READ)
async def read_self_service(tx: AsyncConnection, viewer: Viewer) -> SelfService:
    """What people may do by themselves."""
    return self_service_of((await tx.execute(select(tenants))).one())


@dataclass(frozen=True)
class PaidSubscription:
    """A subscription that costs money until it ends, whatever becomes of the tenant. renews: it does so by itself."""

    product: str
    seats: int
    ends_at: datetime
    renews: bool


@dataclass(frozen=True)
class Ending:
    """What ends with a tenant, and when: `ends_at`, if it is (or were now) deleted.

    deleted_at: since when it is deleted, or None. unfinished: long operations that forbid it.
    """

    name: str
    deleted_at: datetime | None
    ends_at: datetime
    members: int
    guests: int
    licenses: int
    domains: tuple[str, ...]
    paid: tuple[PaidSubscription, ...]
    unfinished: int


@query(Permission.ORGANIZATION_DELETE)
async def read_ending(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> Ending:
    """What would end with the tenant, or ends, in six statements."""
    tenant = (await tx.execute(select(tenants))).one()
    counted = select(users.c.kind, func.count().label("number")).where(ACTIVE).group_by(users.c.kind)
    people = {row.kind: row.number for row in await tx.execute(counted)}
    held = select(func.coalesce(func.sum(seat_pools.c.consumed), 0))
    names = select(domains.c.name).order_by(domains.c.is_default.desc(), domains.c.name)
    return Ending(
        name=tenant.name,
        deleted_at=tenant.deleted_at,
        ends_at=ends_at(tenant.deleted_at or now),
        members=people.get("member", 0),
        guests=people.get("guest", 0),
        licenses=(await tx.execute(held)).scalar_one(),
        domains=tuple((await tx.execute(names)).scalars()),
        paid=await _paid(tx, now),
        unfinished=await count_unfinished(tx),
    )


async def _paid(tx: AsyncConnection, now: datetime) -> tuple[PaidSubscription, ...]:
    wanted = (
        select(products.c.name, subscriptions.c.seats, subscriptions.c.ends_at, subscriptions.c.recurring)
        .join(products, products.c.sku_id == subscriptions.c.sku_id)
        .where(STATUS.in_([status.value for status in PAID]), ~subscriptions.c.trial, subscriptions.c.unit_price > 0)
        .order_by(products.c.name, subscriptions.c.ends_at, subscriptions.c.id)
    )
    return tuple(PaidSubscription(*row) for row in await tx.execute(wanted, {"now": now}))
