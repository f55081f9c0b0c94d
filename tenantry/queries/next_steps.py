"""What a new admin does next: the others who signed up, what they are written, and the page that gets them started."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.quick_start import QuickStart
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.frame import query
from tenantry.store.audience import addresses, audience, count_audience, few_of
from tenantry.store.catalog import load_catalog
from tenantry.store.database import Database
from tenantry.store.people import ACTIVE, holds
from tenantry.store.quick_start import Kept, load_quick_start, tenant_of_link
from tenantry.store.tables import tenants, upgrades, users
from tenantry.store.upgrades import has_next

COPIED = 1000  # addresses that a page holds to be copied


@dataclass(frozen=True)
class Next:
    """What there is to do. product: what was bought for everybody; without: people who have no license of it.

    others: who else can be written to. is_new: it was not dismissed yet. has_page: there is a quick-start page.
    """

    product: tuple[UUID, str] | None
    without: int
    others: int
    is_new: bool
    has_page: bool


@query(Permission.ORGANIZATION_CHANGE)
async def read_next(tx: AsyncConnection, viewer: Viewer) -> Next:
    """The page of what comes next."""
    done = select(upgrades).where(upgrades.c.finished_at.is_not(None)).order_by(upgrades.c.finished_at.desc())
    row = (await tx.execute(done.limit(1))).one_or_none()
    catalog = await load_catalog(tx)
    product = catalog.products.get(row.sku_id) if row and row.order_id else None
    unlicensed = select(func.count()).select_from(users).where(ACTIVE, ~holds(product.sku_id if product else None))
    return Next(
        (product.sku_id, product.name) if product else None,
        int((await tx.execute(unlicensed)).scalar_one()),
        await count_audience(tx, audience(viewer.user_id)),
        await has_next(tx, viewer.user_id),
        (await load_quick_start(tx)).token is not None,
    )


@dataclass(frozen=True)
class Audience:
    """Who a letter would go to: how many, the first of them, and what is known of who writes."""

    people: int
    some: tuple[str, ...]
    organization: str
    address: str


@query(Permission.LICENSE_ASSIGN)
async def read_audience(tx: AsyncConnection, viewer: Viewer, *, operation_id: UUID | None) -> Audience:
    """operation_id: only those whom that operation gave licenses; None, which is everybody, takes an admin of all."""
    if operation_id is None:
        viewer.require(Permission.ORGANIZATION_CHANGE)
    people = audience(viewer.user_id, operation_id)
    mine = select(users.c.user_name).where(users.c.id == viewer.user_id)
    return Audience(
        await count_audience(tx, people),
        await few_of(tx, people),
        (await tx.execute(select(tenants.c.name))).scalar_one(),
        (await tx.execute(mine)).scalar_one_or_none() or "",
    )


@query(Permission.ORGANIZATION_CHANGE)
async def list_addresses(tx: AsyncConnection, viewer: Viewer) -> tuple[str, ...]:
    """The addresses of everybody else, to be copied; `COPIED` at most."""
    known = addresses(audience(viewer.user_id)).limit(COPIED)
    return tuple(sorted(row.email for row in await tx.execute(known)))


# The quick-start page


@query(Permission.LICENSE_ASSIGN)
async def read_quick_start(tx: AsyncConnection, viewer: Viewer) -> Kept:
    """The page as it is kept, for who writes or shares it."""
    return await load_quick_start(tx)


@dataclass(frozen=True)
class Shown:
    """The page as its link shows it."""

    organization: str
    page: QuickStart


async def open_quick_start(db: Database, *, token: str) -> Shown:
    """For whoever has the link. Raises Refused("quick_start_gone"), also where the organization is closed."""
    async with db.transaction() as tx:
        tenant_id = await tenant_of_link(tx, token)
    if tenant_id is None:
        raise Refused("quick_start_gone", Kind.MISSING)
    async with db.transaction(tenant_id) as tx:
        row = (await tx.execute(select(tenants.c.name, tenants.c.suspended_at, tenants.c.deleted_at))).one()
        kept = await load_quick_start(tx)
    if row.suspended_at is not None or row.deleted_at is not None or kept.token != token:
        raise Refused("quick_start_gone", Kind.MISSING)
    return Shown(row.name, kept.page)
