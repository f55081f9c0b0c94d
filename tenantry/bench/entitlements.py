"""`tenantry bench entitlements`: a vendor's app asks over HTTP what somebody may use, of very many people."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from uuid import UUID

from sqlalchemy import func, select

from tenantry.bench import crowd
from tenantry.bench.report import Report, percentile, type_step
from tenantry.bench.scratch import Roles
from tenantry.bench.served import Line, served
from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.manage_app_keys import create_app_key
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.store.database import Database, connect
from tenantry.store.tables import users
from tenantry.words.speech import N_

GOAL_MS = 20.0
SOME = 50_000  # people who are asked about, chosen by chance
WARM_UP = 1.0  # seconds that do not count


@dataclass
class Asked:
    """What one after another was answered. ends: seconds of the clock; spent: milliseconds; wrong: other answers."""

    ends: list[float] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    wrong: int = 0
    size: int = 0


async def measure(roles: Roles, step: type_step, *, people: int, clients: int, seconds: float, now: datetime) -> Report:
    """Answers a second and milliseconds of each, `clients` at once, all of a product that `people` hold."""
    db = connect(roles.app, pool_size=2)
    try:
        tenant = await crowd.found(roles, db, people, now)
        crowd.fill(roles, tenant, people, now, step)
        everybody = Selection(filter=UserFilter())
        wish = Wish(assign={crowd.SKU: frozenset()})
        await assign_licenses(db, tenant.viewer, selection=everybody, wish=wish, all_or_none=False, now=now)
        crowd.tidy(roles)
        key = await create_app_key(db, crowd.BY, name="bench", now=now)
        some = await _some(db, tenant.id)
    finally:
        await db.close()
    step(N_("%(count)s people hold a license"), count=people)
    with served(roles) as port:
        asked = await _ask(port, key, some, clients, seconds)
    return _report(asked, people, clients, seconds)


async def _some(db: Database, tenant_id: UUID) -> Sequence[UUID]:
    async with db.transaction(tenant_id) as tx:
        return (await tx.execute(select(users.c.id).order_by(func.random()).limit(SOME))).scalars().all()


async def _ask(port: int, key: str, some: Sequence[UUID], clients: int, seconds: float) -> Asked:
    """Everybody asks one after another, somebody else each time, until the time is over."""
    asked, turn, begun = Asked(), count(), time.perf_counter()

    async def client() -> None:
        async with Line(port) as line:
            while time.perf_counter() < begun + WARM_UP + seconds:
                who = some[next(turn) % len(some)]
                start = time.perf_counter()
                said = await line.ask("GET", f"/entitlements/v1/users/{who}", authorization=f"Bearer {key}")
                end = time.perf_counter()
                if end > begun + WARM_UP:
                    asked.ends.append(end)
                    asked.spent.append((end - start) * 1000)
                    asked.size = len(said.body)
                    asked.wrong += said.status != 200 or b'"services":[{' not in said.body

    await asyncio.gather(*(client() for _ in range(clients)))
    return asked


def _report(asked: Asked, people: int, clients: int, seconds: float) -> Report:
    p95 = percentile(asked.spent, 0.95)
    lasted = max(asked.ends) - min(asked.ends) if len(asked.ends) > 1 else seconds
    figures = {
        "users_count": people,
        "clients_count": clients,
        "requests_count": len(asked.spent),
        "wrong_count": asked.wrong,
        "bytes_count": asked.size,
        "requests_per_second": round(len(asked.spent) / max(lasted, 0.001), 1),
        "request_p50_ms": round(percentile(asked.spent, 0.5), 2),
        "request_p95_ms": round(p95, 2),
        "request_p99_ms": round(percentile(asked.spent, 0.99), 2),
    }
    return Report("entitlements", figures, round(p95, 2), GOAL_MS, p95 < GOAL_MS and not asked.wrong)
