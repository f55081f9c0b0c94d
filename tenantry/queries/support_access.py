"""Who of the operator's people was let into a tenant, when, why and until when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.queries.frame import query
from tenantry.store.tables import support_access


@dataclass(frozen=True)
class SupportRow:
    """One access. level: "look" or "change". ended_at: when it ended or will end; ended_by: who ended it early.

    running: whether it is open at the moment that was asked for, so that it can be ended.
    """

    id: UUID
    name: str
    reason: str
    level: str
    started_at: datetime
    ended_at: datetime
    ended_by: str | None
    running: bool


@query(Permission.ORGANIZATION_READ)
async def list_support_access(
    tx: AsyncConnection, viewer: Viewer, *, now: datetime, limit: int = 50
) -> tuple[SupportRow, ...]:
    """The tenant's support accesses, newest first."""
    return await support_rows(tx, now, limit)


async def support_rows(tx: AsyncConnection, now: datetime, limit: int) -> tuple[SupportRow, ...]:
    """The same inside another query's transaction."""
    newest = select(support_access).order_by(support_access.c.id.desc()).limit(limit)
    return tuple(
        SupportRow(
            id=row.id,
            name=row.name,
            reason=row.reason,
            level=row.level,
            started_at=row.started_at,
            ended_at=row.ended_at or row.ends_at,
            ended_by=row.ended_by,
            running=row.ended_at is None and row.ends_at > now,
        )
        for row in await tx.execute(newest)
    )
