"""Who has which apps of a product off: kept as a file before a change of the product turns them all on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.queries.frame import query
from tenantry.store.catalog import load_catalog
from tenantry.store.held_subscriptions import read_held
from tenantry.store.people import ACTIVE
from tenantry.store.tables import licenses, users

CHUNK = 5000


@dataclass(frozen=True)
class Switches:
    """Somebody, and the names of the apps that are off for them."""

    name: str
    user_name: str
    off: tuple[str, ...]


@query(Permission.SUBSCRIPTION_CHANGE)
async def each_switches(
    tx: AsyncConnection, viewer: Viewer, *, subscription_id: UUID, take: Callable[[Sequence[Switches]], None]
) -> None:
    """Hands everybody with an app of the subscription's product off to `take`, by name, some thousand at a time.

    Raises Refused("subscription_missing").
    """
    held = await read_held(tx, subscription_id)
    names = {plan.id: plan.friendly_name for plan in (await load_catalog(tx)).plans.values()}
    same = (licenses.c.tenant_id == users.c.tenant_id) & (licenses.c.user_id == users.c.id)
    wanted = (
        select(users.c.display_name, users.c.user_name, licenses.c.disabled_plans)
        .join(licenses, same)
        .where(ACTIVE, licenses.c.sku_id == held.sku_id, func.cardinality(licenses.c.disabled_plans) > 0)
        .order_by(users.c[alphabet_of(viewer.language)], users.c.id)
    )
    async with tx.stream(wanted) as found:
        async for rows in found.partitions(CHUNK):
            take([_switches(row.display_name, row.user_name, row.disabled_plans, names) for row in rows])


@query(Permission.SUBSCRIPTION_READ)
async def list_lost_apps(tx: AsyncConnection, viewer: Viewer, *, old: UUID, new: UUID) -> tuple[str, ...]:
    """The apps of one product that another one has not, by name."""
    catalog = await load_catalog(tx)
    lost = catalog.products[old].plan_ids - catalog.products[new].plan_ids
    return tuple(sorted(catalog.plans[plan].friendly_name for plan in lost))


def _switches(name: str, user_name: str, off: Sequence[UUID], names: dict[UUID, str]) -> Switches:
    return Switches(name, user_name, tuple(sorted(names[plan] for plan in off)))
