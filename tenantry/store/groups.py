"""People who signed up with one domain: a tenant without an admin, until one of them becomes it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Role
from tenantry.domain.sign_ups import currency_of, group_slug
from tenantry.kit.domain_names import as_read
from tenantry.store.handles import handle_hash
from tenantry.store.people import ACTIVE
from tenantry.store.tables import domain_registry, domains, doors, handles, role_assignments, tenants, users

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
    await tx.execute(select(tenants.c.tenant_id).with_for_update(key_share=True))
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


async def found_group(
    tx: AsyncConnection, tenant_id: UUID, domain: str, *, country: str, language: str, now: datetime
) -> bool:
    """A tenant for the people of `domain`, whose proof is their mail. `tx` is fenced to its new id.

    False, and nothing is written, if another has the domain: of two who come at once, the second waits for the first.
    """
    if not await _added(tx, domain_registry, {"name": domain, "tenant_id": tenant_id}):
        return False
    row = {"tenant_id": tenant_id, "slug": await _slug(tx, tenant_id, domain), "name": as_read(domain)}
    row |= {"kind": "unmanaged", "country": country, "language": language, "currency": currency_of(country)}
    await tx.execute(insert(tenants).values(**row, created_at=now))
    first = {"tenant_id": tenant_id, "name": domain, "is_default": True, "is_initial": True, "method": "email"}
    await tx.execute(insert(domains).values(**first, added_at=now, verified_at=now))
    return True


async def _slug(tx: AsyncConnection, tenant_id: UUID, domain: str) -> str:
    """An address that nobody has: that of the domain, else with some letters more."""
    wanted = slug = group_slug(domain)
    while not await _added(tx, handles, _address(tenant_id, slug)):
        slug = f"{wanted}-{secrets.token_hex(3)}"
    return slug


def _address(tenant_id: UUID, slug: str) -> dict[str, Any]:
    return {"kind": "tenant", "hash": handle_hash(slug), "tenant_id": tenant_id, "row_id": tenant_id}


async def _added(tx: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
    """Adds the row, unless a key of another stands in its way."""
    put = insert_new(table).values(row).on_conflict_do_nothing().returning(table.c.tenant_id)
    return (await tx.execute(put)).first() is not None
