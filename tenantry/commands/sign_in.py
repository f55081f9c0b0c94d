"""Signing in and out. These come before any tenant, so they have no viewer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, select

from tenantry.domain.sign_ins import Origin
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.passwords import DUMMY_HASH, verify_aside
from tenantry.store.database import Database
from tenantry.store.sessions import SECOND_STEP_LASTS, note_sign_in, open_session, token_hash
from tenantry.store.tables import accounts, factors, sessions
from tenantry.store.throttles import count_try, forgive_all, forgive_one, limited

TRIES_PER_EMAIL = 10
TRIES_PER_ADDRESS = 100


@dataclass(frozen=True)
class SignedIn:
    """A new session's token. second_step: it opens nothing before a second step is proved as well."""

    token: str
    second_step: bool


async def sign_in(
    db: Database, *, email: str, password: str, origin: Origin, lasts: timedelta, now: datetime
) -> SignedIn:
    """A new session, for good or waiting for its second step.

    Unknown and wrong get the same answer after the same work. Raises Refused: "sign_in_wrong",
    "sign_in_limited" (per e-mail and per network address).
    """
    account = await _find(db, email)
    await _count(db, account, email, origin, now)
    known = account.password_hash if account and account.password_hash else None
    right = await verify_aside(known or DUMMY_HASH, password)
    if account is None or known is None or not right:
        await _note(db, account, "wrong", origin, now)
        raise Refused("sign_in_wrong", Kind.INVALID, field="password")
    stage = "second_step" if account.second_step else "full"
    expires_at = now + (SECOND_STEP_LASTS if account.second_step else lasts)
    async with db.transaction() as tx:
        await forgive_all(tx, "email", email, now)
        await forgive_one(tx, "address", origin.address, now)
        await note_sign_in(tx, account.id, outcome="done", method="password", origin=origin, now=now)
        token = await open_session(tx, account.id, origin=origin, now=now, expires_at=expires_at, stage=stage)
    return SignedIn(token, account.second_step)


async def _find(db: Database, email: str) -> Row[Any] | None:
    second_step = exists().where(factors.c.account_id == accounts.c.id, factors.c.confirmed_at.is_not(None))
    found = select(accounts.c.id, accounts.c.password_hash, second_step.label("second_step")).where(
        accounts.c.email_key == email.casefold(), accounts.c.closed_at.is_(None)
    )
    async with db.transaction() as tx:
        return (await tx.execute(found)).one_or_none()


async def _count(db: Database, account: Row[Any] | None, email: str, origin: Origin, now: datetime) -> None:
    """A try before its password is looked at; that there are too many is kept once per window, not per try."""
    tries = await count_try(db, "email", email, now)
    if tries == TRIES_PER_EMAIL + 1:
        await _note(db, account, "limited", origin, now)
    if tries > TRIES_PER_EMAIL or await count_try(db, "address", origin.address, now) > TRIES_PER_ADDRESS:
        raise limited(now, field="password")


async def _note(db: Database, account: Row[Any] | None, outcome: str, origin: Origin, now: datetime) -> None:
    account_id = account.id if account else None
    async with db.transaction() as tx:
        await note_sign_in(tx, account_id, outcome=outcome, method="password", origin=origin, now=now)


async def sign_out(db: Database, *, token: str) -> None:
    """Ends one session; ending it twice does nothing."""
    async with db.transaction() as tx:
        await tx.execute(delete(sessions).where(sessions.c.token_hash == token_hash(token)))
