"""The gate: a session token becomes a viewer of one tenant, or nothing."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Row, Text, and_, column, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.editions import ALL, Feature, features_of
from tenantry.domain.roles import Permission, Role, permissions_of
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.database import Database
from tenantry.store.editions import FEATURES
from tenantry.store.handles import handle_hash
from tenantry.store.sessions import token_hash
from tenantry.store.tables import (
    accounts,
    handles,
    notices,
    notices_seen,
    role_assignments,
    sessions,
    support_access,
    tenants,
    users,
)

TOUCHED_EVERY = timedelta(minutes=1)
SEEN_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Account:
    """Who is signed in, whatever tenant they look at. two_step: this session proved a second step.

    time_zone: a name of the zone database, or None for the browser's own. name: of an operator, who may be in none.
    """

    id: UUID
    email: str
    language: str | None
    theme: str
    time_zone: str | None
    page_rows: int
    is_operator: bool
    name: str | None
    must_change_password: bool
    session_id: UUID
    two_step: bool


@dataclass(frozen=True)
class Tenant:
    """The tenant that is looked at. `test_clock`: seconds that a sandbox is ahead of the wall clock.

    deleted_at: since when it waits for its purge; suspended_at: since when the operator keeps its people out.
    features: what its edition has.
    """

    id: UUID
    slug: str
    name: str
    country: str
    currency: str
    language: str
    test_clock: int | None
    require_two_step: bool
    suspended_at: datetime | None
    deleted_at: datetime | None
    kind: str = "managed"
    features: frozenset[Feature] = ALL

    @property
    def is_group(self) -> bool:
        """Whether people who signed up are grouped here, and nobody is their admin."""
        return self.kind == "unmanaged"


@dataclass(frozen=True)
class OwnTenant:
    """A tenant that an account is let into, and who it is there. is_open: neither suspended nor deleted."""

    slug: str
    name: str
    display_name: str
    is_open: bool


@dataclass(frozen=True)
class Support:
    """The operator's access to a tenant that is open right now."""

    id: UUID
    reason: str
    level: str
    ends_at: datetime


@dataclass(frozen=True)
class Entrance:
    """What a gate lets in: the account, the tenant and the viewer of both.

    support: set where the viewer is the operator, not one of the tenant's people.
    several: whether the account is let into other tenants too. unseen: open notices that are new to the viewer.
    """

    account: Account
    tenant: Tenant
    viewer: Viewer
    support: Support | None = None
    several: bool = False
    unseen: int = 0

    @property
    def first(self) -> str:
        """What has to be done before any page of the tenant: "password", "two_step", or nothing."""
        if self.account.must_change_password:
            return "password"
        asked = self.tenant.require_two_step and self.viewer.roles and not self.support
        return "two_step" if asked and not self.account.two_step else ""


_ACCOUNT = tuple(
    accounts.c[name]
    for name in (
        "id",
        "email",
        "language",
        "theme",
        "time_zone",
        "page_rows",
        "is_operator",
        "name",
        "must_change_password",
    )
)


async def find_account(db: Database, *, token: str, now: datetime) -> Account | None:
    """The account of a living session; the session is touched at most once a minute."""
    async with db.transaction() as tx:
        return await _account(tx, token, now)


async def _account(tx: AsyncConnection, token: str, now: datetime) -> Account | None:
    living = and_(sessions.c.token_hash == token_hash(token), sessions.c.expires_at > now, sessions.c.stage == "full")
    found = (
        select(*_ACCOUNT, sessions.c.id.label("session_id"), sessions.c.two_step, sessions.c.seen_at)
        .join(sessions, sessions.c.account_id == accounts.c.id)
        .where(living, accounts.c.closed_at.is_(None))
    )
    row = (await tx.execute(found)).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - TOUCHED_EVERY:
        await tx.execute(update(sessions).where(living).values(seen_at=now))
    return Account(*row[:-1])


async def enter(db: Database, *, token: str, slug: str, language: str, now: datetime) -> Entrance | None:
    """The viewer that a session makes in the tenant at `slug`; None if nobody is signed in.

    language: the reader's, where the account has not chosen one.
    Raises Refused: "tenant_missing" for a tenant that is not there or that the account is not in; "tenant_suspended";
    "tenant_deleted" for those who cannot undo it, while it waits for its purge.
    """
    async with db.transaction() as tx:
        account = await _account(tx, token, now)
        if account is None:
            return None
        address, other = handles.alias(), handles.alias()
        mine = and_(other.c.kind == "member", other.c.hash == handle_hash(account.id))
        several = exists().where(mine, other.c.tenant_id != handles.c.tenant_id)
        way_in = (
            select(handles.c.tenant_id, handles.c.kind, handles.c.row_id, several.label("several"))
            .join(address, and_(address.c.kind == "tenant", address.c.tenant_id == handles.c.tenant_id))
            .where(address.c.hash == handle_hash(slug))
            .where(handles.c.kind.in_(("member", "support")), handles.c.hash == handle_hash(account.id))
            .order_by(handles.c.kind)
        )
        ways = (await tx.execute(way_in)).all()
    for way in ways:
        async with db.transaction(way.tenant_id) as tx:
            if way.kind == "member":
                entrance = await _entrance(tx, account, way.row_id, language, now)
            else:
                entrance = await _support_entrance(tx, account, way.row_id, language, now)
        if entrance is not None:
            return _open(replace(entrance, several=way.several))
    raise Refused("tenant_missing", Kind.MISSING, slug=slug)


def _open(entrance: Entrance) -> Entrance:
    """The way in as far as the tenant is open: not while it is suspended, and only to undo it while it is deleted."""
    tenant, viewer = entrance.tenant, entrance.viewer
    if tenant.suspended_at is not None and entrance.support is None:
        raise Refused("tenant_suspended", Kind.DENIED, name=tenant.name)
    if tenant.deleted_at is None:
        return entrance
    if not viewer.can(Permission.ORGANIZATION_DELETE):
        raise Refused("tenant_deleted", Kind.DENIED, name=tenant.name)
    return replace(entrance, viewer=replace(viewer, permissions=frozenset({Permission.ORGANIZATION_DELETE})))


# The permissions of the open notices that are newer than what the person has seen, one for each.
_SEEN = (
    select(notices_seen.c.until)
    .where(notices_seen.c.tenant_id == users.c.tenant_id, notices_seen.c.user_id == users.c.id)
    .correlate(users)
    .scalar_subquery()
)
_UNSEEN = (
    select(func.array_agg(notices.c.permission))
    .where(notices.c.tenant_id == users.c.tenant_id, notices.c.ended_at.is_(None))
    .where(notices.c.id > func.coalesce(_SEEN, UUID(int=0)))
    .scalar_subquery()
    .label("unseen")
)


async def _entrance(
    tx: AsyncConnection, account: Account, user_id: UUID, language: str, now: datetime
) -> Entrance | None:
    """Tenant, person and roles in one statement; nothing for a person who is blocked or deleted.

    That they were here is noted once a day: licenses of those who never come are the first to be released.
    """
    held = and_(role_assignments.c.tenant_id == users.c.tenant_id, role_assignments.c.user_id == users.c.id)
    found = (
        select(tenants, FEATURES, users.c.display_name, users.c.seen_at, role_assignments.c.role, _UNSEEN)
        .select_from(users)
        .join(tenants, tenants.c.tenant_id == users.c.tenant_id)
        .outerjoin(role_assignments, held)
        .where(users.c.id == user_id, users.c.deleted_at.is_(None), users.c.blocked_at.is_(None))
    )
    rows = (await tx.execute(found)).all()
    if not rows:
        return None
    if rows[0].seen_at is None or rows[0].seen_at < now - SEEN_EVERY:
        await tx.execute(update(users).where(users.c.id == user_id).values(seen_at=now))
    tenant, roles = read_tenant(rows[0]), frozenset(Role(row.role) for row in rows if row.role)
    spoken = account.language or language
    viewer = Viewer(tenant.id, user_id, rows[0].display_name, permissions_of(roles), "web", spoken, roles)
    return Entrance(account, tenant, viewer, unseen=sum(right in viewer.permissions for right in rows[0].unseen or ()))


def read_tenant(row: Row[Any]) -> Tenant:
    """The tenant of a row of `tenants` with its `FEATURES`."""
    facts = {field.name: getattr(row, field.name) for field in fields(Tenant)[1:]}
    return Tenant(row.tenant_id, **facts | {"features": features_of(row.features)})


async def _support_entrance(
    tx: AsyncConnection, account: Account, access_id: UUID, language: str, now: datetime
) -> Entrance | None:
    """The operator in a tenant, while the access lasts: a global reader, or with the rights of a global admin."""
    granted = support_access.c
    found = (
        select(tenants, FEATURES, granted.id.label("access_id"), granted.name.label("operator"), granted.reason)
        .add_columns(granted.level, granted.ends_at)
        .join(support_access, granted.tenant_id == tenants.c.tenant_id)
        .where(granted.id == access_id, granted.account_id == account.id)
        .where(granted.ended_at.is_(None), granted.ends_at > now)
    )
    row = (await tx.execute(found)).one_or_none()
    if row is None or not account.is_operator:
        return None
    roles = frozenset({Role.GLOBAL if row.level == "change" else Role.READER})
    rights = permissions_of(roles) - {Permission.ORGANIZATION_DELETE}
    viewer = Viewer(row.tenant_id, None, row.operator, rights, "support", account.language or language, roles)
    return Entrance(account, read_tenant(row), viewer, Support(row.access_id, row.reason, row.level, row.ends_at))


_OWN_TENANT = (column("slug", Text), column("name", Text), column("display_name", Text), column("is_open", Boolean))


async def list_tenants(db: Database, *, account_id: UUID) -> tuple[OwnTenant, ...]:
    """The tenants that an account is let into, by name."""
    mine = func.tenants_of(account_id).table_valued(*_OWN_TENANT)
    async with db.transaction() as tx:
        found = [OwnTenant(*row) for row in await tx.execute(select(*mine.c))]
    return tuple(sorted(found, key=lambda tenant: tenant.name.casefold()))
