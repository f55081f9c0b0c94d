"""Proofs that the database holds what the code promises. Counted over all tenants, as the jobs role."""

from datetime import datetime

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.subscriptions import Status
from tenantry.store.database import connect
from tenantry.store.migrate import current
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import GLOBAL, SWEPT, letters, metadata, outbox, seat_pools, subscriptions

# Reads past the row policies: a superuser, one with BYPASSRLS, and whoever is or may act as the tables' owner.
_ROLE = text("""
    SELECT current_user AS name, rolsuper OR rolbypassrls OR coalesce(
        (SELECT pg_has_role(relowner, 'member') FROM pg_class WHERE oid = to_regclass('users')), false) AS unsafe
    FROM pg_roles WHERE rolname = current_user
""")
_SWEEPS = text("""
    SELECT bool_and(EXISTS (
        SELECT FROM pg_policies WHERE tablename = name AND policyname = 'sweep' AND current_user = ANY (roles)
    )) FROM unnest(CAST(:names AS text[])) AS name
""")
_FENCES = text("""
    SELECT name FROM unnest(CAST(:names AS text[])) AS name LEFT JOIN pg_class ON oid = to_regclass(name)
    WHERE relforcerowsecurity IS NOT TRUE OR relrowsecurity IS NOT TRUE
        OR NOT EXISTS (SELECT FROM pg_policies WHERE tablename = name AND policyname = 'tenant')
    ORDER BY name
""")
_COUNTERS = text("""
    SELECT count(*) FROM seat_pools LEFT JOIN (
        SELECT tenant_id, sku_id, count(*) AS rows FROM licenses GROUP BY tenant_id, sku_id
    ) AS held USING (tenant_id, sku_id) WHERE consumed <> coalesce(rows, 0)
""")
_ORPHANS = text("""
    SELECT count(*) FROM licenses
    LEFT JOIN users ON users.tenant_id = licenses.tenant_id AND users.id = licenses.user_id
    LEFT JOIN seat_pools ON seat_pools.tenant_id = licenses.tenant_id AND seat_pools.sku_id = licenses.sku_id
    WHERE users.id IS NULL OR seat_pools.sku_id IS NULL
""")
_PRESENT = text("""
    SELECT count(*) FROM meetings WHERE present <> (
        SELECT count(*) FROM meeting_people AS one
        WHERE one.tenant_id = meetings.tenant_id AND one.meeting_id = meetings.id AND state = 'in')
""")
_TOKENS = text("""
    SELECT count(*) FROM (SELECT tenant_id, id, unnest(words) AS token FROM users) AS said
    FULL JOIN search_tokens ON said.tenant_id = search_tokens.tenant_id
        AND said.id = search_tokens.user_id AND said.token = search_tokens.token
    WHERE said.id IS NULL OR search_tokens.user_id IS NULL
""")


async def role_of(tx: AsyncConnection) -> tuple[str, bool]:
    """(who we are to the database, whether that one could read past the row policies)."""
    row = (await tx.execute(_ROLE)).one()
    return str(row.name), bool(row.unsafe)


async def schema_at(owner_url: str) -> str:
    """The revision of the schema, as its owner sees it; empty before the first."""
    db = connect(owner_url, pool_size=1)
    try:
        async with db.transaction() as tx:
            return await tx.run_sync(current)
    finally:
        await db.close()


async def sees_all(tx: AsyncConnection) -> bool:
    """Whether this role sees every tenant's rows, without which nothing can be proved."""
    return bool((await tx.execute(_SWEEPS, {"names": list(SWEPT)})).scalar_one())


async def server_version(tx: AsyncConnection) -> str:
    """Like "18.1"."""
    return str((await tx.execute(text("SHOW server_version"))).scalar_one()).split()[0]


async def server_clock(tx: AsyncConnection) -> datetime:
    """The moment, as the database's machine has it."""
    moment: datetime = (await tx.execute(select(func.clock_timestamp()))).scalar_one()
    return moment


async def unfenced_tables(tx: AsyncConnection) -> list[str]:
    """Tables of tenants whose row policy is missing or not forced."""
    names = [table.name for table in metadata.sorted_tables if table.name not in GLOBAL]
    return list((await tx.execute(_FENCES, {"names": names})).scalars())


async def wrong_counters(tx: AsyncConnection) -> int:
    """Seat pools whose counter is not the number of their licenses."""
    return await _count(tx, _COUNTERS)


async def orphaned_licenses(tx: AsyncConnection) -> int:
    """Licenses whose user or pool is gone: their keys are declared, not enforced."""
    return await _count(tx, _ORPHANS)


async def wrong_meetings(tx: AsyncConnection) -> int:
    """Meetings whose counter is not the number of those who are in."""
    return await _count(tx, _PRESENT)


async def wrong_tokens(tx: AsyncConnection) -> int:
    """Search words that a user has and the index lacks, or the other way round."""
    return await _count(tx, _TOKENS)


async def waiting_letters(tx: AsyncConnection) -> int:
    """Letters that are neither sent nor given up."""
    waiting = select(func.count()).where(letters.c.sent_at.is_(None), letters.c.failed_at.is_(None))
    return int((await tx.execute(waiting)).scalar_one())


async def waiting_events(tx: AsyncConnection) -> tuple[int, int]:
    """Events that are neither sent nor given up, and those that were given up."""
    unsent = select(
        func.count().filter(outbox.c.given_up_at.is_(None)), func.count().filter(outbox.c.given_up_at.is_not(None))
    ).where(outbox.c.sent_at.is_(None))
    waiting, given_up = (await tx.execute(unsent)).one()
    return waiting, given_up


async def _count(tx: AsyncConnection, counted: TextClause) -> int:
    return int((await tx.execute(counted)).scalar_one())


async def seat_conflicts(tx: AsyncConnection, now: datetime) -> int:
    """How many pools owe more seats than are enabled at `now`."""
    enabled = func.coalesce(
        func.sum(subscriptions.c.seats).filter(STATUS.in_([Status.ACTIVE.value, Status.TRIAL.value])), 0
    )
    same = (subscriptions.c.tenant_id == seat_pools.c.tenant_id) & (subscriptions.c.sku_id == seat_pools.c.sku_id)
    owed = (
        select(seat_pools.c.tenant_id, seat_pools.c.sku_id)
        .outerjoin(subscriptions, same)
        .group_by(seat_pools.c.tenant_id, seat_pools.c.sku_id, seat_pools.c.consumed)
        .having(seat_pools.c.consumed > enabled)
    )
    counted = select(func.count()).select_from(owed.subquery())
    return int((await tx.execute(counted, {"now": now})).scalar_one())
