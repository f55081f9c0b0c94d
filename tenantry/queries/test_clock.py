"""The clock of a sandbox, looked at: what time it is there, and what happens next."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.falling_due import NEVER
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.frame import query
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import products, subscriptions, tenants

SHOWN = 10


@dataclass(frozen=True)
class Ahead:
    """A subscription that is looked at next, and when; at once if that is past."""

    at: datetime
    product: str
    seats: int
    status: str


@dataclass(frozen=True)
class Clock:
    """seconds: by which the tenant is ahead of the wall clock; ahead: what is looked at next, the first first."""

    seconds: int
    ahead: tuple[Ahead, ...]


@query(Permission.ORGANIZATION_READ)
async def read_clock(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> Clock:
    """The clock of the viewer's tenant. Raises Refused("clock_missing") for one that is no sandbox."""
    seconds = (await tx.execute(select(tenants.c.test_clock))).scalar_one()
    if seconds is None:
        raise Refused("clock_missing", Kind.MISSING)
    c = subscriptions.c
    found = (
        select(c.due_at, products.c.name, c.seats, STATUS)
        .join(products, products.c.sku_id == c.sku_id)
        .where(c.due_at < NEVER)
        .order_by(c.due_at, products.c.name)
        .limit(SHOWN)
    )
    return Clock(seconds, tuple(Ahead(*row) for row in await tx.execute(found, {"now": now})))
