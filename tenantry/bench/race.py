"""`tenantry bench race`: many clients at once after the last seats of a product, one person at a time."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tenantry.bench import crowd
from tenantry.bench.report import Report, percentile, type_step
from tenantry.bench.scratch import Roles
from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Refused
from tenantry.store.database import Database, connect
from tenantry.store.tables import licenses, seat_pools, users
from tenantry.words.speech import N_

TAKEN = 1000  # seats that are assigned already when the race begins
RIVALS = 2  # people per seat
GOAL = 1.0
WISH = Wish(assign={crowd.SKU: frozenset()})


@dataclass
class Race:
    """How it went: answers by code ("won" for a seat), and the seconds each attempt took."""

    answers: Counter[str] = field(default_factory=Counter)
    attempts: list[float] = field(default_factory=list)
    seconds: float = 0.0


async def measure(roles: Roles, step: type_step, *, clients: int, seats: int, now: datetime) -> Report:
    """Races for the last `seats`, then counts what the pool, its rows and its counter say."""
    db = connect(roles.app, pool_size=clients)
    try:
        tenant = await crowd.found(roles, db, TAKEN + seats, now)
        crowd.fill(roles, tenant, TAKEN + max(RIVALS * seats, seats + clients), now, step)
        people = await _people(db, tenant)
        wishes = {"wish": WISH, "all_or_none": True, "now": now}
        await assign_licenses(db, tenant.viewer, selection=Selection(ids=tuple(people[:TAKEN])), **wishes)
        step(N_("%(clients)s clients, %(seats)s seats"), clients=clients, seats=seats)
        race = await _run(db, tenant, people[TAKEN:], clients, now)
        rows, counter = await _count(db, tenant)
        return _report(race, clients, seats, rows - TAKEN, counter - TAKEN)
    finally:
        await db.close()


async def _people(db: Database, tenant: crowd.Tenant) -> list[UUID]:
    async with db.transaction(tenant.id) as tx:
        return list((await tx.execute(select(users.c.id).order_by(users.c.id))).scalars())


async def _run(db: Database, tenant: crowd.Tenant, people: list[UUID], clients: int, now: datetime) -> Race:
    race, queue = Race(), iter(people)

    async def client() -> None:
        for user_id in queue:
            start = time.perf_counter()
            race.answers[await _attempt(db, tenant, user_id, now)] += 1
            race.attempts.append(time.perf_counter() - start)

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())
    race.seconds = time.perf_counter() - start
    return race


async def _attempt(db: Database, tenant: crowd.Tenant, user_id: UUID, now: datetime) -> str:
    wishes = {"selection": Selection(ids=(user_id,)), "wish": WISH, "all_or_none": True}
    try:
        await assign_licenses(db, tenant.viewer, **wishes, now=now)
    except Refused as refused:
        return refused.code
    return "won"


async def _count(db: Database, tenant: crowd.Tenant) -> tuple[int, int]:
    """License rows, and the pool's counter."""
    async with db.transaction(tenant.id) as tx:
        rows = (await tx.execute(select(func.count()).select_from(licenses))).scalar_one()
        return rows, (await tx.execute(select(seat_pools.c.consumed))).scalar_one()


def _report(race: Race, clients: int, seats: int, rows: int, counter: int) -> Report:
    won, refused = race.answers.pop("won", 0), race.answers.pop("assignment_refused", 0)
    figures = {
        "clients_count": clients,
        "seats_count": seats,
        "attempts_count": len(race.attempts),
        "won_count": won,
        "refused_count": refused,
        "otherwise_count": race.answers.total(),
        "over_count": max(0, rows - seats),
        "over_goal_count": 0,
        "rows_and_counter_differ_count": abs(rows - counter),
        "race_seconds": round(race.seconds, 3),
        "attempts_per_second": round(len(race.attempts) / race.seconds, 1),
        "attempt_p50_ms": round(percentile(race.attempts, 0.5) * 1000, 1),
        "attempt_p95_ms": round(percentile(race.attempts, 0.95) * 1000, 1),
    }
    exact = won == rows == counter == seats and not race.answers.total()
    return Report("race", figures, round(rows / seats, 3), GOAL, exact)
