"""Tenants for whose subscriptions something fell due: asked across all of them, as the jobs role."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from tenantry.queries.house import House
from tenantry.store.falling_due import LOOKED_AT


@dataclass(frozen=True)
class DueTenant:
    """A tenant, and what time it is there: a sandbox may be ahead of the wall clock."""

    id: UUID
    now: datetime


_DUE = text("""
    WITH clocks AS (
        SELECT tenant_id, CAST(:now AS timestamptz) + make_interval(secs => coalesce(test_clock, 0)) AS at, test_clock
        FROM tenants WHERE deleted_at IS NULL
    ), due AS (
        SELECT DISTINCT tenant_id FROM subscriptions WHERE due_at <= :now
        UNION SELECT subscriptions.tenant_id FROM subscriptions
            JOIN clocks ON clocks.tenant_id = subscriptions.tenant_id AND test_clock > 0 WHERE due_at <= at
        UNION SELECT seat_pools.tenant_id FROM seat_pools
            JOIN clocks ON clocks.tenant_id = seat_pools.tenant_id WHERE reduced > 0 AND reduced_at <= at - :looked_at
    )
    SELECT tenant_id, at FROM due JOIN clocks USING (tenant_id) ORDER BY tenant_id
""")


async def tenants_to_run(house: House, *, now: datetime) -> tuple[DueTenant, ...]:
    """The tenants for `commands.run_subscriptions`. now: of the wall clock."""
    facts: dict[str, datetime | timedelta] = {"now": now, "looked_at": LOOKED_AT}
    async with house.jobs.transaction() as tx:
        return tuple(DueTenant(row.tenant_id, row.at) for row in await tx.execute(_DUE, facts))
