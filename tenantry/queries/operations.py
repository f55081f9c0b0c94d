"""Operations, seen: the audit log, and one operation with the people it could not serve."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.store.tables import operation_faults, operations, users


@dataclass(frozen=True)
class OperationRow:
    """One command by one actor. `subject`: a name, or how many people; `facts`: what it told."""

    id: UUID
    command: str
    actor_name: str
    via: str
    at: datetime
    subject: str
    facts: dict[str, Any]


@query(Permission.AUDIT_READ)
async def list_operations(
    tx: AsyncConnection, viewer: Viewer, *, cursor: Cursor | None, limit: int, command: str | None = None
) -> Page[OperationRow]:
    """The tenant's operations, newest first; ids are in the order of time."""
    backward = cursor is not None and cursor.backward
    wanted = select(operations)
    if command is not None:
        wanted = wanted.where(operations.c.command == command)
    if cursor is not None:
        wanted = wanted.where(operations.c.id > cursor.id if backward else operations.c.id < cursor.id)
    order = operations.c.id if backward else operations.c.id.desc()
    rows = (await tx.execute(wanted.order_by(order).limit(limit + 1))).all()
    page = cut(rows, limit, cursor, lambda row: (b"", row.id))
    return Page(tuple(_row(row) for row in page.items), page.next, page.previous)


def _row(row: Any) -> OperationRow:
    return OperationRow(row.id, row.command, row.actor_name, row.via, row.at, row.subject, row.facts)


@dataclass(frozen=True)
class FaultRow:
    """Somebody who got nothing, and why: a code of `words.refusals` and its places."""

    user_id: UUID
    name: str
    user_name: str
    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class OperationDetail:
    """An operation with the first of its faults."""

    row: OperationRow
    faults: tuple[FaultRow, ...]


@query(Permission.LICENSE_READ)
async def read_operation(
    tx: AsyncConnection, viewer: Viewer, *, operation_id: UUID, limit: int = 200
) -> OperationDetail:
    """One operation. Raises Refused("operation_missing"); without the audit right only one's own is there."""
    mine = [] if viewer.can(Permission.AUDIT_READ) else [operations.c.actor_id == viewer.user_id]
    row = (await tx.execute(select(operations).where(operations.c.id == operation_id, *mine))).one_or_none()
    if row is None:
        raise Refused("operation_missing", Kind.MISSING)
    same = (users.c.tenant_id == operation_faults.c.tenant_id) & (users.c.id == operation_faults.c.user_id)
    facts = (users.c.id, users.c.display_name, users.c.user_name, operation_faults.c.code, operation_faults.c.params)
    faults = (
        select(*facts)
        .join(users, same)
        .where(operation_faults.c.operation_id == operation_id)
        .order_by(users.c[alphabet_of(viewer.language)], users.c.id)
        .limit(limit)
    )
    return OperationDetail(_row(row), tuple(FaultRow(*found) for found in await tx.execute(faults)))
