"""Long operations, seen: how far one is, the file that it made, and who asked for it as they are now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission, Role, permissions_of
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.frame import query
from tenantry.store.database import Database
from tenantry.store.people import ACTIVE
from tenantry.store.tables import file_parts, files, long_operations, operations, role_assignments, tenants, users


@dataclass(frozen=True)
class KeptFile:
    """A file that can be downloaded until `expires_at`. size: in bytes."""

    id: UUID
    name: str
    media_type: str
    size: int
    expires_at: datetime


@dataclass(frozen=True)
class LongOperation:
    """How far it is. state: waiting, running, done or failed. refusal: a code of `words.refusals` and its places.

    mine: the viewer asked for it. secret: it keeps something that only its asker is shown, once.
    """

    id: UUID
    command: str
    actor_name: str
    mine: bool
    state: str
    done: int
    total: int
    refusal: dict[str, Any] | None
    secret: bool
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    file: KeptFile | None


async def find_long(tx: AsyncConnection, viewer: Viewer, operation_id: UUID) -> LongOperation | None:
    """A long operation that one asked for oneself; with the audit right, anybody's."""
    mine = long_operations.c.actor_id.is_not_distinct_from(viewer.user_id)
    found = select(long_operations, mine.label("mine")).where(long_operations.c.id == operation_id)
    row = (await tx.execute(found if viewer.can(Permission.AUDIT_READ) else found.where(mine))).one_or_none()
    if row is None:
        return None
    return LongOperation(
        id=row.id,
        command=row.command,
        actor_name=row.actor_name,
        mine=row.mine,
        state=row.state,
        done=row.done,
        total=row.total,
        refusal=row.refusal,
        secret=row.secret is not None,
        asked_at=row.asked_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        file=await _file(tx, row.file_id) if row.file_id else None,
    )


async def _file(tx: AsyncConnection, file_id: UUID) -> KeptFile:
    size = select(func.coalesce(func.sum(func.length(file_parts.c.content)), 0))
    found = select(
        files.c.id,
        files.c.name,
        files.c.media_type,
        size.where(file_parts.c.file_id == file_id).scalar_subquery(),
        files.c.expires_at,
    )
    return KeptFile(*(await tx.execute(found.where(files.c.id == file_id))).one())


@query(Permission.HOME_READ)
async def read_file(tx: AsyncConnection, viewer: Viewer, *, operation_id: UUID, now: datetime) -> KeptFile:
    """The file that an operation made. Raises Refused: "operation_missing", "file_gone"."""
    found = await find_long(tx, viewer, operation_id)
    if found is None and not await _is_in_the_log(tx, viewer, operation_id):
        raise Refused("operation_missing", Kind.MISSING)
    if found is None or found.file is None or found.file.expires_at <= now:
        raise Refused("file_gone", Kind.MISSING)
    return found.file


async def _is_in_the_log(tx: AsyncConnection, viewer: Viewer, operation_id: UUID) -> bool:
    """Whether it was done once: all that is left of it after a week."""
    done = select(operations.c.id).where(operations.c.id == operation_id)
    mine = operations.c.actor_id.is_not_distinct_from(viewer.user_id)
    return (await tx.execute(done if viewer.can(Permission.AUDIT_READ) else done.where(mine))).first() is not None


@query(Permission.HOME_READ)
async def read_file_part(tx: AsyncConnection, viewer: Viewer, *, file_id: UUID, number: int) -> bytes | None:
    """One part of a file that `read_file` gave, from 0; None after the last."""
    part = select(file_parts.c.content).where(file_parts.c.file_id == file_id, file_parts.c.number == number)
    content: bytes | None = (await tx.execute(part)).scalar()
    return content


async def find_actor(db: Database, *, tenant_id: UUID, user_id: UUID, language: str) -> Viewer:
    """Who asked for a long operation, with the roles they have now: the viewer of its command.

    Raises Refused("actor_gone") for somebody who could not get in any more, or whose organization is closed.
    """
    held = and_(role_assignments.c.tenant_id == users.c.tenant_id, role_assignments.c.user_id == users.c.id)
    found = (
        select(users.c.display_name, role_assignments.c.role)
        .join(tenants, tenants.c.tenant_id == users.c.tenant_id)
        .outerjoin(role_assignments, held)
        .where(users.c.id == user_id, ACTIVE, users.c.blocked_at.is_(None))
        .where(tenants.c.suspended_at.is_(None), tenants.c.deleted_at.is_(None))
    )
    async with db.transaction(tenant_id) as tx:
        rows = (await tx.execute(found)).all()
    if not rows:
        raise Refused("actor_gone", Kind.DENIED)
    roles = frozenset(Role(row.role) for row in rows if row.role)
    return Viewer(tenant_id, user_id, rows[0].display_name, permissions_of(roles), "job", language, roles)
