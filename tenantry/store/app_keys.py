"""The keys of the vendor's apps: what is kept of one is its hash, and since when it was used last."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.store.tables import app_keys

TOUCHED_EVERY = timedelta(minutes=1)
_MARK = "tenantry_"  # so that a key is known for one wherever it turns up


def new_key() -> str:
    """256 bits that nobody can guess."""
    return _MARK + secrets.token_urlsafe(32)


def key_hash(key: str) -> bytes:
    """How a key is stored: only somebody who has it can find it."""
    return sha256(key.encode()).digest()


def is_untouched(used_at: datetime | None, now: datetime) -> bool:
    """Whether it was not noted within the last minute that a key is used."""
    return used_at is None or used_at < now - TOUCHED_EVERY


async def touch(tx: AsyncConnection, key_id: UUID, now: datetime) -> None:
    """Notes that a key is used; of many at once, one does."""
    stale = or_(app_keys.c.used_at.is_(None), app_keys.c.used_at < now - TOUCHED_EVERY)
    await tx.execute(update(app_keys).where(app_keys.c.id == key_id, stale).values(used_at=now))
