"""Deleted people, seen: the list of them, and what restoring some would meet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.leaving import KEPT
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.queries.users import COUNTED
from tenantry.store.catalog import load_catalog
from tenantry.store.leavers import DELETED, licenses_had, these
from tenantry.store.people import common_words, matches_words
from tenantry.store.subscriptions import read_pools
from tenantry.store.tables import accounts, users

CHUNK = 5000


@dataclass(frozen=True)
class DeletedRow:
    """Somebody deleted. kind: "member" or "guest"; restorable until `until`."""

    id: UUID
    name: str
    user_name: str
    kind: str
    department: str | None
    deleted_at: datetime

    @property
    def until(self) -> datetime:
        return self.deleted_at + KEPT

    def days_left(self, now: datetime) -> int:
        """Days that have begun count as days."""
        return max(0, -((now - self.until) // timedelta(days=1)))


@dataclass(frozen=True)
class DeletedPage:
    """A page of deleted people, and how many there are; `more`: at least, the count was ended early."""

    page: Page[DeletedRow]
    total: int
    more: bool


_FACTS = (users.c.id, users.c.display_name, users.c.user_name, users.c.kind, users.c.department, users.c.deleted_at)


async def _wanted(tx: AsyncConnection, words: tuple[str, ...], now: datetime) -> ColumnElement[bool]:
    """Those who can still be restored: the others wait for the job that ends them."""
    found = matches_words(words, common=await common_words(tx, words))
    return and_(DELETED, users.c.deleted_at > now - KEPT, *found)


@query(Permission.USER_READ)
async def list_deleted(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    words: tuple[str, ...],
    cursor: Cursor | None,
    limit: int,
    now: datetime,
) -> DeletedPage:
    """A page of the deleted whose names begin like `words`, who was deleted last comes first."""
    wanted = await _wanted(tx, words, now)
    fitting = cursor if cursor and _moment(cursor) else None
    rows = [DeletedRow(*row) for row in await tx.execute(_walk(wanted, fitting, limit))]
    page = cut(rows, limit, fitting, lambda row: (row.deleted_at.isoformat(), row.id))
    some = select(literal(1)).select_from(users).where(wanted).limit(COUNTED + 1).subquery()
    count = (await tx.execute(select(func.count()).select_from(some))).scalar_one()
    return DeletedPage(page, min(count, COUNTED), count > COUNTED)


def _moment(cursor: Cursor) -> datetime | None:
    """The place in time that a cursor of this list means; None for one of another list."""
    try:
        found = datetime.fromisoformat(str(cursor.key))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _walk(wanted: ColumnElement[bool], cursor: Cursor | None, limit: int) -> Select[Any]:
    keys, found = (users.c.deleted_at, users.c.id), select(*_FACTS).where(wanted)
    backward = cursor is not None and cursor.backward
    if cursor is not None:
        here = tuple_(literal(_moment(cursor), users.c.deleted_at.type), literal(cursor.id))
        found = found.where(tuple_(*keys) > here if backward else tuple_(*keys) < here)
    return found.order_by(*keys if backward else (key.desc() for key in keys)).limit(limit + 1)


@query(Permission.USER_READ)
async def each_deleted(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    words: tuple[str, ...],
    now: datetime,
    take: Callable[[Sequence[DeletedRow]], None],
) -> None:
    """Hands everybody of the list to `take`, some thousand at a time."""
    wanted = select(*_FACTS).where(await _wanted(tx, words, now))
    order = wanted.order_by(users.c.deleted_at.desc(), users.c.id.desc())
    async with tx.stream(order) as found:
        async for rows in found.partitions(CHUNK):
            take([DeletedRow(*row) for row in rows])


@dataclass(frozen=True)
class Returning:
    """Somebody to be restored. taken: an active person has the user name. own: a password can be made for them here."""

    row: DeletedRow
    taken: bool
    own: bool


@dataclass(frozen=True)
class HadProduct:
    """A product whose licenses ended with the deletion: how many of the people had it, how many seats are free now.

    owned: whether the organization still has the product.
    """

    sku_id: UUID
    name: str
    people: int
    free: int
    owned: bool


@dataclass(frozen=True)
class Return:
    """What restoring some people would meet."""

    people: tuple[Returning, ...]
    products: tuple[HadProduct, ...]


@query(Permission.USER_DELETE)
async def read_return(tx: AsyncConnection, viewer: Viewer, *, user_ids: tuple[UUID, ...], now: datetime) -> Return:
    """What `commands.restore_people` would meet. Those of `user_ids` who are not to be restored are passed over.

    Raises Refused("deleted_missing") if nobody is left.
    """
    other = users.alias("other")
    same = and_(other.c.tenant_id == users.c.tenant_id, other.c.user_key == users.c.user_key)
    taken = select(other.c.id).where(same, other.c.deleted_at.is_(None)).exists()
    closed = select(accounts.c.id).where(
        accounts.c.id == users.c.account_id, accounts.c.closed_at == users.c.deleted_at
    )
    own = and_(users.c.kind == "member", or_(users.c.account_id.is_(None), closed.exists()))
    kept = select(*_FACTS, taken, own).where(DELETED, these(user_ids), users.c.deleted_at > now - KEPT)
    rows = (await tx.execute(kept.order_by(users.c[alphabet_of(viewer.language)], users.c.id))).all()
    if not rows:
        raise Refused("deleted_missing", Kind.MISSING)
    people = tuple(Returning(DeletedRow(*row[:-2]), *row[-2:]) for row in rows)
    return Return(people, await _products(tx, tuple(one.row.id for one in people), now))


async def _products(tx: AsyncConnection, user_ids: tuple[UUID, ...], now: datetime) -> tuple[HadProduct, ...]:
    catalog, pools = await load_catalog(tx), await read_pools(tx, now)
    counts: dict[UUID, int] = {}
    for products in (await licenses_had(tx, user_ids)).values():
        for sku_id in products.keys() & catalog.products.keys():
            counts[sku_id] = counts.get(sku_id, 0) + 1
    found = [
        HadProduct(s, catalog.products[s].name, n, pools[s].free if s in pools else 0, s in pools)
        for s, n in counts.items()
    ]
    return tuple(sorted(found, key=lambda product: (product.name.casefold(), product.sku_id)))
