"""One-time links: a token that somebody is handed, kept as its hash, good once and for a while."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.store.sessions import new_token, token_hash
from tenantry.store.tables import links


def _living(kind: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return links.c.kind == kind, links.c.used_at.is_(None), links.c.expires_at > now


async def make_link(
    tx: AsyncConnection, kind: str, *, account_id: UUID | None = None, lasts: timedelta, now: datetime
) -> str:
    """The token of a new link; those of the same kind for the same account are good no more."""
    same = links.c.account_id.is_(None) if account_id is None else links.c.account_id == account_id
    await tx.execute(update(links).where(same, *_living(kind, now)).values(used_at=now))
    token = new_token()
    row = {"hash": token_hash(token), "kind": kind, "account_id": account_id}
    await tx.execute(insert(links).values(**row, made_at=now, expires_at=now + lasts))
    return token


async def find_link(tx: AsyncConnection, kind: str, token: str, now: datetime) -> Row[Any] | None:
    """The link that a token is of, if it is good still; looking does not use it up."""
    wanted = select(links).where(links.c.hash == token_hash(token), *_living(kind, now))
    return (await tx.execute(wanted)).one_or_none()


async def use_link(tx: AsyncConnection, kind: str, token: str, now: datetime) -> Row[Any] | None:
    """Uses a link up: of two who come with the same token, one gets it."""
    used = update(links).where(links.c.hash == token_hash(token), *_living(kind, now)).values(used_at=now)
    row: Row[Any] | None = (await tx.execute(used.returning(links))).one_or_none()
    return row
