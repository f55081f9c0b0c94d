"""What an admin sees first: what needs doing, and the seats of each product."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.queries.frame import query
from tenantry.queries.licenses import ProductRow, product_rows
from tenantry.store.catalog import load_catalog
from tenantry.store.people import ACTIVE
from tenantry.store.tables import users
from tenantry.store.upgrades import has_next

SOON = timedelta(days=30)
NEARLY_FULL = 0.05  # free seats, as a share of all


@dataclass(frozen=True)
class HomeView:
    """`products`: those that are paid for; `short`: with fewer seats than licenses; `full`: with hardly a seat left;
    `ending`: with a term that ends soon and does not renew; `without_location`: members who cannot get a license yet;
    `is_new`: the viewer has become the admin, and has not put aside what comes next."""

    products: tuple[ProductRow, ...]
    short: tuple[ProductRow, ...]
    full: tuple[ProductRow, ...]
    ending: tuple[ProductRow, ...]
    without_location: int
    is_new: bool = False


@query(Permission.HOME_READ)
async def read_home(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> HomeView:
    """The home page of a viewer: products only for those who may see them."""
    rows: tuple[ProductRow, ...] = ()
    without = 0
    if viewer.can(Permission.LICENSE_READ):
        rows = tuple(row for row in await product_rows(tx, await load_catalog(tx), now) if not row.is_free)
    if viewer.can(Permission.USER_LOCATION):
        missing = select(users.c.id).where(ACTIVE, users.c.kind == "member", users.c.usage_location.is_(None))
        capped = select(func.count()).select_from(missing.limit(1001).subquery())
        without = (await tx.execute(capped)).scalar_one()
    return HomeView(
        rows,
        tuple(row for row in rows if row.seats.short),
        tuple(row for row in rows if _full(row)),
        tuple(row for row in rows if row.renews_at and not row.recurring and row.renews_at < now + SOON),
        without,
        viewer.can(Permission.ORGANIZATION_CHANGE) and await has_next(tx, viewer.user_id),
    )


def _full(row: ProductRow) -> bool:
    free = row.seats.free
    return row.applies_to == "user" and not row.seats.short and free <= row.seats.enabled * NEARLY_FULL
