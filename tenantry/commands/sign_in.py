"""Signing in and out, and an account's own wishes. These come before any tenant, so they have no viewer."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.passwords import DUMMY_HASH, verify
from tenantry.queries.gate import token_hash
from tenantry.store.database import Database
from tenantry.store.tables import accounts, sessions, throttles

WINDOW = timedelta(minutes=15)
TRIES_PER_EMAIL = 10
TRIES_PER_ADDRESS = 100
# A password takes 19 MiB and a core for a moment: so many at once and no more.
_HASHING = CapacityLimiter(2)


async def sign_in(db: Database, *, email: str, password: str, address: str, lasts: timedelta, now: datetime) -> str:
    """A new session's token.

    Unknown and wrong get the same answer after the same work. Raises Refused: "sign_in_wrong",
    "sign_in_limited" (per e-mail and per network address, in windows of `WINDOW`).
    """
    await _count_try(db, "email", email, TRIES_PER_EMAIL, now)
    await _count_try(db, "address", address, TRIES_PER_ADDRESS, now)
    async with db.transaction() as tx:
        found = select(accounts.c.id, accounts.c.password_hash).where(
            accounts.c.email_key == email.casefold(), accounts.c.closed_at.is_(None)
        )
        account = (await tx.execute(found)).one_or_none()
    known = account.password_hash if account and account.password_hash else None
    right = await to_thread.run_sync(verify, known or DUMMY_HASH, password, limiter=_HASHING)
    if account is None or known is None or not right:
        raise Refused("sign_in_wrong", Kind.INVALID, field="password")
    await _forgive(db, email, address, now)
    token = secrets.token_urlsafe(32)
    row = {"token_hash": token_hash(token), "account_id": account.id, "created_at": now}
    async with db.transaction() as tx:
        await tx.execute(insert(sessions).values(**row, seen_at=now, expires_at=now + lasts))
    return token


def _window(now: datetime) -> datetime:
    seconds = WINDOW.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, now.tzinfo)


def _hash(who: str) -> bytes:
    return sha256(who.casefold().encode()).digest()


async def _count_try(db: Database, kind: str, who: str, limit: int, now: datetime) -> None:
    """Counts a try before its password is looked at, in a transaction of its own: many at once count as well."""
    window_at = _window(now)
    row = {"kind": kind, "hash": _hash(who), "window_at": window_at, "tries": 1}
    counted = insert(throttles).values(row)
    once_more = counted.on_conflict_do_update(
        index_elements=["kind", "hash", "window_at"], set_={"tries": throttles.c.tries + 1}
    )
    async with db.transaction() as tx:
        tries = (await tx.execute(once_more.returning(throttles.c.tries))).scalar_one()
    if tries > limit:
        minutes = int((window_at + WINDOW - now).total_seconds() // 60) + 1
        raise Refused("sign_in_limited", Kind.LIMITED, field="password", minutes=minutes)


async def _forgive(db: Database, email: str, address: str, now: datetime) -> None:
    """A right password takes its own try back, and all that its e-mail had: only wrong ones are counted."""
    window = throttles.c.window_at == _window(now)
    mine = and_(throttles.c.kind == "email", throttles.c.hash == _hash(email), window)
    ours = and_(throttles.c.kind == "address", throttles.c.hash == _hash(address), window)
    async with db.transaction() as tx:
        await tx.execute(delete(throttles).where(mine))
        await tx.execute(update(throttles).where(ours).values(tries=throttles.c.tries - 1))


async def sign_out(db: Database, *, token: str) -> None:
    """Ends one session; ending it twice does nothing."""
    async with db.transaction() as tx:
        await tx.execute(delete(sessions).where(sessions.c.token_hash == token_hash(token)))


async def choose_language(db: Database, *, account_id: UUID, language: str) -> None:
    """The language of an account's pages from now on."""
    async with db.transaction() as tx:
        await tx.execute(update(accounts).where(accounts.c.id == account_id).values(language=language))


async def choose_theme(db: Database, *, account_id: UUID, theme: str) -> None:
    """auto, light or dark."""
    async with db.transaction() as tx:
        await tx.execute(update(accounts).where(accounts.c.id == account_id).values(theme=theme))
