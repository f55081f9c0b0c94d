"""`tenantry bench conflicts`: Licenses with every pool in conflict, and the conflict of what everybody holds."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg

from tenantry.bench import crowd
from tenantry.bench.report import Report, percentile, type_step
from tenantry.bench.scratch import Roles
from tenantry.bench.visitor import Visitor, sign_in
from tenantry.domain.viewers import Viewer
from tenantry.kit.ids import new_id
from tenantry.queries.conflict import read_conflict
from tenantry.queries.seat_conflicts import list_licenses
from tenantry.store.database import Database, connect
from tenantry.words.speech import N_

GOAL_MS = 100.0
WARM_UP = 3  # rounds that do not count, as for `pages`

# Everybody has one product, and one in so many each of the others with a price; of every pool half of the seats
# expired ten days ago.
_CONFLICTS = """
WITH listed AS (
    SELECT sku_id, minor, row_number() OVER (ORDER BY sku_id) - 1 AS place, count(*) OVER () AS all_of
    FROM prices JOIN products USING (sku_id)
    WHERE currency = 'DKK' AND term_months = 12 AND frequency = 'monthly' AND applies_to = 'user'
), emptied AS (
    DELETE FROM seat_batches WHERE tenant_id = %(tenant_id)s
), ended AS (
    DELETE FROM subscriptions WHERE tenant_id = %(tenant_id)s
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM users WHERE tenant_id = %(tenant_id)s
), given AS (
    INSERT INTO licenses (tenant_id, sku_id, user_id, disabled_plans, operation_id, assigned_at)
    SELECT %(tenant_id)s, sku_id, id, '{}', %(operation_id)s, %(begun)s
    FROM numbered JOIN listed ON sku_id = %(whole)s OR place = n %% all_of
    RETURNING sku_id
), counted AS (
    SELECT sku_id, count(*)::integer AS consumed FROM given GROUP BY sku_id
), pools AS (
    INSERT INTO seat_pools (tenant_id, sku_id, consumed) SELECT %(tenant_id)s, sku_id, consumed FROM counted
    ON CONFLICT (tenant_id, sku_id) DO UPDATE SET consumed = excluded.consumed
), made AS (
    INSERT INTO subscriptions (tenant_id, id, sku_id, seats, term_months, frequency, currency, unit_price, starts_at,
        ends_at, created_at, anchor_at, term_at, billed_until, recurring)
    SELECT %(tenant_id)s, uuidv7(), sku_id, greatest(1, consumed / 2), 12, 'monthly', 'DKK', minor, %(begun)s, ends_at,
        %(begun)s, %(begun)s, %(begun)s, ends_at, false
    FROM counted JOIN listed USING (sku_id), unnest(%(ends)s::timestamptz[]) AS ends_at
    RETURNING id, seats
)
INSERT INTO seat_batches (tenant_id, subscription_id, seats, bought_at)
SELECT %(tenant_id)s, id, seats, %(begun)s FROM made
"""

type_look = Callable[[], Awaitable[Any]]


async def measure(roles: Roles, step: type_step, *, people: int, rounds: int, now: datetime) -> Report:
    """Milliseconds of both looks, by query and through HTTP, with `people` who hold a license."""
    db = connect(roles.app, pool_size=2)
    try:
        tenant = await crowd.found(roles, db, people, now)
        crowd.fill(roles, tenant, people, now, step)
        _fall_short(roles, tenant, now)
        pools = len((await list_licenses(db, tenant.viewer, now=now)).conflicts)
        step(N_("%(count)s products in conflict"), count=pools)
        looks = _looks(db, tenant.viewer, await sign_in(db, tenant, now), now)
        times: dict[str, list[float]] = {name: [] for name in looks}
        for number in range(rounds + WARM_UP):
            for name, look in looks.items():
                start = time.perf_counter()
                await look()
                if number >= WARM_UP:
                    times[name].append((time.perf_counter() - start) * 1000)
        return _report(times, people, pools, rounds)
    finally:
        await db.close()


def _fall_short(roles: Roles, tenant: crowd.Tenant, now: datetime) -> None:
    """Licenses for everybody, and half of the seats that they need."""
    facts: dict[str, Any] = {"tenant_id": tenant.id, "whole": crowd.SKU, "operation_id": new_id()}
    facts |= {"begun": now - timedelta(days=200), "ends": [now - timedelta(days=10), now + timedelta(days=165)]}
    with psycopg.connect(roles.owner) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant.id)])
        connection.execute(_CONFLICTS, facts)
    crowd.tidy(roles)


def _looks(db: Database, viewer: Viewer, visitor: Visitor, now: datetime) -> dict[str, type_look]:
    wishes: dict[str, Any] = {"sku_id": crowd.SKU, "release": None, "buy": None, "now": now}
    return {
        "licenses": lambda: list_licenses(db, viewer, now=now),
        "http_licenses": lambda: visitor.get("/licenses"),
        "conflict": lambda: read_conflict(db, viewer, **wishes),
        "http_conflict": lambda: visitor.get(f"/licenses/{crowd.SKU}/conflict"),
    }


def _report(times: dict[str, list[float]], people: int, pools: int, rounds: int) -> Report:
    figures: dict[str, float] = {"users_count": people, "pools_count": pools, "rounds_count": rounds}
    for name, spent in times.items():
        figures[f"{name}_p50_ms"] = round(percentile(spent, 0.5), 2)
        figures[f"{name}_p95_ms"] = round(percentile(spent, 0.95), 2)
    worst = max(figures["licenses_p95_ms"], figures["http_licenses_p95_ms"])
    return Report("conflicts", figures, worst, GOAL_MS, worst < GOAL_MS)
