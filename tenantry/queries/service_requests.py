"""Service requests, as the people of the tenant see them: the list, one with what was written, a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, String, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.service_requests import Category, Severity, State
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.store.service_requests import find_person
from tenantry.store.tables import editions, service_files, service_messages, service_requests, support_phones, tenants
from tenantry.store.tables import users as people

_R, _M, _F = service_requests.c, service_messages.c, service_files.c


@dataclass(frozen=True)
class RequestRow:
    """A request in a list. unanswered: the last word is the tenant's."""

    id: UUID
    number: int
    title: str
    category: Category
    severity: Severity
    state: State
    opened_by: str
    opened_at: datetime
    changed_at: datetime
    unanswered: bool


@dataclass(frozen=True)
class FileRow:
    """A file of a message; size in bytes."""

    id: UUID
    name: str
    size: int


@dataclass(frozen=True)
class MessageRow:
    """Something that was written. side: "tenant" or "operator"."""

    id: UUID
    side: str
    author: str
    body: str
    at: datetime
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class Request:
    """A request with all of it. about: the person it is made for, (name, username)."""

    row: RequestRow
    about: tuple[str, str] | None
    messages: tuple[MessageRow, ...]


@query(Permission.SUPPORT_ASK)
async def list_requests(
    tx: AsyncConnection, viewer: Viewer, *, q: str, states: tuple[State, ...], cursor: Cursor | None, limit: int
) -> Page[RequestRow]:
    """A page of the tenant's requests, newest first. q: of the title, or a number. states: none means all."""
    backward = cursor is not None and cursor.backward
    wanted = narrowed(select(service_requests), q, states)
    if cursor is not None:
        wanted = wanted.where(_R.id > cursor.id if backward else _R.id < cursor.id)
    rows = (await tx.execute(wanted.order_by(_R.id if backward else _R.id.desc()).limit(limit + 1))).all()
    return cut([request_row(row) for row in rows], limit, cursor, lambda one: (b"", one.id))


def narrowed(wanted: Select[Any], q: str, states: tuple[State, ...]) -> Select[Any]:
    """Only requests in one of `states`, if there are any, that `q` finds: by a part of the title, or by the number."""
    if states:
        wanted = wanted.where(_R.state.in_([state.value for state in states]))
    if q := q.strip().lstrip("#"):
        titled = func.strpos(func.casefold(_R.title), func.casefold(q)) > 0
        wanted = wanted.where(or_(titled, cast(_R.number, String) == q))
    return wanted


def request_row(row: Row[Any]) -> RequestRow:
    kinds = (Category(row.category), Severity(row.severity), State(row.state))
    when = (row.opened_at, row.changed_at, row.unanswered)
    return RequestRow(row.id, row.number, row.title, *kinds, row.opened_name, *when)


@query(Permission.SUPPORT_ASK)
async def read_request(tx: AsyncConnection, viewer: Viewer, *, request_id: UUID) -> Request:
    """One request, in three statements. Raises Refused("request_missing")."""
    return await request_of(tx, request_id)


@query(Permission.USER_READ)
async def read_name(tx: AsyncConnection, viewer: Viewer, *, user_id: UUID) -> str | None:
    """The name of somebody of the tenant; None if there is no such person."""
    return await find_person(tx, user_id)


async def request_of(tx: AsyncConnection, request_id: UUID) -> Request:
    """The request of the tenant that `tx` is fenced to. Raises Refused("request_missing")."""
    same = (people.c.tenant_id == _R.tenant_id) & (people.c.id == _R.about_user_id)
    named = select(service_requests, people.c.display_name, people.c.user_name)
    row = (await tx.execute(named.outerjoin(people, same).where(_R.id == request_id))).one_or_none()
    if row is None:
        raise Refused("request_missing", Kind.MISSING)
    messages = (await tx.execute(select(service_messages).where(_M.request_id == request_id).order_by(_M.id))).all()
    files = await _files(tx, [one.id for one in messages])
    shown = [
        MessageRow(one.id, one.side, one.author_name, one.body, one.at, tuple(files.get(one.id, ())))
        for one in messages
    ]
    about = (row.display_name, row.user_name) if row.about_user_id and row.display_name else None
    return Request(request_row(row), about, tuple(shown))


async def _files(tx: AsyncConnection, messages: list[UUID]) -> dict[UUID, list[FileRow]]:
    """The files of some messages, without what is in them."""
    found: dict[UUID, list[FileRow]] = {}
    size = func.octet_length(_F.content)
    wanted = select(_F.message_id, _F.id, _F.name, size).where(_F.message_id.in_(messages)).order_by(_F.id)
    for message_id, *file in await tx.execute(wanted):
        found.setdefault(message_id, []).append(FileRow(*file))
    return found


@query(Permission.SUPPORT_ASK)
async def read_request_file(
    tx: AsyncConnection, viewer: Viewer, *, request_id: UUID, file_id: UUID
) -> tuple[str, bytes]:
    """A file's name and what is in it. Raises Refused("request_file_missing")."""
    return await file_of(tx, request_id, file_id)


async def file_of(tx: AsyncConnection, request_id: UUID, file_id: UUID) -> tuple[str, bytes]:
    """A file of the tenant that `tx` is fenced to, if it is of that request. Raises Refused("request_file_missing")."""
    same = (_M.tenant_id == _F.tenant_id) & (_M.id == _F.message_id)
    found = select(_F.name, _F.content).join(service_messages, same)
    row = (await tx.execute(found.where(_F.id == file_id, _M.request_id == request_id))).one_or_none()
    if row is None:
        raise Refused("request_file_missing", Kind.MISSING)
    return row.name, row.content


@dataclass(frozen=True)
class Phone:
    """A number to call. country: its code. hours: as the operator wrote them; empty: day and night."""

    country: str
    phone: str
    hours: str


@dataclass(frozen=True)
class Support:
    """Where help is: phones for a managed tenant's admins, and the community of its edition."""

    phones: tuple[Phone, ...]
    community: str | None


@query(Permission.OWN_USE)
async def read_support(tx: AsyncConnection, viewer: Viewer) -> Support:
    """Where the viewer finds help, in two statements."""
    joined = select(tenants.c.kind, editions.c.community_url, editions.c.features)
    mine = (await tx.execute(joined.outerjoin(editions, editions.c.code == tenants.c.edition))).one()
    community = mine.community_url if "community" in (mine.features or ()) else None
    if mine.kind == "unmanaged" or not viewer.can(Permission.SUPPORT_ASK):
        return Support((), community or None)
    phones = support_phones.c
    wanted = select(phones.country, phones.phone, phones.hours).join(tenants, tenants.c.edition == phones.edition)
    return Support(tuple(Phone(*row) for row in await tx.execute(wanted)), community or None)
