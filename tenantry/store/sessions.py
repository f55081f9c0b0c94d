"""Sessions, and the history of sign-ins: what every way of proving oneself leaves behind."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.sign_ins import Origin
from tenantry.store.tables import accounts, sessions, sign_ins

SECOND_STEP_LASTS = timedelta(minutes=10)


def token_hash(token: str) -> bytes:
    """How the token of a session or a link is stored."""
    return sha256(token.encode()).digest()


def new_token() -> str:
    """256 bits that nobody can guess."""
    return secrets.token_urlsafe(32)


async def open_session(
    tx: AsyncConnection,
    account_id: UUID,
    *,
    origin: Origin,
    now: datetime,
    expires_at: datetime,
    stage: str = "full",
    two_step: bool = False,
) -> str:
    """The token of a new session. stage "second_step": the password was right, nothing is open yet."""
    token = new_token()
    row = {"token_hash": token_hash(token), "account_id": account_id, "stage": stage, "two_step": two_step}
    times = {"created_at": now, "seen_at": now, "expires_at": expires_at}
    await tx.execute(insert(sessions).values(**row, **times, address=origin.address, agent=origin.agent))
    return token


async def end_sessions(tx: AsyncConnection, account_id: UUID, *, but: UUID | None = None) -> int:
    """Ends the account's sessions, all or all but one. Returns how many."""
    theirs = delete(sessions).where(sessions.c.account_id == account_id)
    return (await tx.execute(theirs if but is None else theirs.where(sessions.c.id != but))).rowcount


async def note_sign_in(
    tx: AsyncConnection, account_id: UUID | None, *, outcome: str, method: str, origin: Origin, now: datetime
) -> None:
    """Keeps a try in the account's history; for no account the same statement keeps nothing.

    outcome: done, wrong or limited. method: password, authenticator, passkey or recovery_code.
    """
    row = {"at": now, "outcome": outcome, "method": method, "address": origin.address, "agent": origin.agent}
    values = [literal(value, sign_ins.c[name].type).label(name) for name, value in row.items()]
    found = select(accounts.c.id, *values).where(accounts.c.id == literal(account_id, accounts.c.id.type))
    await tx.execute(insert(sign_ins).from_select(["account_id", *row], found))
