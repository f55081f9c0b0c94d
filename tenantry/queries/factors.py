"""How an account proves itself beyond its password, and a sign-in that still has to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.sign_ins import Origin
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Refused
from tenantry.queries.frame import query
from tenantry.queries.gate import enter
from tenantry.store.admins import require_reach
from tenantry.store.database import Database
from tenantry.store.factors import confirmed, count_recovery_codes, find_own_account
from tenantry.store.sessions import token_hash
from tenantry.store.tables import accounts, factors, sessions


@dataclass(frozen=True)
class Factor:
    """A second step of an account. kind: authenticator or passkey."""

    id: UUID
    kind: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class TwoStep:
    """An account's second steps. asked_by: the organization that waits for one, or nothing."""

    factors: tuple[Factor, ...]
    codes_left: int
    asked_by: str

    @property
    def has_app(self) -> bool:
        return any(factor.kind == "authenticator" for factor in self.factors)


@dataclass(frozen=True)
class Half:
    """A session whose password was right and whose second step is still to come. kinds: what it can be proved by."""

    session_id: UUID
    account_id: UUID
    email: str
    language: str | None
    theme: str
    origin: Origin
    challenge: bytes | None
    kinds: frozenset[str]


async def see_two_step(
    db: Database, *, account_id: UUID, token: str, slug: str, language: str, now: datetime
) -> TwoStep:
    """What the account's page shows. slug: the tenant that led there, "" for none."""
    async with db.transaction() as tx:
        rows = (await tx.execute(confirmed(account_id))).all()
        left = await count_recovery_codes(tx, account_id)
    own = tuple(Factor(row.id, row.kind, row.name, row.created_at, row.used_at) for row in rows)
    return TwoStep(own, left, await _asking(db, token, slug, language, now) if slug else "")


async def _asking(db: Database, token: str, slug: str, language: str, now: datetime) -> str:
    try:
        entrance = await enter(db, token=token, slug=slug, language=language, now=now)
    except Refused:
        return ""
    return entrance.tenant.name if entrance and entrance.first == "two_step" else ""


async def find_half(db: Database, *, token: str, now: datetime) -> Half | None:
    """The sign-in that waits for its second step under `token`."""
    waiting = and_(sessions.c.token_hash == token_hash(token), sessions.c.stage == "second_step")
    found = (
        select(sessions, accounts.c.email, accounts.c.language, accounts.c.theme, factors.c.kind)
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .outerjoin(factors, and_(factors.c.account_id == accounts.c.id, factors.c.confirmed_at.is_not(None)))
        .where(waiting, sessions.c.expires_at > now, accounts.c.closed_at.is_(None))
    )
    async with db.transaction() as tx:
        rows = (await tx.execute(found)).all()
    if not rows:
        return None
    row, kinds = rows[0], frozenset(row.kind for row in rows if row.kind)
    origin = Origin(row.address, row.agent)
    return Half(row.id, row.account_id, row.email, row.language, row.theme, origin, row.challenge, kinds)


async def find_started(db: Database, *, account_id: UUID) -> str | None:
    """The secret of the authenticator app that is being added and has not shown a code yet."""
    waits = and_(factors.c.account_id == account_id, factors.c.confirmed_at.is_(None))
    async with db.transaction() as tx:
        secret: str | None = (
            await tx.execute(select(factors.c.secret).where(waits).order_by(factors.c.id.desc()).limit(1))
        ).scalar_one_or_none()
    return secret


@dataclass(frozen=True)
class Theirs:
    """A person's second steps, as an admin sees them before taking them away."""

    name: str
    kinds: tuple[str, ...]


@query(Permission.PASSWORD_RESET)
async def see_second_steps(tx: AsyncConnection, viewer: Viewer, *, user_id: UUID) -> Theirs:
    """Raises Refused: "user_missing", "admin_out_of_reach", "account_elsewhere"."""
    await require_reach(tx, viewer, [user_id])
    account_id, name = await find_own_account(tx, user_id)
    rows = (await tx.execute(confirmed(account_id))).all()
    return Theirs(name, tuple(row.kind for row in rows))
