"""What people see of their own account: where it is signed in, who tried to, and what a letter's link leads to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from tenantry.kit.paging import Cursor, Page, cut
from tenantry.store.database import Database
from tenantry.store.sessions import token_hash
from tenantry.store.tables import accounts, links, sessions, sign_ins


@dataclass(frozen=True)
class OpenSession:
    """A browser that is signed in. agent: what it calls itself."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str
    two_step: bool


@dataclass(frozen=True)
class SignIn:
    """A try to sign in. outcome: done, wrong, limited. method: password, authenticator, passkey, recovery_code."""

    id: UUID
    at: datetime
    outcome: str
    method: str
    address: str
    agent: str


@dataclass(frozen=True)
class Reset:
    """Whose password a link lets choose anew. language: what the account has chosen."""

    account_id: UUID
    email: str
    language: str | None


async def list_sessions(db: Database, *, account_id: UUID, now: datetime) -> tuple[OpenSession, ...]:
    """Where the account is signed in, the one seen last first."""
    facts = (sessions.c[name] for name in ("id", "created_at", "seen_at", "address", "agent", "two_step"))
    living = (sessions.c.expires_at > now, sessions.c.stage == "full")
    found = select(*facts).where(sessions.c.account_id == account_id, *living)
    async with db.transaction() as tx:
        rows = await tx.execute(found.order_by(sessions.c.seen_at.desc(), sessions.c.id))
        return tuple(OpenSession(*row) for row in rows)


async def list_sign_ins(db: Database, *, account_id: UUID, cursor: Cursor | None, limit: int) -> Page[SignIn]:
    """Who tried to sign in, newest first."""
    backward = cursor is not None and cursor.backward
    facts = (sign_ins.c[name] for name in ("id", "at", "outcome", "method", "address", "agent"))
    found = select(*facts).where(sign_ins.c.account_id == account_id)
    if cursor is not None:
        found = found.where(sign_ins.c.id > cursor.id if backward else sign_ins.c.id < cursor.id)
    order = sign_ins.c.id if backward else sign_ins.c.id.desc()
    async with db.transaction() as tx:
        rows = (await tx.execute(found.order_by(order).limit(limit + 1))).all()
    return cut([SignIn(*row) for row in rows], limit, cursor, lambda row: (b"", row.id))


async def find_reset(db: Database, *, token: str, now: datetime) -> Reset | None:
    """Whose password the link's token lets choose anew; looking does not use it up.

    None once it was used, is too old, or the password was changed since, in whatever way.
    """
    since = or_(accounts.c.password_at.is_(None), accounts.c.password_at < links.c.made_at)
    found = (
        select(accounts.c.id, accounts.c.email, accounts.c.language)
        .join(links, links.c.account_id == accounts.c.id)
        .where(links.c.hash == token_hash(token), links.c.kind == "password")
        .where(links.c.used_at.is_(None), links.c.expires_at > now, accounts.c.closed_at.is_(None), since)
    )
    async with db.transaction() as tx:
        row = (await tx.execute(found)).one_or_none()
    return Reset(*row) if row else None
