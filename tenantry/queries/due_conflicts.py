"""Tenants in which time has something to do about seats and data: asked across all of them, as the jobs role."""

from datetime import datetime

from sqlalchemy import ColumnElement, select

from tenantry.queries.due import each, type_due
from tenantry.queries.house import House
from tenantry.store.clocks import there
from tenantry.store.tables import seat_pools, tenants


async def tenants_in_conflict(house: House, *, now: datetime) -> type_due:
    """The tenants with a pool that is short, each with its own time: a sandbox is ahead of the wall clock."""
    short = select(seat_pools.c.tenant_id).where(seat_pools.c.conflict_at.is_not(None))
    return await _living(house, now, tenants.c.tenant_id.in_(short))


async def living_tenants(house: House, *, now: datetime) -> type_due:
    """Every tenant, each with its own time."""
    return await _living(house, now)


async def _living(house: House, now: datetime, *which: ColumnElement[bool]) -> type_due:
    return await each(house, select(tenants.c.tenant_id, there(now)).where(tenants.c.deleted_at.is_(None), *which))
