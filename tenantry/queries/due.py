"""What has fallen due, in which tenants, each by its own clock: asked across all of them, as the jobs role."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from tenantry.domain.leaving import KEPT
from tenantry.queries.house import House
from tenantry.store.clocks import there
from tenantry.store.leavers import DELETED
from tenantry.store.tables import tenants, users

type_due = tuple[tuple[UUID, datetime], ...]


async def tenants_to_purge(house: House, *, now: datetime) -> type_due:
    """The tenants with somebody who was deleted more than thirty days ago (`commands.delete_people.purge_people`)."""
    gone = select(users.c.tenant_id).where(
        users.c.tenant_id == tenants.c.tenant_id, DELETED, users.c.deleted_at <= there(now) - KEPT
    )
    return await each(house, select(tenants.c.tenant_id, there(now)).where(gone.exists()))


async def tenant_there(house: House, *, tenant_id: UUID, now: datetime) -> type_due:
    """One tenant, if it is not deleted."""
    mine = select(tenants.c.tenant_id, there(now)).where(tenants.c.tenant_id == tenant_id)
    return await each(house, mine.where(tenants.c.deleted_at.is_(None)))


async def each(house: House, wanted: Select[UUID, datetime]) -> type_due:
    """Tenants, each with what time it is there."""
    async with house.jobs.transaction() as tx:
        rows = await tx.execute(wanted.order_by(tenants.c.tenant_id))
        return tuple((row[0], row[1]) for row in rows)
