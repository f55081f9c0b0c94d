"""A tenant whose people are kept out for a while, and let in again. Nothing of theirs is changed by it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.operators import Operator
from tenantry.domain.text import checked_line
from tenantry.kit.errors import Kind, Refused
from tenantry.store.tables import tenants

REASON_LIMIT = 300


@operator_command
async def suspend_tenant(
    tx: Tx, operator: Operator, *, tenant_id: UUID, reason: str, typed: str, now: datetime
) -> None:
    """Keeps a tenant's people out from the next click on. typed: the tenant's name, as a confirmation.

    Raises Refused: "text_missing", "text_long", "text_control" (reason), "name_differs" (typed), "tenant_missing",
    "tenant_is_suspended".
    """
    reason = checked_line(reason, field="reason", limit=REASON_LIMIT)
    tenant = await _lock(tx, tenant_id)
    if typed.strip().casefold() != tenant.name.casefold():
        raise Refused("name_differs", Kind.INVALID, field="typed", name=tenant.name)
    if tenant.suspended_at is not None:
        raise Refused("tenant_is_suspended", Kind.CONFLICT, name=tenant.name)
    await tx.db.execute(update(tenants).values(suspended_at=now))
    tx.tell(tenant.name, reason=reason)


@operator_command
async def resume_tenant(tx: Tx, operator: Operator, *, tenant_id: UUID, now: datetime) -> None:
    """Lets a tenant's people in again; nothing to do, and nothing told, where they were not kept out."""
    tenant = await _lock(tx, tenant_id)
    if tenant.suspended_at is not None:
        await tx.db.execute(update(tenants).values(suspended_at=None))
        tx.tell(tenant.name)


async def _lock(tx: Tx, tenant_id: UUID) -> Row[Any]:
    row = (await tx.db.execute(select(tenants).with_for_update())).one_or_none()
    if row is None:
        raise Refused("tenant_missing", Kind.MISSING, slug=str(tenant_id))
    return row
