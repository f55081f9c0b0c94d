"""The end of a tenant: deleted by its global admins, thirty days to undo it, then gone for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, func, insert, literal, select, update

from tenantry.commands.frame import Tx, command
from tenantry.domain.organization import ends_at, same_name
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.organization import count_unfinished
from tenantry.store.tables import house_operations, tenants


@dataclass(frozen=True)
class Deleted:
    """From when on the tenant is gone for good, and the operation that deleted it."""

    ends_at: datetime
    operation_id: UUID


@command(Permission.ORGANIZATION_DELETE)
async def delete_tenant(tx: Tx, viewer: Viewer, *, name: str, now: datetime) -> Deleted:
    """Deletes the viewer's tenant; from here on only its global admins get in, and only to undo it.

    name: what was typed to confirm it. A tenant that is deleted already stays so, with its first date.
    Raises Refused: "name_differs" (field confirm), "organization_busy" (count) while long operations are under way.
    """
    tenant = await _locked(tx)
    if not same_name(name, tenant.name):
        raise Refused("name_differs", Kind.INVALID, field="confirm")
    if tenant.deleted_at is not None:
        return Deleted(ends_at(tenant.deleted_at), tx.operation_id)
    if busy := await count_unfinished(tx.db):
        raise Refused("organization_busy", Kind.CONFLICT, count=busy)
    await _mark(tx, tenant, now)
    tx.tell(tenant.name, ends_at=ends_at(now).date().isoformat())
    return Deleted(ends_at(now), tx.operation_id)


@command(Permission.ORGANIZATION_DELETE)
async def undo_deletion(tx: Tx, viewer: Viewer, *, now: datetime) -> bool:
    """Brings the tenant back as it was. Returns False, and nothing is told, where it was not deleted."""
    tenant = await _locked(tx)
    if tenant.deleted_at is None:
        return False
    await _mark(tx, tenant, None)
    tx.tell(tenant.name)
    return True


@command(Permission.ORGANIZATION_DELETE)
async def purge_tenant(tx: Tx, viewer: Viewer, *, now: datetime) -> bool:
    """Ends a tenant whose thirty days are over: rows, audit, address and domains; its own accounts are closed.

    For a job, as `janitor(tenant_id)`, with the tenants of `queries.due_tenants`. Returns False, and changes nothing,
    where it is too early or was undone. What is left is told in the house's own log.
    """
    tenant = (await tx.db.execute(select(tenants).with_for_update())).one_or_none()
    at = literal(now, DateTime(timezone=True))
    if tenant is None or not (await tx.db.execute(select(func.purge_tenant(at)))).scalar_one():
        return False
    facts = {"slug": tenant.slug, "deleted_at": tenant.deleted_at.date().isoformat()}
    row = {"id": tx.operation_id, "command": "purge_tenant", "actor_name": viewer.name, "at": now}
    await tx.db.execute(insert(house_operations).values(**row, subject=tenant.name, facts=facts))
    return True


async def _locked(tx: Tx) -> Row[Any]:
    return (await tx.db.execute(select(tenants).with_for_update())).one()


async def _mark(tx: Tx, tenant: Row[Any], deleted_at: datetime | None) -> None:
    await tx.db.execute(update(tenants).where(tenants.c.tenant_id == tenant.tenant_id).values(deleted_at=deleted_at))
