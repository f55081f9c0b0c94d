"""What waits and has no job that would take it up, and what is past its time. Seen over all tenants."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, union

from tenantry.store.database import Database
from tenantry.store.files import KEPT, SECRET_KEPT
from tenantry.store.tables import files, long_operations

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


async def tenants_to_sweep(jobs: Database, *, now: datetime) -> Sequence[UUID]:
    """The tenants with a file, a long operation or a secret of one that is past its time."""
    past = (long_operations.c.finished_at <= now - SECRET_KEPT) & long_operations.c.secret.is_not(None)
    ended = select(long_operations.c.tenant_id).where((long_operations.c.finished_at <= now - KEPT) | past)
    expired = select(files.c.tenant_id).where(files.c.expires_at <= now)
    async with jobs.transaction() as tx:
        return list((await tx.execute(union(ended, expired))).scalars())
