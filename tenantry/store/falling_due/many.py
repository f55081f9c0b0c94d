"""The sweep of many tenants in one transaction, as the jobs role: where it is simple, all of it is done together.

It is simple where nobody has to pay first, nothing is booked, no trial ends, and every pool concerned has a seat for
everybody, so that no license changes. All other tenants are left to a sweep of their own (`sweep.run_due`), and so are
those in which somebody is changing seats right now: nothing is waited for here that keeps other tenants waiting.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.subscriptions import Status
from tenantry.kit.ids import new_id
from tenantry.store.falling_due.load import AT_ONCE, One, load_due
from tenantry.store.falling_due.sweep import Ran, ran_of
from tenantry.store.falling_due.write import begin_terms, charge, move_on, warn
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import subscriptions

type_pool = tuple[UUID, UUID]  # tenant, product


@dataclass(frozen=True)
class Many:
    """What a sweep of many tenants did. ran: by tenant, each under an operation of its own.

    left: tenants for a sweep of their own; more: something due in the others is left for another transaction.
    """

    ran: Mapping[UUID, tuple[UUID, Ran]]
    left: frozenset[UUID]
    more: bool


async def run_many(tx: AsyncConnection, tenants: Collection[UUID], now: datetime) -> Many:
    """Does what fell due in `tenants` where that is simple, of at most `AT_ONCE` subscriptions."""
    calm, busy = await _lock(tx, tenants, now)
    found = await load_due(tx, [one for one in tenants if one not in busy], now)
    left = busy | {one.tenant_id for one in found if not _simple(one, calm)}
    swept = [one for one in found if one.tenant_id not in left]
    theirs: dict[UUID, list[One]] = defaultdict(list)
    for one in swept:
        theirs[one.tenant_id].append(one)
    operations = {tenant_id: new_id() for tenant_id in theirs}
    await _write(tx, swept, operations, now)
    ran = {tenant_id: (operations[tenant_id], ran_of(ones)) for tenant_id, ones in theirs.items()}
    return Many(ran, frozenset(left), len(found) == AT_ONCE)


def _simple(one: One, calm: Collection[type_pool]) -> bool:
    """Whether a subscription can be done without a look at anything else of its tenant."""
    alone = one.payer is None and not one.planned and not one.fate.before.facts.trial
    return alone and (one.tenant_id, one.fate.before.terms.sku_id) in calm


async def _write(tx: AsyncConnection, swept: Sequence[One], operations: Mapping[UUID, UUID], now: datetime) -> None:
    await begin_terms(tx, [one for one in swept if one.fate.begun])
    await move_on(tx, [one for one in swept if not one.fate.begun])
    await warn(tx, swept, now)
    await charge(tx, swept, operations, now)


# In the order in which everything locks pools. Who holds one keeps us from its tenant, not from the others.
_LOCK = text("""
    WITH due AS MATERIALIZED (
        SELECT DISTINCT tenant_id, sku_id FROM subscriptions WHERE tenant_id = ANY (:tenants) AND due_at <= :now
    ), locked AS MATERIALIZED (
        SELECT pool.tenant_id, pool.sku_id, consumed, conflict_at IS NULL AND reduced = 0 AS calm
        FROM seat_pools pool JOIN due ON due.tenant_id = pool.tenant_id AND due.sku_id = pool.sku_id
        ORDER BY pool.tenant_id, pool.sku_id FOR NO KEY UPDATE OF pool SKIP LOCKED
    )
    SELECT due.tenant_id, due.sku_id, consumed, calm FROM due LEFT JOIN locked USING (tenant_id, sku_id)
""").bindparams(bindparam("tenants", type_=ARRAY(Uuid)))


async def _lock(tx: AsyncConnection, tenants: Collection[UUID], now: datetime) -> tuple[set[type_pool], set[UUID]]:
    """Locks the pools with something due: those in which nobody lacks a seat, and the tenants that are busy."""
    pools = (await tx.execute(_LOCK, {"tenants": list(tenants), "now": now})).all()
    held = [pool for pool in pools if pool.calm and pool.consumed]
    paid = await _paid(tx, held, now) if held else {}
    calm = {
        (pool.tenant_id, pool.sku_id)
        for pool in pools
        if pool.calm and pool.consumed <= paid.get((pool.tenant_id, pool.sku_id), 0)
    }
    return calm, {pool.tenant_id for pool in pools if pool.calm is None}


_C = subscriptions.c
_ENABLED = func.sum(_C.seats).filter(STATUS.in_([Status.ACTIVE.value, Status.TRIAL.value]))


async def _paid(tx: AsyncConnection, pools: Sequence[Row[tuple[object, ...]]], now: datetime) -> dict[type_pool, int]:
    """The seats that are paid in these pools (and some others of their tenants) at `now`, once they are locked."""
    tenants, skus = ({getattr(pool, name) for pool in pools} for name in ("tenant_id", "sku_id"))
    among = _C.tenant_id == func.any(list(tenants)), _C.sku_id == func.any(list(skus))
    counted = (
        select(_C.tenant_id, _C.sku_id, func.coalesce(_ENABLED, 0)).where(*among).group_by(_C.tenant_id, _C.sku_id)
    )
    return {(tenant_id, sku_id): seats for tenant_id, sku_id, seats in await tx.execute(counted, {"now": now})}
