"""Tenants that have fallen due, each by its own clock: asked across all of them, as the jobs role."""

from datetime import datetime

from sqlalchemy import Interval, case, literal, select

from tenantry.domain.organization import GRACE
from tenantry.domain.takeovers import LEFT_FOR
from tenantry.queries.due import each, type_due
from tenantry.queries.house import House
from tenantry.store.clocks import there
from tenantry.store.tables import tenants


async def tenants_to_end(house: House, *, now: datetime) -> type_due:
    """The tenants that were deleted more than thirty days ago (`commands.delete_tenant.purge_tenant`).

    Of those that a takeover emptied, ten.
    """
    days = case((tenants.c.merged_into.is_(None), literal(GRACE, Interval)), else_=literal(LEFT_FOR, Interval))
    return await each(house, select(tenants.c.tenant_id, there(now)).where(tenants.c.deleted_at <= there(now) - days))
