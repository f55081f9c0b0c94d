"""What has fallen due, in which tenants: asked across all of them, as the jobs role."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.domain.leaving import KEPT
from tenantry.queries.house import House
from tenantry.store.leavers import DELETED
from tenantry.store.tables import users


async def tenants_to_purge(house: House, *, now: datetime) -> tuple[UUID, ...]:
    """The tenants with somebody who was deleted more than thirty days ago (`commands.delete_people.purge_people`)."""
    due = select(users.c.tenant_id).where(DELETED, users.c.deleted_at <= now - KEPT).distinct()
    async with house.jobs.transaction() as tx:
        return tuple((await tx.execute(due.order_by(users.c.tenant_id))).scalars())
