"""What waits and has no job that would take it up, and what is past its time. Seen over all tenants."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from tenantry.queries.due import each, type_due
from tenantry.queries.house import House
from tenantry.store.clocks import there
from tenantry.store.database import Database
from tenantry.store.files import KEPT, SECRET_KEPT
from tenantry.store.tables import files, long_operations, tenants

_LOST = text("""
    SELECT tenant_id, id FROM long_operations
    WHERE state IN ('waiting', 'running') AND NOT EXISTS (
        SELECT FROM procrastinate_jobs
        WHERE status IN ('todo', 'doing') AND args ->> 'operation_id' = long_operations.id::text)
""")


async def lost_operations(jobs: Database) -> Sequence[tuple[UUID, UUID]]:
    """(tenant, long operation) of those that no job will end."""
    async with jobs.transaction() as tx:
        return [(row.tenant_id, row.id) for row in await tx.execute(_LOST)]


async def tenants_to_sweep(house: House, *, now: datetime) -> type_due:
    """The tenants with a file, a long operation or a secret of one that is past its time, each with its own."""
    c, at = long_operations.c, there(now)
    past = (c.finished_at <= at - KEPT) | ((c.finished_at <= at - SECRET_KEPT) & c.secret.is_not(None))
    ended = select(c.tenant_id).where(c.tenant_id == tenants.c.tenant_id, past)
    expired = select(files.c.tenant_id).where(files.c.tenant_id == tenants.c.tenant_id, files.c.expires_at <= at)
    return await each(house, select(tenants.c.tenant_id, at).where(ended.exists() | expired.exists()))
