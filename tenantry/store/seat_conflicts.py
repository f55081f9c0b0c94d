"""Pools as `domain.seat_conflicts` sees them: what was bought, with the facts that a status follows from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.seat_conflicts import UNUSED, Conflict, Holder, Pool, Share, find_conflict
from tenantry.domain.subscriptions import Facts
from tenantry.store.tables import licenses, pins, seat_pools, service_cuts, subscriptions, users

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


async def load_idle(tx: AsyncConnection, sku_id: UUID, now: datetime, limit: int) -> tuple[tuple[Holder, ...], int]:
    """Those whose direct license of the pool nobody misses, in the order of `domain.seat_conflicts.propose`.

    Returns the first `limit` of them, and how many there are. Licenses from a group are changed there.
    """
    same = (licenses.c.tenant_id == users.c.tenant_id) & (licenses.c.user_id == users.c.id)
    pinned = select(pins.c.user_id).where(pins.c.sku_id == sku_id, pins.c.user_id == users.c.id).exists()
    unused = func.greatest(users.c.seen_at, licenses.c.assigned_at)
    idle = (
        select(users.c.id, licenses.c.assigned_at, users.c.blocked_at, users.c.seen_at)
        .add_columns(func.count().over().label("total"))
        .join(licenses, same)
        .where(licenses.c.sku_id == sku_id, func.cardinality(licenses.c.group_ids) == 0, ~pinned)
        .where(or_(users.c.blocked_at.is_not(None), unused <= now - UNUSED))
        .order_by(users.c.blocked_at.is_(None), func.coalesce(users.c.blocked_at, unused), users.c.id)
        .limit(limit)
    )
    rows = (await tx.execute(idle)).all()
    holders = tuple(Holder(row.id, row.assigned_at, row.blocked_at, row.seen_at) for row in rows)
    return holders, rows[0].total if rows else 0


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
