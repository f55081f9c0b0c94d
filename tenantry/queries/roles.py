"""Roles, seen: how many have each, who has one of them, and the roles of people who are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, case, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission, Role
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.store.people import ACTIVE
from tenantry.store.tables import role_assignments, users


@dataclass(frozen=True)
class Admin:
    """Somebody and their roles, perhaps none. sign_in: "allowed", "blocked" or "none" (has no password yet)."""

    id: UUID
    name: str
    user_name: str
    kind: str
    sign_in: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class RolesView:
    """How many people have each role, a page of those who have the open one, and the people asked for, by name."""

    counts: Mapping[Role, int]
    holders: Page[Admin]
    asked: tuple[Admin, ...]


@query(Permission.ROLE_READ)
async def read_roles(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    role: Role | None,
    cursor: Cursor | None,
    limit: int,
    asked: tuple[UUID, ...] = (),
) -> RolesView:
    """Every role with its number; a page of the holders of `role`; the people of `asked` who are here.

    One statement, one more for each of `role` and `asked`, whatever the page holds.
    """
    held = select(role_assignments.c.role, func.count()).join(users, _SAME).where(ACTIVE)
    counts = {Role(name): count for name, count in await tx.execute(held.group_by(role_assignments.c.role))}
    holders = await _holders(tx, viewer, role, cursor, limit) if role else Page[Admin]((), None, None)
    return RolesView(counts, holders, await _asked(tx, viewer, asked) if asked else ())


_SAME = and_(role_assignments.c.tenant_id == users.c.tenant_id, role_assignments.c.user_id == users.c.id)
_SIGN_IN = case((users.c.blocked_at.is_not(None), "blocked"), (users.c.account_id.is_(None), "none"), else_="allowed")
_ROLES = select(func.array_agg(role_assignments.c.role)).where(_SAME).correlate(users).scalar_subquery()


def _people(viewer: Viewer) -> Select[Any]:
    order = users.c[alphabet_of(viewer.language)]
    facts = (
        users.c.id,
        users.c.display_name,
        users.c.user_name,
        users.c.kind,
        _SIGN_IN.label("sign_in"),
        _ROLES.label("roles"),
    )
    return select(*facts, order.label("sort_key")).where(ACTIVE)


async def _holders(tx: AsyncConnection, viewer: Viewer, role: Role, cursor: Cursor | None, limit: int) -> Page[Admin]:
    order = users.c[alphabet_of(viewer.language)]
    theirs = select(role_assignments.c.user_id).where(role_assignments.c.role == role.value)
    wanted = _people(viewer).where(users.c.id.in_(theirs))
    backward = cursor is not None and cursor.backward
    if cursor is not None:
        place, here = tuple_(order, users.c.id), tuple_(literal(cursor.key, order.type), literal(cursor.id))
        wanted = wanted.where(place < here if backward else place > here)
    keys = (order.desc(), users.c.id.desc()) if backward else (order, users.c.id)
    rows = (await tx.execute(wanted.order_by(*keys).limit(limit + 1))).all()
    page = cut(rows, limit, cursor, lambda row: (row.sort_key, row.id))
    return Page(tuple(_admin(row) for row in page.items), page.next, page.previous)


async def _asked(tx: AsyncConnection, viewer: Viewer, asked: tuple[UUID, ...]) -> tuple[Admin, ...]:
    order = users.c[alphabet_of(viewer.language)]
    wanted = _people(viewer).where(users.c.id == func.any(list(asked))).order_by(order, users.c.id)
    return tuple(_admin(row) for row in await tx.execute(wanted))


def _admin(row: Row[Any]) -> Admin:
    roles = frozenset(Role(role) for role in row.roles or ())
    return Admin(row.id, row.display_name, row.user_name, row.kind, row.sign_in, roles)
