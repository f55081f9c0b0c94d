"""Licenses, seen: products with their seats, who holds one, what one person has, and what a wish would do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, ColumnElement, Select, and_, func, literal, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, Plan, Product
from tenantry.domain.licenses import Outcome, Refusal, Wish, check_wish
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.subscriptions import Seats, Status
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.queries.users import UserDetail, user_detail
from tenantry.store import licenses as engine
from tenantry.store.catalog import load_catalog
from tenantry.store.free_products import FREE
from tenantry.store.kept_data import kept_until
from tenantry.store.people import ACTIVE, common_words, matches_words
from tenantry.store.seat_conflicts import cut_off, marks_of
from tenantry.store.subscriptions import STATUS, read_pools
from tenantry.store.tables import licenses, operations, subscriptions, users


@dataclass(frozen=True)
class ProductRow:
    """A product the tenant owns or owned, over all its subscriptions.

    subscriptions: how many there are; those whose data is gone do not count.
    renews_at: the next end of a term; recurring: whether that term renews by itself. is_free: people take it
    themselves, from a pool that does not run dry.
    """

    sku_id: UUID
    name: str
    part_number: str
    applies_to: str
    seats: Seats
    subscriptions: int
    renews_at: datetime | None
    recurring: bool
    is_free: bool = False


@query(Permission.LICENSE_READ)
async def list_products(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> tuple[ProductRow, ...]:
    """Every product of the tenant with its seats at `now`: those in conflict first, then by name. Four statements."""
    return await product_rows(tx, await load_catalog(tx), now)


async def product_rows(tx: AsyncConnection, catalog: Catalog, now: datetime) -> tuple[ProductRow, ...]:
    """The same inside another query's transaction."""
    seats = await read_pools(tx, now)
    to_come = and_(subscriptions.c.ends_at > now, subscriptions.c.channel != FREE)
    in_turn = func.array_agg(
        aggregate_order_by(subscriptions.c.recurring, subscriptions.c.ends_at), type_=ARRAY(Boolean)
    )
    here = STATUS.not_in([Status.DELETED.value])
    renewals = select(
        subscriptions.c.sku_id,
        func.count().filter(here).label("purchases"),
        func.min(subscriptions.c.ends_at).filter(to_come).label("renews_at"),
        func.coalesce(in_turn.filter(to_come)[1], func.bool_or(subscriptions.c.recurring)).label("recurring"),
        func.bool_and(subscriptions.c.channel == FREE).label("is_free"),
    ).group_by(subscriptions.c.sku_id)
    found = await tx.execute(renewals, {"now": now})
    terms = {row.sku_id: (row.purchases, row.renews_at, row.recurring, row.is_free) for row in found}
    rows = []
    for sku_id, pool in seats.items():
        product = catalog.products[sku_id]
        term = terms.get(sku_id, (0, None, False))
        rows.append(ProductRow(sku_id, product.name, product.part_number, product.applies_to, pool, *term))
    return tuple(sorted(rows, key=lambda row: (-row.seats.short, row.name.casefold(), row.sku_id)))


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a license of the product. `apps_on` of the product's apps are on: none while it is cut off.

    cut: it gives no service, because seats are missing. pinned: among the last to lose it.
    """

    id: UUID
    name: str
    user_name: str
    kind: str
    apps_on: int
    inherited: bool
    assigned_at: datetime
    cut: bool = False
    pinned: bool = False


@dataclass(frozen=True)
class ProductPage:
    """A product with a page of its holders."""

    row: ProductRow
    plans: tuple[Plan, ...]
    holders: Page[Holder]


@query(Permission.LICENSE_READ)
async def read_product(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    sku_id: UUID,
    words: tuple[str, ...],
    cursor: Cursor | None,
    limit: int,
    now: datetime,
) -> ProductPage:
    """One product of the tenant and who holds it, by name. Raises Refused("product_not_owned")."""
    return await product_page(tx, viewer, sku_id, words, cursor, limit, now)


async def product_page(
    tx: AsyncConnection,
    viewer: Viewer,
    sku_id: UUID,
    words: tuple[str, ...],
    cursor: Cursor | None,
    limit: int,
    now: datetime,
) -> ProductPage:
    """The same inside another query's transaction."""
    catalog = await load_catalog(tx)
    row = next((row for row in await product_rows(tx, catalog, now) if row.sku_id == sku_id), None)
    if row is None:
        raise Refused("product_not_owned", Kind.MISSING, product=str(sku_id))
    product = catalog.products[sku_id]
    holders = await _holders(tx, viewer, product, words, cursor, limit)
    if row.seats.short:
        holders = replace(holders, items=await _marked(tx, sku_id, holders.items))
    return ProductPage(row, plans_of(catalog, product), holders)


async def _marked(tx: AsyncConnection, sku_id: UUID, holders: Sequence[Holder]) -> tuple[Holder, ...]:
    """The holders of a pool that is short: who has lost service, and who is pinned."""
    cut, pinned = await marks_of(tx, sku_id, [one.id for one in holders])
    return tuple(
        replace(one, cut=one.id in cut, pinned=one.id in pinned, apps_on=0 if one.id in cut else one.apps_on)
        for one in holders
    )


def plans_of(catalog: Catalog, product: Product) -> tuple[Plan, ...]:
    """The apps of a product, by the name on screen."""
    plans = (catalog.plans[plan_id] for plan_id in product.plan_ids)
    return tuple(sorted(plans, key=lambda plan: (plan.friendly_name.casefold(), plan.id)))


async def _holders(
    tx: AsyncConnection, viewer: Viewer, product: Product, words: tuple[str, ...], cursor: Cursor | None, limit: int
) -> Page[Holder]:
    order = users.c[alphabet_of(viewer.language)]
    backward = cursor is not None and cursor.backward
    common = await common_words(tx, words)
    held = (
        select(users.c.id, users.c.display_name, users.c.user_name, users.c.kind, licenses, order.label("sort_key"))
        .join(licenses, (licenses.c.tenant_id == users.c.tenant_id) & (licenses.c.user_id == users.c.id))
        .where(ACTIVE, licenses.c.sku_id == product.sku_id, *matches_words(words, common=common))
    )
    if cursor is not None and isinstance(cursor.key, bytes):
        place, here = tuple_(order, users.c.id), tuple_(literal(cursor.key, order.type), literal(cursor.id))
        held = held.where(place < here if backward else place > here)
    rows = (await tx.execute(_by_kind(held, limit + 1, backward=backward))).all()
    page = cut(rows, limit, cursor, lambda row: (row.sort_key, row.id))
    return Page(tuple(_holder(row, product) for row in page.items), page.next, page.previous)


def _by_kind(held: Select[Any], limit: int, *, backward: bool) -> Select[Any]:
    """The first `limit` of members and guests together: the index has each kind in the order of names."""

    def first(rows: Select[Any], key: ColumnElement[Any], user_id: ColumnElement[Any]) -> Select[Any]:
        return rows.order_by(*((key.desc(), user_id.desc()) if backward else (key, user_id))).limit(limit)

    sort_key = held.selected_columns.sort_key
    kinds = (first(held.where(users.c.kind == kind), sort_key, users.c.id) for kind in ("member", "guest"))
    both = union_all(*(select(some.subquery()) for some in kinds)).subquery()
    return first(select(both), both.c.sort_key, both.c.id)


def _holder(row: Any, product: Product) -> Holder:
    apps_on = len(product.plan_ids) - len(row.disabled_plans or ())
    inherited = bool(row.group_ids)
    return Holder(row.id, row.display_name, row.user_name, row.kind, apps_on, inherited, row.assigned_at)


@dataclass(frozen=True)
class OwnedProduct:
    """A product that could be assigned to a person, and how they hold it now, if they do.

    cut: they hold it, and it gives no service, because seats are missing. kept_until: they had it, and its data is
    there until then.
    """

    sku_id: UUID
    name: str
    seats: Seats
    plans: tuple[Plan, ...]
    held: bool
    inherited: bool
    disabled: frozenset[UUID]
    assigned_at: datetime | None = None
    assigned_by: str | None = None
    cut: bool = False
    kept_until: datetime | None = None

    @property
    def apps_on(self) -> int:
        return len(self.plans) - len(self.disabled) if self.held and not self.cut else 0


@dataclass(frozen=True)
class UserLicenses:
    """A person with every product of the tenant that people can have, the held ones first."""

    user: UserDetail
    products: tuple[OwnedProduct, ...]


@query(Permission.LICENSE_READ)
async def read_user_licenses(tx: AsyncConnection, viewer: Viewer, *, user_id: UUID, now: datetime) -> UserLicenses:
    """What one person holds and could hold. Raises Refused("user_missing")."""
    return UserLicenses(await user_detail(tx, user_id), await assignable(tx, now, user_id))


@query(Permission.LICENSE_READ)
async def list_assignable(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> tuple[OwnedProduct, ...]:
    """The tenant's products that people can have, with their apps."""
    return await assignable(tx, now, None)


async def assignable(tx: AsyncConnection, now: datetime, user_id: UUID | None) -> tuple[OwnedProduct, ...]:
    """The products that people can have, and how the user holds them, inside another query's transaction."""
    catalog = await load_catalog(tx)
    rows = await product_rows(tx, catalog, now)
    by = operations.c.actor_name.label("assigned_by")
    made = (operations.c.tenant_id == licenses.c.tenant_id) & (operations.c.id == licenses.c.operation_id)
    theirs = select(licenses, by).outerjoin(operations, made).where(licenses.c.user_id == user_id)
    held = {row.sku_id: row for row in await tx.execute(theirs)} if user_id else {}
    short = held and any(row.seats.short for row in rows)
    cut = await cut_off(tx, user_id) if user_id and short else frozenset()
    kept = await kept_until(tx, user_id, now) if user_id else {}
    found = []
    for row in rows:
        if row.applies_to == "user":
            mine = held.get(row.sku_id)
            disabled = frozenset(mine.disabled_plans or ()) if mine else frozenset()
            apps = plans_of(catalog, catalog.products[row.sku_id])
            at, by_whom = (mine.assigned_at, mine.assigned_by) if mine else (None, None)
            inherited = bool(mine and mine.group_ids)
            found.append(
                OwnedProduct(
                    row.sku_id,
                    row.name,
                    row.seats,
                    apps,
                    mine is not None,
                    inherited,
                    disabled,
                    at,
                    by_whom,
                    row.sku_id in cut,
                    kept.get(row.sku_id),
                )
            )
    return tuple(sorted(found, key=lambda product: (not product.held, product.name.casefold(), product.sku_id)))


@dataclass(frozen=True)
class PreviewPerson:
    """Somebody named in a preview."""

    id: UUID
    name: str
    user_name: str
    department: str | None
    usage_location: str | None


@dataclass(frozen=True)
class PreviewLine:
    """People with one outcome for one reason; the first of them by name."""

    outcome: Outcome
    refusals: tuple[Refusal, ...]
    count: int
    people: tuple[PreviewPerson, ...]


@dataclass(frozen=True)
class Movement:
    """A product whose licenses begin or end. seats: before that; short: how many are missing.

    Products may share a name: only the id tells them apart.
    """

    sku_id: UUID
    name: str
    seats: Seats
    gains: int
    losses: int
    short: int


@dataclass(frozen=True)
class Preview:
    """What a wish would come to. outcomes: people changed, unchanged, refused. movements: by name."""

    lines: tuple[PreviewLine, ...]
    outcomes: tuple[int, int, int]
    movements: tuple[Movement, ...]

    @property
    def gains(self) -> int:
        return sum(product.gains for product in self.movements)

    @property
    def losses(self) -> int:
        return sum(product.losses for product in self.movements)


@query(Permission.LICENSE_ASSIGN)
async def preview_assignment(
    tx: AsyncConnection, viewer: Viewer, *, selection: Selection, wish: Wish, now: datetime, named: int = 50
) -> Preview:
    """What `commands.assign_licenses` would do now; nothing is changed and nobody is kept waiting.

    named: how many people are named per line. Raises Refused as the command does for a wrong wish.
    """
    return await preview(tx, viewer, selection, wish, now, named)


async def preview(
    tx: AsyncConnection, viewer: Viewer, selection: Selection, wish: Wish, now: datetime, named: int = 50
) -> Preview:
    """The same inside another query's transaction."""
    catalog = await load_catalog(tx)
    plan = await forecast(tx, selection, wish, catalog, now)
    lines = [await _named(tx, viewer, line, named) for line in engine.lines(plan)]
    return Preview(tuple(lines), plan.outcomes, _movements(plan))


def _movements(plan: engine.Forecast) -> tuple[Movement, ...]:
    found = []
    for sku_id in plan.gains.keys() | plan.losses.keys():
        counts = (some.get(sku_id, 0) for some in (plan.gains, plan.losses, plan.short))
        found.append(Movement(sku_id, plan.catalog.products[sku_id].name, plan.seats[sku_id], *counts))
    return tuple(sorted(found, key=lambda product: (product.name.casefold(), product.sku_id)))


async def forecast(
    tx: AsyncConnection, selection: Selection, wish: Wish, catalog: Catalog, now: datetime
) -> engine.Forecast:
    """What a wish would come to, as the engine sees it, without a lock."""
    seats = await read_pools(tx, now)
    check_wish(wish, catalog, frozenset(seats))
    plan = await engine.forecast(tx, selection, wish, catalog, seats)
    if not plan.people:
        raise Refused("nobody_selected", Kind.MISSING)
    return plan


async def _named(tx: AsyncConnection, viewer: Viewer, line: engine.Line, limit: int) -> PreviewLine:
    facts = (users.c.id, users.c.display_name, users.c.user_name, users.c.department, users.c.usage_location)
    named = select(*facts).where(users.c.id.in_(line.ids))
    ordered = named.order_by(users.c[alphabet_of(viewer.language)], users.c.id).limit(limit)
    people = tuple(PreviewPerson(*row) for row in await tx.execute(ordered))
    return PreviewLine(line.outcome, line.refusals, line.people, people)
