"""What an export would hold, and those that were made lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.queries.export_parts import PARTS
from tenantry.queries.export_tenant import count_rows
from tenantry.queries.frame import query
from tenantry.store.tables import files, long_operations

COMMAND = "export_tenant"
SHOWN = 10


@dataclass(frozen=True)
class MadeExport:
    """An export that was asked for, by its operation. expires_at: of its file, once there is one."""

    id: UUID
    actor_name: str
    state: str
    asked_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Exports:
    """rows: how many each part would have. made: the exports of the last week, newest first."""

    rows: Mapping[str, int]
    made: tuple[MadeExport, ...]

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def under_way(self) -> MadeExport | None:
        """One that waits or runs: a second would hold nothing else."""
        return next((one for one in self.made if one.state in ("waiting", "running")), None)


@query(Permission.ORGANIZATION_EXPORT)
async def read_exports(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> Exports:
    """In two statements."""
    long = long_operations.c
    facts = (long.id, long.actor_name, long.state, long.asked_at, files.c.expires_at)
    same = (files.c.tenant_id == long.tenant_id) & (files.c.id == long.file_id)
    wanted = select(*facts).outerjoin(files, same).where(long.command == COMMAND)
    rows = await tx.execute(wanted.order_by(long.asked_at.desc(), long.id.desc()).limit(SHOWN))
    return Exports(await count_rows(tx, PARTS, now), tuple(MadeExport(*row) for row in rows))
