"""People who signed up with one domain: a tenant without an admin, until one of them becomes it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Role
from tenantry.store.people import ACTIVE
from tenantry.store.tables import domain_registry, doors, role_assignments, tenants, users

FEW = 5


@dataclass(frozen=True)
class Named:
    """A person by name and address."""

    id: UUID
    name: str
    address: str


async def hold_group(tx: AsyncConnection, tenant_id: UUID) -> bool:
    """Nobody signs up into the tenant, takes it over or becomes its admin until the transaction ends.

    Returns whether it is still without an admin. To be taken before any other lock.
    """
    mine = domain_registry.c.tenant_id == tenant_id
    await tx.execute(select(domain_registry.c.name).where(mine).order_by(domain_registry.c.name).with_for_update())
    return await is_group(tx)


async def is_group(tx: AsyncConnection) -> bool:
    """Whether the tenant is a group of people who signed up, without an admin."""
    waits = select(tenants.c.kind == "unmanaged", tenants.c.deleted_at.is_(None))
    unmanaged, living = (await tx.execute(waits)).one()
    return bool(unmanaged and living)


async def count_people(tx: AsyncConnection) -> int:
    """Everybody who signed up and did not leave: each of them is to have a license."""
    return int((await tx.execute(select(func.count()).select_from(users).where(ACTIVE))).scalar_one())


async def newcomers(tx: AsyncConnection, since: datetime) -> tuple[str, ...]:
    """The names of the first few who came after a moment."""
    came = select(users.c.display_name).where(ACTIVE, users.c.created_at > since)
    return tuple((await tx.execute(came.order_by(users.c.created_at, users.c.id).limit(FEW))).scalars())


async def admins(tx: AsyncConnection) -> tuple[Named, ...]:
    """The first few global admins who can be asked."""
    theirs = (role_assignments.c.tenant_id == users.c.tenant_id) & (role_assignments.c.user_id == users.c.id)
    named = (
        select(users.c.id, users.c.display_name, users.c.user_name)
        .join(role_assignments, theirs)
        .where(ACTIVE, users.c.blocked_at.is_(None), role_assignments.c.role == Role.GLOBAL.value)
        .order_by(users.c.sort_en_nl, users.c.id)
        .limit(FEW)
    )
    return tuple(Named(*row) for row in await tx.execute(named))


async def offered(tx: AsyncConnection, door: str) -> tuple[UUID, ...]:
    """The products that a door offers, in its order."""
    mine = select(doors.c.sku_id).where(doors.c.door == door)
    return tuple((await tx.execute(mine.order_by(doors.c.position, doors.c.sku_id))).scalars())
