"""Tenants for whose subscriptions something fell due: asked across all of them, as the jobs role."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from tenantry.queries.house import House
from tenantry.store.falling_due import LOOKED_AT


@dataclass(frozen=True)
class DueTenant:
    """A tenant, what time it is there, and how many subscriptions fell due.

    plain: by the wall clock, and nothing else is due there, so that it may be done with others.
    """

    id: UUID
    now: datetime
    due: int
    plain: bool


_DUE = text("""
    WITH clocks AS (
        SELECT tenant_id, CAST(:now AS timestamptz) + make_interval(secs => coalesce(test_clock, 0)) AS at, test_clock
        FROM tenants WHERE deleted_at IS NULL
    ), due AS (
        SELECT tenant_id, count(*) AS due, true AS plain FROM subscriptions WHERE due_at <= :now GROUP BY tenant_id
        UNION ALL SELECT subscriptions.tenant_id, 1, false FROM subscriptions
            JOIN clocks ON clocks.tenant_id = subscriptions.tenant_id AND test_clock > 0 WHERE due_at <= at
        UNION ALL SELECT seat_pools.tenant_id, 0, false FROM seat_pools
            JOIN clocks ON clocks.tenant_id = seat_pools.tenant_id WHERE reduced > 0 AND reduced_at <= at - :looked_at
    )
    SELECT tenant_id, at, sum(due)::integer AS due, bool_and(plain) AND test_clock IS NULL AS plain
    FROM due JOIN clocks USING (tenant_id) GROUP BY tenant_id, at, test_clock ORDER BY tenant_id
""")


async def tenants_to_run(house: House, *, now: datetime) -> tuple[DueTenant, ...]:
    """The tenants for `commands.run_subscriptions`. now: of the wall clock."""
    facts: dict[str, datetime | timedelta] = {"now": now, "looked_at": LOOKED_AT}
    async with house.jobs.transaction() as tx:
        return tuple(DueTenant(*row) for row in await tx.execute(_DUE, facts))
