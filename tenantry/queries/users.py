"""People, seen: the list, one person, and who a few typed letters may mean."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.people import Person
from tenantry.domain.roles import Permission
from tenantry.domain.selections import UserFilter
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.store.people import ACTIVE, common_words, matches, reads_word
from tenantry.store.tables import licenses, products, role_assignments, users

COUNTED = 10_000  # totals are counted this far, then shown as "more than"
LOOKED_AT = 10_000  # people whose words are read for the total of a search that only common words make


@dataclass(frozen=True)
class UserRow:
    """A person in a list. sign_in: "allowed", "blocked" or "none" (has no password yet)."""

    id: UUID
    name: str
    user_name: str
    products: tuple[str, ...]
    department: str | None
    usage_location: str | None
    sign_in: str


@dataclass(frozen=True)
class UserPage:
    """A page of people, and how many there are; `more`: at least, the count was ended early."""

    page: Page[UserRow]
    total: int
    more: bool = False


@query(Permission.USER_READ)
async def list_users(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    wanted: UserFilter,
    cursor: Cursor | None,
    limit: int,
    sort: str = "name",
    counted: bool = True,
) -> UserPage:
    """A page of the people that `wanted` matches, by name in the viewer's alphabet or by username.

    Three statements, whatever the page holds (four with search words); one less if not `counted`, the total is 0 then.
    """
    return await user_page(tx, viewer, wanted, cursor, limit, sort, counted)


async def user_page(
    tx: AsyncConnection, viewer: Viewer, wanted: UserFilter, cursor: Cursor | None, limit: int, sort: str, counted: bool
) -> UserPage:
    """The same inside another query's transaction."""
    order = users.c.user_key if sort == "username" else users.c[alphabet_of(viewer.language)]
    common = await common_words(tx, wanted.words)
    found = matches(wanted, common=common)
    fitting = cursor if cursor and isinstance(cursor.key, str) == (sort == "username") else None
    rows = (await tx.execute(_walk(found, order, fitting, limit))).all()
    page = cut(rows, limit, fitting, lambda row: (row.sort_key, row.id))
    names = await _product_names(tx, [row.id for row in page.items])
    total, more = await _count(tx, wanted, found, order, common) if counted else (0, False)
    items = tuple(_row(row, names.get(row.id, ())) for row in page.items)
    return UserPage(Page(items, page.next, page.previous), total, more)


async def _count(
    tx: AsyncConnection,
    wanted: UserFilter,
    found: ColumnElement[bool],
    order: ColumnElement[Any],
    common: frozenset[str],
) -> tuple[int, bool]:
    """How many there are, and whether there may be more: nobody waits for a count of everybody."""
    if wanted.words and common.issuperset(wanted.words):
        others = matches(replace(wanted, words=()))
        first = select(users.c.words).where(others).order_by(order, users.c.id).limit(LOOKED_AT).subquery()
        fitting = and_(*(reads_word(word, first.c.words) for word in wanted.words))
        looked_at, count = (
            await tx.execute(select(func.count(), func.count().filter(fitting)).select_from(first))
        ).one()
        return count, looked_at == LOOKED_AT
    some = select(literal(1)).select_from(users).where(found).limit(COUNTED + 1).subquery()
    count = (await tx.execute(select(func.count()).select_from(some))).scalar_one()
    return min(count, COUNTED), count > COUNTED


def _walk(found: ColumnElement[bool], order: ColumnElement[Any], cursor: Cursor | None, limit: int) -> Select[Any]:
    backward = cursor is not None and cursor.backward
    wanted = select(
        users.c.id,
        users.c.display_name,
        users.c.user_name,
        users.c.department,
        users.c.usage_location,
        users.c.account_id,
        users.c.blocked_at,
        order.label("sort_key"),
    ).where(found)
    if cursor is not None:
        place, here = tuple_(order, users.c.id), tuple_(literal(cursor.key, order.type), literal(cursor.id))
        wanted = wanted.where(place < here if backward else place > here)
    keys = (order.desc(), users.c.id.desc()) if backward else (order, users.c.id)
    return wanted.order_by(*keys).limit(limit + 1)


async def _product_names(tx: AsyncConnection, ids: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    held = (
        select(licenses.c.user_id, func.array_agg(products.c.name).label("names"))
        .join(products, products.c.sku_id == licenses.c.sku_id)
        .where(licenses.c.user_id == func.any(ids))
        .group_by(licenses.c.user_id)
    )
    return {row.user_id: tuple(sorted(row.names)) for row in await tx.execute(held)}


def _row(row: Row[Any], names: tuple[str, ...]) -> UserRow:
    return UserRow(row.id, row.display_name, row.user_name, names, row.department, row.usage_location, _sign_in(row))


def _sign_in(row: Row[Any]) -> str:
    if row.blocked_at is not None:
        return "blocked"
    return "allowed" if row.account_id is not None else "none"


@dataclass(frozen=True)
class Suggestion:
    """Somebody whom the typed letters may mean."""

    id: UUID
    name: str
    user_name: str
    kind: str


@query(Permission.USER_READ)
async def suggest_people(
    tx: AsyncConnection, viewer: Viewer, *, words: tuple[str, ...], limit: int = 10
) -> tuple[Suggestion, ...]:
    """The first members and guests whose names begin like `words`, in the viewer's order."""
    return await people_like(tx, viewer, words, limit)


async def people_like(
    tx: AsyncConnection, viewer: Viewer, words: tuple[str, ...], limit: int
) -> tuple[Suggestion, ...]:
    """The same inside another query's transaction."""
    if not words:
        return ()
    found: list[Suggestion] = []
    common = await common_words(tx, words)
    for kind in ("member", "guest"):
        wanted = matches(UserFilter(kind=kind, words=words), common=common)
        named = select(users.c.id, users.c.display_name, users.c.user_name, users.c.kind).where(wanted)
        order = named.order_by(users.c[alphabet_of(viewer.language)], users.c.id).limit(limit - len(found))
        found += [Suggestion(*row) for row in await tx.execute(order)]
    return tuple(found)


@dataclass(frozen=True)
class UserDetail:
    """One person, as the pane shows them."""

    id: UUID
    kind: str
    name: str
    user_name: str
    first_name: str | None
    last_name: str | None
    job_title: str | None
    department: str | None
    office: str | None
    office_phone: str | None
    mobile_phone: str | None
    fax: str | None
    address: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    usage_location: str | None
    sign_in: str
    roles: tuple[str, ...]
    created_at: datetime

    @property
    def person(self) -> Person:
        """The particulars, as a form shows and sends them."""
        facts = {fact: getattr(self, fact) or "" for fact in _FACTS}
        return Person(self.user_name, self.name, **facts)


_FACTS = {field.name for field in fields(UserDetail)} & {field.name for field in fields(Person)} - {"user_name"}


@query(Permission.USER_READ)
async def read_user(tx: AsyncConnection, viewer: Viewer, *, user_id: UUID) -> UserDetail:
    """One person of the tenant. Raises Refused("user_missing")."""
    return await user_detail(tx, user_id)


async def user_detail(tx: AsyncConnection, user_id: UUID) -> UserDetail:
    """The same inside another query's transaction."""
    held = select(func.array_agg(role_assignments.c.role)).where(
        and_(role_assignments.c.tenant_id == users.c.tenant_id, role_assignments.c.user_id == users.c.id)
    )
    wanted = select(users, held.scalar_subquery().label("roles")).where(ACTIVE, users.c.id == user_id)
    row = (await tx.execute(wanted)).one_or_none()
    if row is None:
        raise Refused("user_missing", Kind.MISSING)
    return UserDetail(
        id=row.id,
        kind=row.kind,
        name=row.display_name,
        user_name=row.user_name,
        **{fact: getattr(row, fact) for fact in _FACTS},
        sign_in=_sign_in(row),
        roles=tuple(sorted(row.roles or ())),
        created_at=row.created_at,
    )


@query(Permission.USER_READ)
async def name_people(tx: AsyncConnection, viewer: Viewer, *, ids: tuple[UUID, ...]) -> tuple[Suggestion, ...]:
    """The people of `ids` who are here, in the viewer's order; unknown ids are passed over."""
    named = select(users.c.id, users.c.display_name, users.c.user_name, users.c.kind)
    wanted = named.where(ACTIVE, users.c.id == func.any(list(ids)))
    ordered = wanted.order_by(users.c[alphabet_of(viewer.language)], users.c.id)
    return tuple(Suggestion(*row) for row in await tx.execute(ordered))
