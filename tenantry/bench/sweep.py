"""`tenantry bench sweep`: all subscriptions fall due at once and are renewed, while somebody looks at pages."""

import asyncio
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from tenantry.bench import crowd
from tenantry.bench.report import Report, percentile, type_step
from tenantry.bench.scratch import Roles
from tenantry.bench.visitor import Visitor, sign_in
from tenantry.jobs.due_subscriptions import Swept, run_due_subscriptions
from tenantry.jobs.worker import settle
from tenantry.kit.ids import new_id
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.store.database import connect
from tenantry.words.speech import N_

GOAL = 10.0  # seconds
PAGES = ("/users/active", "/licenses", "/products")
IDLE_LOOKS = 60
PEOPLE = 1000

# Each with a monthly price, spread over the products of the sample; all end their year at the same moment.
_TENANT = """
WITH mine AS (
    INSERT INTO tenants (tenant_id, slug, name, country, currency, created_at)
    VALUES (%(tenant_id)s, %(slug)s, %(slug)s, 'DK', 'DKK', %(begun)s)
), listed AS (
    SELECT sku_id, minor, row_number() OVER (ORDER BY sku_id) - 1 AS place, count(*) OVER () AS all_of
    FROM prices WHERE currency = 'DKK' AND term_months = 12 AND frequency = 'monthly'
), pools AS (
    INSERT INTO seat_pools (tenant_id, sku_id) SELECT %(tenant_id)s, sku_id FROM listed
), made AS (
    INSERT INTO subscriptions (tenant_id, id, sku_id, seats, term_months, frequency, currency, unit_price, starts_at,
        ends_at, created_at, anchor_at, term_at, billed_until, due_at)
    SELECT %(tenant_id)s, uuidv7(), sku_id, 1 + n %% 50, 12, 'monthly', 'DKK', minor, %(begun)s, %(now)s, %(begun)s,
        %(begun)s, %(begun)s, %(now)s, %(now)s
    FROM generate_series(1, %(count)s) AS n JOIN listed ON place = n %% all_of
    RETURNING id, seats
)
INSERT INTO seat_batches (tenant_id, subscription_id, seats, bought_at)
SELECT %(tenant_id)s, id, seats, %(begun)s FROM made
"""


async def measure(roles: Roles, step: type_step, *, subscriptions: int, tenants: int, now: datetime) -> Report:
    """Seconds of the sweep, and milliseconds of pages before it and while it ran."""
    db = connect(roles.app, pool_size=4)
    try:
        tenant = await crowd.found(roles, db, 10, now)
        crowd.fill(roles, tenant, PEOPLE, now, step)
        _sell(roles, subscriptions, tenants, now)
        step(N_("%(count)s subscriptions fall due"), count=subscriptions)
        visitor = await sign_in(db, tenant, now)
        idle = [await _look(visitor, number) for number in range(IDLE_LOOKS)]
        seconds, swept, busy = await _sweep(roles, visitor, now)
        return _report(subscriptions, tenants, seconds, swept, idle, busy)
    finally:
        await db.close()


def _sell(roles: Roles, subscriptions: int, tenants: int, now: datetime) -> None:
    """Tenants with their subscriptions, a year ago."""
    begun = now - timedelta(days=365)
    with psycopg.connect(roles.owner) as connection:
        for number in range(tenants):
            count = subscriptions // tenants + (number < subscriptions % tenants)
            facts: dict[str, UUID | str | datetime | int] = {"tenant_id": new_id(), "slug": f"sweep-{number}"}
            connection.execute("SELECT set_config('app.tenant', %s, true)", [str(facts["tenant_id"])])
            connection.execute(_TENANT, facts | {"count": count, "begun": begun, "now": now})
    crowd.tidy(roles)


async def _sweep(roles: Roles, visitor: Visitor, now: datetime) -> tuple[float, Swept, list[float]]:
    """The sweep in a process of its own, as a worker is, and the pages that were looked at meanwhile."""
    looks: list[float] = []
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as worker:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(worker, time.perf_counter)  # the process has started, and knows its modules
        running = loop.run_in_executor(worker, _work, roles, now)
        while not running.done() or not looks:
            looks.append(await _look(visitor, len(looks)))
        seconds, swept = await running
    return seconds, swept, looks


def _work(roles: Roles, now: datetime) -> tuple[float, Swept]:
    """In the worker's process: one sweep, timed."""
    settle()
    house = House(Settings(), connect(roles.app), connect(roles.jobs, pool_size=2), roles.owner)

    async def work() -> tuple[float, Swept]:
        start = time.perf_counter()
        swept = await run_due_subscriptions(house, now=now)
        seconds = time.perf_counter() - start
        await house.db.close()
        await house.jobs.close()
        return seconds, swept

    return asyncio.run(work())


async def _look(visitor: Visitor, number: int) -> float:
    start = time.perf_counter()
    await visitor.get(PAGES[number % len(PAGES)])
    return (time.perf_counter() - start) * 1000


def _report(
    subscriptions: int, tenants: int, seconds: float, swept: Swept, idle: list[float], busy: list[float]
) -> Report:
    figures = {
        "subscriptions_count": subscriptions,
        "tenants_count": tenants,
        "charged_count": swept.charged,
        "failed_count": swept.failed,
        "sweep_seconds": round(seconds, 2),
        "subscriptions_per_second": round(subscriptions / seconds),
        "looks_count": len(busy),
        "page_before_p50_ms": round(percentile(idle, 0.5), 1),
        "page_before_p95_ms": round(percentile(idle, 0.95), 1),
        "page_during_p50_ms": round(percentile(busy, 0.5), 1),
        "page_during_p95_ms": round(percentile(busy, 0.95), 1),
    }
    exact = swept.charged == subscriptions and not swept.failed
    return Report("sweep", figures, round(seconds, 2), GOAL, seconds < GOAL and exact)
