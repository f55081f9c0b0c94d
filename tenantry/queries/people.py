"""The pages about people, each in one look: the list with whoever is open in it, and what adding somebody needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.selections import UserFilter
from tenantry.domain.viewers import Viewer
from tenantry.kit.paging import Cursor
from tenantry.queries.activity import Activity, activity_of
from tenantry.queries.frame import query
from tenantry.queries.licenses import OwnedProduct, assignable
from tenantry.queries.users import UserDetail, UserPage, user_detail, user_page
from tenantry.store.tables import domains, plans, product_plans, products, seat_pools

ACTIVITIES = 20  # operations on a page of somebody's activity


@dataclass(frozen=True)
class OpenPerson:
    """Who is open beside the list, with what the open tab shows.

    retention: product -> least and most days that its apps' data is kept. domains: for a user name.
    """

    user: UserDetail
    products: tuple[OwnedProduct, ...] = ()
    retention: Mapping[UUID, tuple[int, int]] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    activity: Activity | None = None


@dataclass(frozen=True)
class PeopleView:
    """A page of people, the products (id, name) to narrow it by, and who is open."""

    people: UserPage
    products: tuple[tuple[UUID, str], ...]
    person: OpenPerson | None


@query(Permission.USER_READ)
async def read_people(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    wanted: UserFilter,
    cursor: Cursor | None,
    limit: int,
    sort: str,
    now: datetime,
    open: UUID | None = None,
    tab: str = "",
    older: Cursor | None = None,
    counted: bool = True,
) -> PeopleView:
    """A page of the people that `wanted` matches and, where asked for, one person with what `tab` shows of them.

    tab: "licenses", "edit" or "activity" (`older`: from where on). counted: the total too.
    The same statements whatever the page holds. Raises Refused("user_missing").
    """
    person = await _open(tx, viewer, open, tab, older, now) if open else None
    people = await user_page(tx, viewer, wanted, cursor, limit, sort, counted)
    named = await _owned(tx) if counted and viewer.can(Permission.LICENSE_READ) else ()
    return PeopleView(people, named, person)


async def _open(
    tx: AsyncConnection, viewer: Viewer, user_id: UUID, tab: str, older: Cursor | None, now: datetime
) -> OpenPerson:
    user = await user_detail(tx, user_id)
    if tab == "licenses" and viewer.can(Permission.LICENSE_READ):
        found = await assignable(tx, now, user_id)
        return OpenPerson(user, found, await retention_of(tx, [product.sku_id for product in found]))
    if tab == "edit":
        return OpenPerson(user, domains=await _domains(tx))
    if tab == "activity":
        return OpenPerson(user, activity=await activity_of(tx, viewer, user_id, older, ACTIVITIES))
    return OpenPerson(user)


async def _domains(tx: AsyncConnection) -> tuple[str, ...]:
    """The verified domains, the default one first."""
    named = select(domains.c.name).where(domains.c.verified_at.is_not(None))
    return tuple((await tx.execute(named.order_by(domains.c.is_default.desc(), domains.c.name))).scalars())


async def _owned(tx: AsyncConnection) -> tuple[tuple[UUID, str], ...]:
    wanted = (
        select(products.c.sku_id, products.c.name)
        .join(seat_pools, seat_pools.c.sku_id == products.c.sku_id)
        .where(products.c.applies_to == "user")
        .order_by(products.c.name, products.c.sku_id)
    )
    return tuple((row.sku_id, row.name) for row in await tx.execute(wanted))


async def retention_of(tx: AsyncConnection, skus: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """Product -> the least and the most days that the data of its apps is kept."""
    days = plans.c.retention_days
    wanted = (
        select(product_plans.c.sku_id, func.min(days), func.max(days))
        .join(plans, plans.c.id == product_plans.c.plan_id)
        .where(product_plans.c.sku_id == func.any(skus))
        .group_by(product_plans.c.sku_id)
    )
    return {sku_id: (least, most) for sku_id, least, most in await tx.execute(wanted)}


@dataclass(frozen=True)
class AddForm:
    """What adding a person chooses from: verified domains, the default one first, and products with their apps."""

    domains: tuple[str, ...]
    products: tuple[OwnedProduct, ...]


@query(Permission.USER_ADD)
async def read_add_form(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> AddForm:
    """Products only for those who may assign them."""
    can = viewer.can(Permission.LICENSE_ASSIGN)
    return AddForm(await _domains(tx), await assignable(tx, now, None) if can else ())
