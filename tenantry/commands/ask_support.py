"""What the people of a tenant ask of the operator: opening a service request, writing to it, closing it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.service_requests import (
    A_DAY,
    WORDS_A_DAY,
    Asked,
    Attachment,
    Deed,
    State,
    checked,
    is_unanswered,
    move,
    said,
)
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store import service_requests as requests
from tenantry.store.letters import write_letters
from tenantry.store.tables import tenants


@dataclass(frozen=True)
class Opened:
    """A request that there is now, and the number that people call it by."""

    request_id: UUID
    number: int


@command(Permission.SUPPORT_ASK)
async def open_request(
    tx: Tx,
    viewer: Viewer,
    *,
    asked: Asked,
    about: UUID | None,
    files: tuple[Attachment, ...],
    site: str,
    now: datetime,
) -> Opened:
    """A new service request. about: the person it is made for, if it is not the viewer's own. site: of the links.

    Raises Refused: "support_in_group", "person_needed" (the operator is none of the people), "requests_limited"; with
    `field` what `checked` finds, and "user_missing".
    """
    me, organization = await _asker(tx, viewer)
    asked = checked(asked)
    await _check(tx, viewer, about, now)
    by = (me, viewer.name)
    request_id, number = await requests.insert_request(tx.db, viewer.tenant_id, asked, by=by, about=about, now=now)
    place = (viewer.tenant_id, request_id)
    await requests.insert_message(tx.db, place, side="tenant", author=by, body=asked.body, files=files, now=now)
    await _tell_operators(tx, place, (number, asked.title, organization), asked.body, site, now)
    tx.tell(f"#{number}", category=asked.category, severity=asked.severity, files=len(files))
    return Opened(request_id, number)


async def _asker(tx: Tx, viewer: Viewer) -> tuple[UUID, str]:
    """Who asks, and for which organization. Raises Refused."""
    tenant = (await tx.db.execute(select(tenants.c.name, tenants.c.kind))).one()
    if tenant.kind == "unmanaged":
        raise Refused("support_in_group", Kind.CONFLICT)
    if viewer.user_id is None:
        raise Refused("person_needed", Kind.CONFLICT)
    return viewer.user_id, tenant.name


async def _check(tx: Tx, viewer: Viewer, about: UUID | None, now: datetime) -> None:
    if about is not None:
        viewer.require(Permission.USER_READ)
        if await requests.find_person(tx.db, about) is None:
            raise Refused("user_missing", Kind.INVALID, field="user")
    if await requests.count_lately(tx.db, now) >= A_DAY:
        raise Refused("requests_limited", Kind.LIMITED, limit=A_DAY)


async def _tell_operators(
    tx: Tx, place: tuple[UUID, UUID], named: tuple[int, str, str], body: str, site: str, now: datetime
) -> None:
    """A letter to each who runs the house. named: number, title, organization."""
    number, title, organization = named
    params = {"number": f"#{number}", "title": title, "organization": organization, "text": body}
    link = f"{site}/operator/requests/{place[0]}/{place[1]}"
    await write_letters(tx.db, requests.operators(), kind="request_asked", params=params | {"link": link}, now=now)


@command(Permission.SUPPORT_ASK)
async def go_on_request(
    tx: Tx,
    viewer: Viewer,
    *,
    request_id: UUID,
    deed: Deed,
    body: str,
    files: tuple[Attachment, ...],
    site: str,
    now: datetime,
) -> int:
    """Writes to a request, closes it, or opens it again; what is written is told the operator by mail.

    Returns the number of the request. Raises Refused: "request_missing", "request_closed", "request_open",
    "request_long" (limit), "messages_limited" (limit), "support_in_group", "person_needed"; with the field "body" what
    is said of texts.
    """
    me, organization = await _asker(tx, viewer)
    row = await requests.lock_request(tx.db, request_id)
    state = move(State(row.state), deed)
    body = said(deed, body, files, before=row.messages)
    if body and await requests.count_messages_lately(tx.db, now) >= WORDS_A_DAY:
        raise Refused("messages_limited", Kind.LIMITED, limit=WORDS_A_DAY)
    place = (viewer.tenant_id, request_id)
    if body:
        author = (me, viewer.name)
        await requests.insert_message(tx.db, place, side="tenant", author=author, body=body, files=files, now=now)
        await _tell_operators(tx, place, (row.number, row.title, organization), body, site, now)
    unanswered = is_unanswered(deed, row.unanswered)
    await requests.move_request(tx.db, request_id, state, unanswered=unanswered, now=now)
    tx.tell(f"#{row.number}", deed=deed.value, files=len(files))
    return int(row.number)
