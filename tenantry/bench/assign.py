"""`tenantry bench assign`: everybody gets a product through the engine, against the bare statement and the floor."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from statistics import median
from uuid import UUID

import psycopg

from tenantry.bench import crowd
from tenantry.bench.report import Report, type_step
from tenantry.bench.scratch import Roles, execute
from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.kit.ids import new_id
from tenantry.store.database import Database, connect
from tenantry.words.speech import N_

GOAL, FLOOR_GOAL = 1.3, 2.5
WISH = Wish(assign={crowd.SKU: frozenset()})

_MEMBERS = "FROM users WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND kind = 'member' ORDER BY id"
_FLOOR_TABLE = (
    "CREATE TABLE bench_floor (tenant_id uuid, user_id uuid, sku_id uuid, PRIMARY KEY (tenant_id, user_id, sku_id))"
)
_FLOOR = f"INSERT INTO bench_floor SELECT tenant_id, id, %(sku_id)s {_MEMBERS}"
_BARE = f"""
INSERT INTO licenses (tenant_id, sku_id, user_id, disabled_plans, group_ids, operation_id, assigned_at)
SELECT tenant_id, %(sku_id)s, id, '{{}}'::uuid[], '{{}}'::uuid[], %(operation_id)s, %(now)s {_MEMBERS}
"""

type_way = Callable[[], Awaitable[int]]


async def measure(roles: Roles, step: type_step, *, people: int, rounds: int, now: datetime) -> Report:
    """Seconds of each way, the median of `rounds`; each time from no licenses at all, in turned order."""
    db = connect(roles.app, pool_size=2)
    try:
        tenant = await crowd.found(roles, db, people, now)
        crowd.fill(roles, tenant, people, now, step)
        execute(roles.owner, _FLOOR_TABLE)
        await _engine(db, tenant, Selection(ids=(tenant.admin_id,)), now)  # reads the catalog, which is then kept
        ways = _ways(roles, db, tenant, now)
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds):
            await _round(roles, ways, number, people, times)
            shown = ", ".join(f"{name} {spent[-1]:.3f} s" for name, spent in times.items())
            step(N_("Round %(number)s of %(rounds)s: %(shown)s"), number=number + 1, rounds=rounds, shown=shown)
        return _report(people, times)
    finally:
        await db.close()


async def _round(
    roles: Roles, ways: dict[str, type_way], number: int, people: int, times: dict[str, list[float]]
) -> None:
    turn = number % len(ways)
    for name in [*ways][turn:] + [*ways][:turn]:
        _clear(roles)
        start = time.perf_counter()
        written = await ways[name]()
        times[name].append(time.perf_counter() - start)
        if written != people:
            raise AssertionError(f"{name} wrote {written} rows for {people} people")


def _ways(roles: Roles, db: Database, tenant: crowd.Tenant, now: datetime) -> dict[str, type_way]:
    async def floor() -> int:
        return await _bare(roles.owner, _FLOOR, tenant.id, now)

    async def bare() -> int:
        return await _bare(roles.owner, _BARE, tenant.id, now)

    async def unfenced() -> int:
        return await _bare(roles.root, _BARE, tenant.id, now)

    async def engine() -> int:
        return await _engine(db, tenant, Selection(filter=UserFilter()), now)

    ways: dict[str, type_way] = {"floor": floor, "bare": bare, "engine": engine}
    return ways | {"bare_without_policies": unfenced} if roles.root else ways


async def _bare(url: str, statement: str, tenant_id: UUID, now: datetime) -> int:
    """The statement in a transaction of its own, fenced to the tenant like the engine's."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
        facts = {"tenant_id": tenant_id, "sku_id": crowd.SKU, "operation_id": new_id(), "now": now}
        return (await connection.execute(statement, facts)).rowcount


async def _engine(db: Database, tenant: crowd.Tenant, selection: Selection, now: datetime) -> int:
    wishes = {"selection": selection, "wish": WISH, "all_or_none": False}
    return (await assign_licenses(db, tenant.viewer, **wishes, now=now)).changed


def _clear(roles: Roles) -> None:
    """No licenses, no rubbish, and the disk at rest, as far as the role may see to that."""
    written = "licenses, bench_floor, operation_faults, operation_people, operations"
    execute(roles.owner, f"TRUNCATE {written}", "VACUUM licenses, bench_floor")
    with psycopg.connect(roles.owner) as connection:
        connection.execute("SELECT set_config('app.tenant', tenant_id::text, true) FROM domain_registry")
        connection.execute("UPDATE seat_pools SET consumed = 0")
    if roles.root:
        execute(roles.root, "CHECKPOINT")


def _report(people: int, times: dict[str, list[float]]) -> Report:
    seconds = {f"{name}_seconds": round(median(spent), 4) for name, spent in times.items()}
    rounds = {f"{name}_rounds_seconds": [round(one, 4) for one in spent] for name, spent in times.items()}
    engine, bare, floor = (median(times[name]) for name in ("engine", "bare", "floor"))
    floors = {"engine_to_floor_ratio": round(engine / floor, 3), "engine_to_floor_goal_ratio": FLOOR_GOAL}
    figures = {"users_count": people, **seconds, **floors, "engine_users_per_second": round(people / engine), **rounds}
    ratio = round(engine / bare, 3)
    return Report("assign", figures, ratio, GOAL, ratio <= GOAL)
