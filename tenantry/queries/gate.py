"""The gate: a session token becomes a viewer of one tenant, or nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Role, permissions_of
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.database import Database
from tenantry.store.handles import handle_hash
from tenantry.store.tables import accounts, handles, role_assignments, sessions, tenants, users

TOUCHED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Account:
    """Who is signed in, whatever tenant they look at."""

    id: UUID
    email: str
    language: str | None
    theme: str


@dataclass(frozen=True)
class Tenant:
    """The tenant that is looked at. `test_clock`: seconds that a sandbox is ahead of the wall clock."""

    id: UUID
    slug: str
    name: str
    country: str
    currency: str
    test_clock: int | None


@dataclass(frozen=True)
class Entrance:
    """What a gate lets in: the account, the tenant and the viewer of both."""

    account: Account
    tenant: Tenant
    viewer: Viewer


def token_hash(token: str) -> bytes:
    """How a session's token is stored."""
    return sha256(token.encode()).digest()


async def find_account(db: Database, *, token: str, now: datetime) -> Account | None:
    """The account of a living session; the session is touched at most once a minute."""
    async with db.transaction() as tx:
        return await _account(tx, token, now)


async def _account(tx: AsyncConnection, token: str, now: datetime) -> Account | None:
    living = and_(sessions.c.token_hash == token_hash(token), sessions.c.expires_at > now)
    found = (
        select(accounts.c.id, accounts.c.email, accounts.c.language, accounts.c.theme, sessions.c.seen_at)
        .join(sessions, sessions.c.account_id == accounts.c.id)
        .where(living)
    )
    row = (await tx.execute(found)).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - TOUCHED_EVERY:
        await tx.execute(update(sessions).where(living).values(seen_at=now))
    return Account(row.id, row.email, row.language, row.theme)


async def enter(db: Database, *, token: str, slug: str, language: str, now: datetime) -> Entrance | None:
    """The viewer that a session makes in the tenant at `slug`; None if nobody is signed in.

    language: the reader's, where the account has not chosen one.
    Raises Refused("tenant_missing") for a tenant that is not there or that the account is not in.
    """
    async with db.transaction() as tx:
        account = await _account(tx, token, now)
        if account is None:
            return None
        address = handles.alias()
        way_in = (
            select(handles.c.tenant_id, handles.c.row_id)
            .join(address, and_(address.c.kind == "tenant", address.c.tenant_id == handles.c.tenant_id))
            .where(address.c.hash == handle_hash(slug))
            .where(handles.c.kind == "member", handles.c.hash == handle_hash(account.id))
        )
        member = (await tx.execute(way_in)).one_or_none()
    if member is None:
        raise Refused("tenant_missing", Kind.MISSING, slug=slug)
    async with db.transaction(member.tenant_id) as tx:
        entrance = await _entrance(tx, account, member.row_id, language)
    if entrance is None:
        raise Refused("tenant_missing", Kind.MISSING, slug=slug)
    return entrance


async def _entrance(tx: AsyncConnection, account: Account, user_id: UUID, language: str) -> Entrance | None:
    """Tenant, person and roles in one statement; nothing for a person who is blocked or deleted."""
    held = and_(role_assignments.c.tenant_id == users.c.tenant_id, role_assignments.c.user_id == users.c.id)
    found = (
        select(tenants, users.c.display_name, role_assignments.c.role)
        .select_from(users)
        .join(tenants, tenants.c.tenant_id == users.c.tenant_id)
        .outerjoin(role_assignments, held)
        .where(users.c.id == user_id, users.c.deleted_at.is_(None), users.c.blocked_at.is_(None))
    )
    rows = (await tx.execute(found)).all()
    if not rows:
        return None
    first = rows[0]
    tenant = Tenant(first.tenant_id, first.slug, first.name, first.country, first.currency, first.test_clock)
    rights = permissions_of(frozenset(Role(row.role) for row in rows if row.role))
    viewer = Viewer(tenant.id, user_id, first.display_name, rights, "web", account.language or language)
    return Entrance(account, tenant, viewer)


async def list_tenants(db: Database, *, account_id: UUID) -> tuple[Tenant, ...]:
    """The tenants that an account is in, by name."""
    async with db.transaction() as tx:
        mine = select(handles.c.tenant_id).where(handles.c.kind == "member", handles.c.hash == handle_hash(account_id))
        ids = list((await tx.execute(mine)).scalars())
    found = []
    for tenant_id in ids:
        async with db.transaction(tenant_id) as tx:
            row = (await tx.execute(select(tenants))).one()
            found.append(Tenant(row.tenant_id, row.slug, row.name, row.country, row.currency, row.test_clock))
    return tuple(sorted(found, key=lambda tenant: tenant.name.casefold()))
