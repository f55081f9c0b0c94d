"""Operations, seen: the audit log, and one operation with the people it could not serve."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.queries.invoices import Charged, charges_of
from tenantry.queries.long_operations import LongOperation, find_long
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import charges, operation_faults, operations, users

CHUNK = 5000
SHOWN = 200  # faults that are read with their operation; `each_fault` gives all


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


@dataclass(frozen=True)
class Audit:
    """A page of the audit log, and the operation that is open beside it."""

    page: Page[OperationRow]
    open: OperationRow | None


@query(Permission.AUDIT_READ)
async def list_operations(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    cursor: Cursor | None,
    limit: int,
    commands: Collection[str] = (),
    open_id: UUID | None = None,
) -> Audit:
    """The tenant's operations, newest first; ids are in the order of time. commands: those of these only, if any."""
    backward = cursor is not None and cursor.backward
    wanted = _of_commands(commands)
    if cursor is not None:
        wanted = wanted.where(operations.c.id > cursor.id if backward else operations.c.id < cursor.id)
    order = operations.c.id if backward else operations.c.id.desc()
    rows = (await tx.execute(wanted.order_by(order).limit(limit + 1))).all()
    page = cut(rows, limit, cursor, lambda row: (b"", row.id))
    shown = Page(tuple(_row(row) for row in page.items), page.next, page.previous)
    return Audit(shown, await _find(tx, open_id) if open_id else None)


@query(Permission.AUDIT_READ)
async def each_operation(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    take: Callable[[Sequence[OperationRow]], None],
    commands: Collection[str] = (),
) -> None:
    """Hands the whole log to `take`, newest first, some thousand operations at a time."""
    async with tx.stream(_of_commands(commands).order_by(operations.c.id.desc())) as found:
        async for rows in found.partitions(CHUNK):
            take([_row(row) for row in rows])


def _of_commands(commands: Collection[str]) -> Select[Any]:
    wanted = select(operations)
    return wanted.where(operations.c.command.in_(commands)) if commands else wanted


@query(Permission.AUDIT_READ)
async def read_audit_entry(tx: AsyncConnection, viewer: Viewer, *, operation_id: UUID) -> OperationRow:
    """One operation of the log. Raises Refused("operation_missing")."""
    row = await _find(tx, operation_id)
    if row is None:
        raise Refused("operation_missing", Kind.MISSING)
    return row


async def _find(tx: AsyncConnection, operation_id: UUID) -> OperationRow | None:
    row = (await tx.execute(select(operations).where(operations.c.id == operation_id))).one_or_none()
    return _row(row) if row else None


def _row(row: Any) -> OperationRow:
    return OperationRow(row.id, row.command, row.actor_name, row.via, row.at, row.subject, row.facts)


@dataclass(frozen=True)
class FaultRow:
    """Somebody who got nothing, and why: a code of `words.refusals` and its places."""

    user_id: UUID
    name: str
    user_name: str
    kind: str
    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class OperationDetail:
    """An operation with the first of its faults. `reasons`: how many people each code kept out, the most first.

    long: what is known of the job, if one did it. charges: what it cost or credited, for who may see bills.
    """

    row: OperationRow
    faults: tuple[FaultRow, ...]
    reasons: dict[str, int]
    long: LongOperation | None = None
    charges: tuple[Charged, ...] = ()


@query(Permission.LICENSE_READ)
async def read_operation(tx: AsyncConnection, viewer: Viewer, *, operation_id: UUID) -> OperationDetail:
    """One operation. Raises Refused("operation_missing"); without the audit right only one's own is there."""
    return await _detail(tx, viewer, await _mine(tx, viewer, operation_id), code=None)


@query(Permission.LICENSE_READ)
async def read_receipt(
    tx: AsyncConnection, viewer: Viewer, *, operation_id: UUID, code: str | None = None
) -> OperationDetail | LongOperation:
    """The same, or how far a long operation is that has no receipt yet. code: only the faults of this reason."""
    long = await find_long(tx, viewer, operation_id)
    row = await _find_mine(tx, viewer, operation_id)
    if long is not None and (row is None or long.state != "done"):
        return long
    return replace(await _detail(tx, viewer, row or _missing(), code=code), long=long)


async def _detail(tx: AsyncConnection, viewer: Viewer, row: OperationRow, *, code: str | None) -> OperationDetail:
    counts = select(operation_faults.c.code, func.count()).where(operation_faults.c.operation_id == row.id)
    by_code = counts.group_by(operation_faults.c.code).order_by(func.count().desc(), operation_faults.c.code)
    reasons = {found[0]: found[1] for found in await tx.execute(by_code)}
    named = await _naming(tx)
    faults = await tx.execute(_faults(viewer, row.id, code).limit(SHOWN)) if reasons else ()
    charged = await charges_of(tx, viewer, row.id)
    return OperationDetail(row, tuple(_fault(found, named) for found in faults), reasons, charges=charged)


@query(Permission.LICENSE_READ)
async def each_fault(
    tx: AsyncConnection, viewer: Viewer, *, operation_id: UUID, take: Callable[[Sequence[FaultRow]], None]
) -> None:
    """Hands everybody whom an operation could not serve to `take`. Raises Refused("operation_missing")."""
    await _mine(tx, viewer, operation_id)
    named = await _naming(tx)
    async with tx.stream(_faults(viewer, operation_id, None)) as found:
        async for rows in found.partitions(CHUNK):
            take([_fault(row, named) for row in rows])


async def _mine(tx: AsyncConnection, viewer: Viewer, operation_id: UUID) -> OperationRow:
    return await _find_mine(tx, viewer, operation_id) or _missing()


def _missing() -> NoReturn:
    raise Refused("operation_missing", Kind.MISSING)


async def _find_mine(tx: AsyncConnection, viewer: Viewer, operation_id: UUID) -> OperationRow | None:
    """The operation, if it is one's own or one may read all. Who may see bills also sees what they are for."""
    mine = [] if viewer.can(Permission.AUDIT_READ) else [operations.c.actor_id == viewer.user_id]
    if mine and viewer.can(Permission.BILLING_READ):
        same = (charges.c.tenant_id == operations.c.tenant_id) & (charges.c.operation_id == operations.c.id)
        mine = [or_(*mine, exists().where(same))]
    row = (await tx.execute(select(operations).where(operations.c.id == operation_id, *mine))).one_or_none()
    return _row(row) if row else None


def _faults(viewer: Viewer, operation_id: UUID, code: str | None) -> Select[Any]:
    same = (users.c.tenant_id == operation_faults.c.tenant_id) & (users.c.id == operation_faults.c.user_id)
    facts = (users.c.id, users.c.display_name, users.c.user_name, users.c.kind)
    wanted = select(*facts, operation_faults.c.code, operation_faults.c.params).join(users, same)
    wanted = wanted.where(operation_faults.c.operation_id == operation_id)
    wanted = wanted if code is None else wanted.where(operation_faults.c.code == code)
    return wanted.order_by(users.c[alphabet_of(viewer.language)], users.c.id)


async def _naming(tx: AsyncConnection) -> Callable[[str], str]:
    """The name of a product by its id, as a fault keeps it."""
    products = (await load_catalog(tx)).products
    return lambda sku_id: products[UUID(sku_id)].name


def _fault(row: Any, named: Callable[[str], str]) -> FaultRow:
    """A fault of missing seats keeps the products' ids; its sentence wants their names."""
    params = dict(row.params)
    if "sku_ids" in params:
        params["products"] = sorted(named(sku_id) for sku_id in params["sku_ids"])
    return FaultRow(row.id, row.display_name, row.user_name, row.kind, row.code, params)
