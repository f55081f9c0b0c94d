"""Pools as `domain.seat_conflicts` sees them: what was bought, with the facts that a status follows from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, DateTime, Uuid, bindparam, delete, func, select, text, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.seat_conflicts import UNUSED, Conflict, Holder, Pool, Share, find_conflict
from tenantry.domain.subscriptions import Facts
from tenantry.store.tables import licenses, pins, seat_pools, service_cuts, subscriptions

FEW = 5000  # licenses of a pool that are all looked at for those that nobody misses; of a larger one
LOOKED_AT = 2000  # people are: those blocked first, those away longest, and those never seen, so many each
_FACTS = [subscriptions.c[name] for name in Facts.__dataclass_fields__]


async def load_pools(tx: AsyncConnection, skus: Iterable[UUID] | None) -> Mapping[UUID, Pool]:
    """The pools of `skus` (None: every pool of the tenant). Two statements, however many there are."""
    wanted = None if skus is None else list(skus)

    def among(column: ColumnElement[UUID]) -> ColumnElement[bool]:
        return true() if wanted is None else column == func.any(wanted)

    bought = select(subscriptions.c.id, subscriptions.c.sku_id, subscriptions.c.seats, *_FACTS)
    shares: dict[UUID, list[Share]] = defaultdict(list)
    for id, sku_id, seats, *facts in await tx.execute(
        bought.where(among(subscriptions.c.sku_id)).order_by(subscriptions.c.id)
    ):
        shares[sku_id].append(Share(id, Facts(*facts), seats))
    c = seat_pools.c
    pools = select(c.sku_id, c.consumed, c.reduced, c.reduced_at).where(among(c.sku_id)).order_by(c.sku_id)
    return {row.sku_id: Pool(shares[row.sku_id], *row[1:]) for row in await tx.execute(pools)}


async def find_conflicts(tx: AsyncConnection, skus: Iterable[UUID] | None, now: datetime) -> Mapping[UUID, Conflict]:
    """The pools of `skus` (None: of all) that are short at `now`. Two statements."""
    pools = await load_pools(tx, skus)
    found = ((sku_id, find_conflict(pool, now)) for sku_id, pool in pools.items())
    return {sku_id: conflict for sku_id, conflict in found if conflict is not None}


@dataclass(frozen=True)
class IdleLicenses:
    """The first licenses that nobody misses. found: how many there are; more: of very many holders not all were looked
    at, and there may be others.
    """

    first: tuple[Holder, ...]
    found: int
    more: bool


# Of few, all who hold it are looked at. Of many, people by the indexes that have them in order, and each is looked up:
# the offset keeps the planner from reading all that hold the product instead.
_IDLE = text("""
    WITH looked AS MATERIALIZED (
        SELECT user_id AS id FROM licenses WHERE sku_id = :sku_id AND NOT :many
        UNION (SELECT id FROM users WHERE :many AND blocked_at IS NOT NULL AND deleted_at IS NULL
            ORDER BY blocked_at, id LIMIT :looked_at)
        UNION (SELECT id FROM users WHERE :many AND seen_at IS NULL AND deleted_at IS NULL
            ORDER BY seen_at, id LIMIT :looked_at)
        UNION (SELECT id FROM users WHERE :many AND seen_at <= :unseen AND deleted_at IS NULL
            ORDER BY seen_at, id LIMIT :looked_at)
    ), idle AS (
        SELECT users.id, held.assigned_at, blocked_at, seen_at, count(*) OVER () AS total
        FROM looked
        JOIN LATERAL (SELECT * FROM users WHERE users.id = looked.id OFFSET 0) users ON true
        JOIN LATERAL (SELECT * FROM licenses WHERE sku_id = :sku_id AND user_id = looked.id OFFSET 0) held ON true
        WHERE cardinality(group_ids) = 0 AND (blocked_at IS NOT NULL OR greatest(seen_at, assigned_at) <= :unseen)
            AND NOT EXISTS (SELECT FROM pins WHERE pins.sku_id = :sku_id AND pins.user_id = looked.id)
        ORDER BY blocked_at IS NULL, coalesce(blocked_at, greatest(seen_at, assigned_at)), users.id LIMIT :most
    )
    SELECT idle.*, looked FROM (SELECT count(*) AS looked FROM looked) counted LEFT JOIN idle ON true
""").bindparams(
    bindparam("sku_id", type_=Uuid),
    bindparam("many", type_=Boolean),
    bindparam("unseen", type_=DateTime(timezone=True)),
)


async def load_idle(tx: AsyncConnection, sku_id: UUID, consumed: int, now: datetime, limit: int) -> IdleLicenses:
    """Direct licenses of the pool that nobody misses, the first `limit` as `domain.seat_conflicts.propose` has them.

    consumed: of the pool. Of one with more than `FEW` licenses only so many people are looked at as `LOOKED_AT` says.
    Licenses from a group are changed there. One statement.
    """
    many = consumed > FEW
    facts = {"sku_id": sku_id, "many": many, "unseen": now - UNUSED, "looked_at": LOOKED_AT, "most": limit}
    rows = (await tx.execute(_IDLE, facts)).all()
    holders = tuple(Holder(row.id, row.assigned_at, row.blocked_at, row.seen_at) for row in rows if row.id)
    return IdleLicenses(holders, rows[0].total or 0, many and rows[0].looked >= LOOKED_AT)


async def count_unlike(tx: AsyncConnection, sku_id: UUID) -> tuple[Mapping[UUID, int], int]:
    """App -> for how many it is switched off; and how many licenses come from a group. One statement."""
    inherited = (func.cardinality(licenses.c.group_ids) > 0).label("inherited")
    unlike = text("(disabled_plans <> '{}' OR group_ids <> '{}')")  # word for word as its index has it
    kinds = select(licenses.c.disabled_plans, inherited, func.count().label("people"))
    rows = (
        await tx.execute(
            kinds.where(licenses.c.sku_id == sku_id, unlike).group_by(licenses.c.disabled_plans, inherited)
        )
    ).all()
    off: dict[UUID, int] = defaultdict(int)
    for row in rows:
        for app in set(row.disabled_plans or ()):
            off[app] += row.people
    return off, sum(row.people for row in rows if row.inherited)


async def marks_of(
    tx: AsyncConnection, sku_id: UUID, user_ids: Iterable[UUID]
) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Who of `user_ids` has no service of the product because seats are missing, and who is pinned."""
    ids = list(user_ids)
    found = []
    for table in (service_cuts, pins):
        marked = select(table.c.user_id).where(table.c.sku_id == sku_id, table.c.user_id == func.any(ids))
        found.append(frozenset((await tx.execute(marked)).scalars()))
    cut, pinned = found
    return cut, pinned


async def cut_off(tx: AsyncConnection, user_id: UUID) -> frozenset[UUID]:
    """The products of which a person holds a license without service."""
    mine = select(service_cuts.c.sku_id).where(service_cuts.c.user_id == user_id)
    return frozenset((await tx.execute(mine)).scalars())


async def set_pins(tx: AsyncConnection, sku_id: UUID, user_ids: Iterable[UUID], *, pinned: bool) -> int:
    """Pins licenses of the product that these people hold, or lets them go. Returns how many it changed."""
    ids = list(user_ids)
    if not pinned:
        let_go = delete(pins).where(pins.c.sku_id == sku_id, pins.c.user_id == func.any(ids))
        return (await tx.execute(let_go)).rowcount
    held = select(licenses.c.tenant_id, licenses.c.sku_id, licenses.c.user_id)
    theirs = held.where(licenses.c.sku_id == sku_id, licenses.c.user_id == func.any(ids))
    new = upsert(pins).from_select(["tenant_id", "sku_id", "user_id"], theirs).on_conflict_do_nothing()
    return (await tx.execute(new.execution_options(preserve_rowcount=True))).rowcount
