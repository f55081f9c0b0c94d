"""What a change of seats or licenses does to pools: conflicts begin and end, service is cut and comes back.

Call `after_change` in the transaction of everything that changes what is paid or who holds it, and when time does. It
asks for the present state and writes what follows from it, so to call it once too often does nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.seat_conflicts import Conflict
from tenantry.store.pool_news import Turn, tell_admins, tell_people
from tenantry.store.seat_conflicts import find_conflicts

_UUIDS: ARRAY[UUID] = ARRAY(Uuid)


@dataclass(frozen=True)
class Effect:
    """What came of it: the licenses whose service went or came back, and the products whose conflict began or ended."""

    turns: tuple[Turn, ...] = ()
    began: frozenset[UUID] = frozenset()
    ended: frozenset[UUID] = frozenset()


async def after_change(tx: AsyncConnection, skus: Iterable[UUID] | None, now: datetime) -> Effect:
    """Brings the pools of `skus` (None: every pool of the tenant) in line with their seats at `now`.

    Locks the pools in key order, as `store.subscriptions.lock_pools` does. A few statements for any number of them.
    """
    wanted = None if skus is None else sorted(skus)
    was = {row.sku_id: row.conflict_at for row in await tx.execute(_LOCK, {"skus": wanted})}
    conflicts = await find_conflicts(tx, was, now)
    began = frozenset(sku_id for sku_id in conflicts if was[sku_id] is None)
    ended = frozenset(sku_id for sku_id, at in was.items() if at is not None and sku_id not in conflicts)
    await _note(tx, was, conflicts)
    turns = await _cut_and_heal(tx, {sku_id: conflict.cut for sku_id, conflict in conflicts.items()}, was, now)
    await tell_admins(tx, conflicts, ended, now)
    await tell_people(tx, turns, now)
    return Effect(turns, began, ended)


async def reduce_pools(tx: AsyncConnection, skus: Iterable[UUID], now: datetime) -> None:
    """Tells that a renewal or a partner took seats of `skus` at `now`: licenses beyond them keep service for a while.

    Called after the seats are written and before `after_change`.
    """
    missing = {sku_id: found.short for sku_id, found in (await find_conflicts(tx, skus, now)).items()}
    await tx.execute(_REDUCE, {"skus": list(missing), "short": list(missing.values()), "now": now})


_LOCK = text("""
    SELECT sku_id, conflict_at FROM seat_pools WHERE CAST(:skus AS uuid[]) IS NULL OR sku_id = ANY (:skus)
    ORDER BY sku_id FOR NO KEY UPDATE
""").bindparams(bindparam("skus", type_=_UUIDS))

_REDUCE = text("""
    UPDATE seat_pools SET reduced = short, reduced_at = :now
    FROM unnest(:skus, :short) AS told (sku_id, short) WHERE seat_pools.sku_id = told.sku_id AND short > reduced
""").bindparams(
    bindparam("skus", type_=_UUIDS), bindparam("short", type_=ARRAY(Integer)), bindparam("now", type_=DateTime(True))
)

# Of seats that were taken, those count that are still missing.
_NOTE = text("""
    UPDATE seat_pools SET conflict_at = told.since, reduced = least(reduced, coalesce(short, 0)),
        reduced_at = CASE WHEN least(reduced, coalesce(short, 0)) > 0 THEN reduced_at END
    FROM unnest(:skus, :since, :short) AS told (sku_id, since, short)
    WHERE seat_pools.sku_id = told.sku_id
        AND (conflict_at IS DISTINCT FROM told.since OR reduced > coalesce(short, 0))
""").bindparams(
    bindparam("skus", type_=_UUIDS),
    bindparam("since", type_=ARRAY(DateTime(True))),
    bindparam("short", type_=ARRAY(Integer)),
)


async def _note(tx: AsyncConnection, was: Mapping[UUID, datetime | None], conflicts: Mapping[UUID, Conflict]) -> None:
    """Keeps since when a pool is short; nothing is written for pools that stay as they are."""
    told = [(sku_id, conflicts.get(sku_id)) for sku_id in was]
    facts = [(sku_id, found.since if found else None, found.short if found else None) for sku_id, found in told]
    if facts:
        skus, since, short = map(list, zip(*facts, strict=True))
        await tx.execute(_NOTE, {"skus": skus, "since": since, "short": short})


# The newest licenses lose service first, never a pinned one while others are left: `domain.seat_conflicts.victims`.
_CUT_AND_HEAL = text("""
    WITH victims AS (
        SELECT told.sku_id, victims.user_id FROM unnest(:skus, :cut) AS told (sku_id, cut)
        CROSS JOIN LATERAL (
            SELECT user_id FROM licenses LEFT JOIN pins USING (tenant_id, sku_id, user_id)
            WHERE licenses.sku_id = told.sku_id AND told.cut > 0
            ORDER BY pins.user_id IS NULL DESC, assigned_at DESC, user_id DESC LIMIT told.cut
        ) AS victims
    ), healed AS (
        DELETE FROM service_cuts WHERE sku_id = ANY (:skus) AND (sku_id, user_id) NOT IN (TABLE victims)
        RETURNING sku_id, user_id
    ), cut AS (
        INSERT INTO service_cuts (tenant_id, sku_id, user_id, since)
        SELECT current_setting('app.tenant')::uuid, sku_id, user_id, :now FROM victims
        ON CONFLICT DO NOTHING RETURNING sku_id, user_id
    )
    SELECT *, true AS lost FROM cut UNION ALL SELECT *, false FROM healed
""").bindparams(
    bindparam("skus", type_=_UUIDS), bindparam("cut", type_=ARRAY(Integer)), bindparam("now", type_=DateTime(True))
)


async def _cut_and_heal(
    tx: AsyncConnection, shortfall: Mapping[UUID, int], skus: Iterable[UUID], now: datetime
) -> tuple[Turn, ...]:
    """Takes service from as many licenses of each pool as `shortfall` says, and gives it to all others of `skus`."""
    pools = {sku_id: shortfall.get(sku_id, 0) for sku_id in skus}
    facts = {"skus": list(pools), "cut": list(pools.values()), "now": now}
    return tuple(Turn(*row) for row in await tx.execute(_CUT_AND_HEAL, facts))
