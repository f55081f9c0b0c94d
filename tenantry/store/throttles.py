"""Throttles: how often somebody may try something, counted per kind and person in windows of a quarter of an hour."""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import and_, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from tenantry.kit.errors import Kind, Refused
from tenantry.store.database import Database
from tenantry.store.tables import throttles

WINDOW = timedelta(minutes=15)


async def count_try(db: Database, kind: str, who: str, now: datetime) -> int:
    """Counts a try before it is looked at, in a transaction of its own: many at once count as well.

    Returns how many there were in this window, this one included.
    """
    row = {"kind": kind, "hash": _hash(who), "window_at": _window(now), "tries": 1}
    once_more = (
        insert(throttles)
        .values(row)
        .on_conflict_do_update(index_elements=["kind", "hash", "window_at"], set_={"tries": throttles.c.tries + 1})
    )
    async with db.transaction() as tx:
        tries: int = (await tx.execute(once_more.returning(throttles.c.tries))).scalar_one()
    return tries


async def forgive_all(tx: AsyncConnection, kind: str, who: str, now: datetime) -> None:
    """Takes back every try of this window."""
    await tx.execute(delete(throttles).where(_these(kind, who, now)))


async def forgive_one(tx: AsyncConnection, kind: str, who: str, now: datetime) -> None:
    """Takes back one try: others may have tried under the same name."""
    await tx.execute(update(throttles).where(_these(kind, who, now)).values(tries=throttles.c.tries - 1))


def limited(now: datetime, *, field: str) -> Refused:
    """The refusal of a try too many: it says how long the window still lasts."""
    minutes = int((_window(now) + WINDOW - now).total_seconds() // 60) + 1
    return Refused("sign_in_limited", Kind.LIMITED, field=field, minutes=minutes)


def _these(kind: str, who: str, now: datetime) -> ColumnElement[bool]:
    return and_(throttles.c.kind == kind, throttles.c.hash == _hash(who), throttles.c.window_at == _window(now))


def _window(now: datetime) -> datetime:
    seconds = WINDOW.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, now.tzinfo)


def _hash(who: str) -> bytes:
    return sha256(who.casefold().encode()).digest()
