"""Tenants that have fallen due: asked across all of them, as the jobs role."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.domain.organization import GRACE
from tenantry.queries.house import House
from tenantry.store.tables import tenants


async def tenants_to_end(house: House, *, now: datetime) -> tuple[UUID, ...]:
    """The tenants that were deleted more than thirty days ago (`commands.delete_tenant.purge_tenant`)."""
    due = select(tenants.c.tenant_id).where(tenants.c.deleted_at <= now - GRACE).order_by(tenants.c.tenant_id)
    async with house.jobs.transaction() as tx:
        return tuple((await tx.execute(due)).scalars())
