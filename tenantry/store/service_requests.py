"""Service requests in rows: opened, written to, moved on; their files, and who is mailed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.service_requests import Asked, Attachment, State
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.store.people import ACTIVE
from tenantry.store.tables import accounts, service_files, service_messages, service_requests, users

_R = service_requests.c


async def count_lately(tx: AsyncConnection, now: datetime) -> int:
    """How many requests were opened in the last day."""
    lately = select(func.count()).select_from(service_requests).where(_R.opened_at > now - timedelta(days=1))
    return int((await tx.execute(lately)).scalar_one())


async def count_messages_lately(tx: AsyncConnection, now: datetime) -> int:
    """How many messages the tenant's people wrote in the last day."""
    written = service_messages.c
    lately = written.side == "tenant", written.at > now - timedelta(days=1)
    return int((await tx.execute(select(func.count()).select_from(service_messages).where(*lately))).scalar_one())


async def insert_request(
    tx: AsyncConnection, tenant_id: UUID, asked: Asked, *, by: tuple[UUID, str], about: UUID | None, now: datetime
) -> tuple[UUID, int]:
    """A new request of `by` (user id, name). Returns its id and number."""
    request_id = new_id()
    facts = {"category": asked.category, "severity": asked.severity, "title": asked.title}
    who = {"opened_by": by[0], "opened_name": by[1], "about_user_id": about}
    row = {"tenant_id": tenant_id, "id": request_id, "opened_at": now, "changed_at": now, **facts, **who}
    number = (await tx.execute(insert(service_requests).values(row).returning(_R.number))).scalar_one()
    return request_id, int(number)


async def lock_request(tx: AsyncConnection, request_id: UUID) -> Row[Any]:
    """The row of a request of the tenant that `tx` is fenced to; nobody else changes it until the transaction ends.

    messages: how many there are. Raises Refused("request_missing").
    """
    mine = select(func.count()).select_from(service_messages).where(service_messages.c.request_id == request_id)
    found = select(service_requests, mine.scalar_subquery().label("messages")).where(_R.id == request_id)
    row = (await tx.execute(found.with_for_update(of=service_requests))).one_or_none()
    if row is None:
        raise Refused("request_missing", Kind.MISSING)
    return row


async def move_request(tx: AsyncConnection, request_id: UUID, state: State, *, unanswered: bool, now: datetime) -> None:
    closed = now if state is State.CLOSED else None
    facts = {"state": state.value, "unanswered": unanswered, "changed_at": now, "closed_at": closed}
    await tx.execute(update(service_requests).where(_R.id == request_id).values(facts))


async def insert_message(
    tx: AsyncConnection,
    request: tuple[UUID, UUID],
    *,
    side: str,
    author: tuple[UUID | None, str],
    body: str,
    files: Iterable[Attachment],
    now: datetime,
) -> None:
    """A message with its files. request: the tenant's id and its own. author: id of a user or an account, and name."""
    (tenant_id, request_id), message_id = request, new_id()
    row = {"tenant_id": tenant_id, "id": message_id, "request_id": request_id, "side": side, "body": body, "at": now}
    await tx.execute(insert(service_messages).values(**row, author_id=author[0], author_name=author[1]))
    kept = [
        {"tenant_id": tenant_id, "id": new_id(), "message_id": message_id, "name": one.name}
        | {"media_type": one.media_type, "content": one.content}
        for one in files
    ]
    if kept:
        await tx.execute(insert(service_files), kept)


def asker_of(request: Row[Any]) -> Select[Any]:
    """The address of whoever opened a request, for `store.letters.write_letters`; nobody if they are gone."""
    known = select(accounts.c.email, accounts.c.language).join(users, users.c.account_id == accounts.c.id)
    return known.where(users.c.id == request.opened_by, ACTIVE, accounts.c.closed_at.is_(None))


def operators() -> Select[Any]:
    """The addresses of those who run the house, for `store.letters.write_letters`."""
    known = select(accounts.c.email, accounts.c.language)
    return known.where(accounts.c.is_operator, accounts.c.closed_at.is_(None))


async def find_person(tx: AsyncConnection, user_id: UUID) -> str | None:
    """The name of somebody of the tenant who is not deleted."""
    mine = select(users.c.display_name).where(users.c.id == user_id, ACTIVE)
    return (await tx.execute(mine)).scalar_one_or_none()
