"""What somebody uses: their apps, the free products that they may take, and their colleagues in a group."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Product
from tenantry.domain.doors import Door
from tenantry.domain.editions import Feature
from tenantry.domain.entitlements import MEETING_LIMIT, Entitlements
from tenantry.domain.roles import Permission
from tenantry.domain.selections import UserFilter
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page
from tenantry.queries.entitlements import entitlements_of
from tenantry.queries.frame import query
from tenantry.queries.users import UserRow, user_page
from tenantry.store.catalog import load_catalog
from tenantry.store.editions import features_here
from tenantry.store.free_products import offered_at
from tenantry.store.tables import licenses, seat_pools, tenants, users


@dataclass(frozen=True)
class OwnProduct:
    """A product that one holds. apps: what of it one may use now, by name; none while it gives no service."""

    sku_id: UUID
    name: str
    apps: tuple[str, ...]


@dataclass(frozen=True)
class OwnApps:
    """meets: whether one has the app Meetings. offered: free products that have something one does not have.

    may_take: the organization lets people take them. located: it is known in which country one uses services.
    """

    meets: bool
    products: tuple[OwnProduct, ...] = ()
    offered: tuple[Product, ...] = ()
    may_take: bool = False
    located: bool = True


@query(Permission.OWN_USE)
async def read_launcher(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> OwnApps:
    """Which of our own apps one has, and nothing else."""
    entitled = await entitlements_of(tx, viewer.user_id, now) if viewer.user_id else None
    return OwnApps(_meets(entitled))


def _meets(entitled: Entitlements | None) -> bool:
    return entitled is not None and entitled.limit(MEETING_LIMIT) is not None


@query(Permission.OWN_USE)
async def read_apps(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> OwnApps:
    """One's own apps and products; nothing for the operator, who is none of the people."""
    if viewer.user_id is None:
        return OwnApps(meets=False)
    entitled = await entitlements_of(tx, viewer.user_id, now)
    mine = (await tx.execute(select(users.c.usage_location).where(users.c.id == viewer.user_id))).scalar_one()
    held = await _held(tx, viewer.user_id)
    may_take = (await tx.execute(select(tenants.c.self_licensing))).scalar_one()
    may_take = may_take and Feature.SELF_SERVICE in await features_here(tx)
    catalog, given = await load_catalog(tx), await offered_at(tx, Door.SIGN_UP)
    products = [
        OwnProduct(sku_id, catalog.products[sku_id].name, _apps(entitled, sku_id))
        for sku_id in held & catalog.products.keys()
    ]
    return OwnApps(
        _meets(entitled),
        tuple(sorted(products, key=lambda one: (one.name.casefold(), one.sku_id))),
        tuple(one for one in given if one.sku_id not in held and not one.plan_ids <= _plans(entitled)),
        may_take,
        mine is not None,
    )


async def _held(tx: AsyncConnection, user_id: UUID) -> set[UUID]:
    """The products of somebody, found by the tenant's few pools: the key of licenses begins with the product."""
    pools = (seat_pools.c.tenant_id == licenses.c.tenant_id) & (seat_pools.c.sku_id == licenses.c.sku_id)
    mine = select(licenses.c.sku_id).join(seat_pools, pools).where(licenses.c.user_id == user_id)
    return set((await tx.execute(mine)).scalars())


def _plans(entitled: Entitlements | None) -> set[UUID]:
    return {one.plan.id for one in entitled.plans} if entitled else set()


def _apps(entitled: Entitlements | None, sku_id: UUID) -> tuple[str, ...]:
    plans = entitled.plans if entitled else ()
    names = {one.plan.friendly_name for one in plans if any(grant.sku_id == sku_id for grant in one.grants)}
    return tuple(sorted(names, key=str.casefold))


@query(Permission.OWN_USE)
async def list_colleagues(
    tx: AsyncConnection, viewer: Viewer, *, words: tuple[str, ...], cursor: Cursor | None, limit: int
) -> Page[UserRow]:
    """A page of the people of a group, by name. Raises Refused("colleagues_missing") where there is an admin."""
    if (await tx.execute(select(tenants.c.kind))).scalar_one() != "unmanaged":
        raise Refused("colleagues_missing", Kind.MISSING)
    wanted = UserFilter(kind="member", words=words)
    return (await user_page(tx, viewer, wanted, cursor, limit, "name", counted=False)).page
