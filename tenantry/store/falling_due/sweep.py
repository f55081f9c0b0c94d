"""One tenant's sweep, in a transaction that is fenced to it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.falling_due import Due
from tenantry.domain.seat_conflicts import REDUCED_GRACE
from tenantry.store.falling_due.load import AT_ONCE, One, load_due
from tenantry.store.falling_due.write import begin_terms, bring_parts, charge, move_on, warn
from tenantry.store.licenses.follow import follow
from tenantry.store.licenses.write import Stamp
from tenantry.store.pool_news import AHEAD
from tenantry.store.pools import after_change, reduce_pools
from tenantry.store.renewal_payments import Asked, Payer, ask_for_invoices, ask_for_terms

LOOKED_AT = REDUCED_GRACE - AHEAD  # after a reduction: from then on its pool nears the deadline


@dataclass(frozen=True)
class Ran:
    """What a sweep did. charged: stretches; renewed: terms begun; asked: terms that a payment was asked for.

    products: their names, of what was charged or asked; more: something due is left for another transaction.
    """

    seen: int = 0
    charged: int = 0
    renewed: int = 0
    asked: int = 0
    products: frozenset[str] = frozenset()
    more: bool = False


async def run_due(tx: AsyncConnection, tenant_id: UUID, stamp: Stamp) -> Ran:
    """Does everything of the tenant that fell due until the stamp's moment, of at most `AT_ONCE` subscriptions."""
    now = stamp.now
    skus = await _lock_due(tx, now)
    if not skus:
        return Ran()
    swept = await load_due(tx, [tenant_id], now)
    await begin_terms(tx, [one for one in swept if one.fate.begun])
    parts = [part for one in swept if (part := one.part)]
    await bring_parts(tx, parts, now)
    for old, new in sorted({one.fate.switched for one in swept if one.fate.switched}):
        await follow(tx, old, new, stamp)
    await move_on(tx, [one for one in swept if not one.fate.begun])
    await reduce_pools(tx, {one.fate.before.terms.sku_id for one in swept if one.fate.reduced}, now)
    every = [*swept, *parts]
    await warn(tx, every, now)
    await after_change(tx, skus, now)
    asked = await _ask(tx, tenant_id, every, stamp)
    await _charge(tx, tenant_id, every, stamp)
    return ran_of(every, asked)


def ran_of(swept: Sequence[One], asked: int = 0) -> Ran:
    """What was done to these subscriptions of one tenant."""
    steps = [step for one in swept for step in one.fate.after.steps]
    told = {
        one.fate.after.life.terms.product for one in swept if one.fate.after.steps or (asked and one.fate.after.asked)
    }
    return Ran(
        seen=len(swept),
        charged=len(steps),
        renewed=sum(step.due is not Due.PERIOD for step in steps),
        asked=asked,
        products=frozenset(told),
        more=len(swept) >= AT_ONCE,
    )


def told_of(products: Iterable[str]) -> str:
    """The products as the subject of an operation: the first by name, and that there are others."""
    names = sorted(products)
    return names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"


_LOCK = text("""
    SELECT sku_id FROM seat_pools WHERE sku_id IN (
        SELECT sku_id FROM subscriptions WHERE due_at <= :now
        UNION SELECT unnest(ARRAY[scheduled_changes.sku_id, part_sku_id]) FROM scheduled_changes
            JOIN subscriptions ON subscriptions.id = subscription_id WHERE due_at <= :now
    ) OR (reduced > 0 AND reduced_at <= :graced)
    ORDER BY sku_id FOR NO KEY UPDATE
""")
_POOLS = text("""
    INSERT INTO seat_pools (tenant_id, sku_id)
    SELECT DISTINCT subscriptions.tenant_id, new.sku_id FROM scheduled_changes
    JOIN subscriptions ON subscriptions.id = subscription_id
    CROSS JOIN unnest(ARRAY[scheduled_changes.sku_id, part_sku_id]) AS new (sku_id)
    WHERE due_at <= :now AND new.sku_id IS NOT NULL
    ON CONFLICT DO NOTHING
""")


async def _lock_due(tx: AsyncConnection, now: datetime) -> set[UUID]:
    """The products with something due, their pools locked; those that a renewal leads to among them."""
    await tx.execute(_POOLS, {"now": now})
    return set((await tx.execute(_LOCK, {"now": now, "graced": now - LOOKED_AT})).scalars())


async def _ask(tx: AsyncConnection, tenant_id: UUID, swept: Sequence[One], stamp: Stamp) -> int:
    """Has the terms paid that go on only then. Returns how many were not asked for before."""
    asked = [
        Asked(one.id, one.payer, one.po_number, one.fate.before.terms.seats, step)
        for one in swept
        if one.payer and (step := one.fate.after.asked)
    ]
    return await ask_for_terms(tx, tenant_id, asked, stamp.operation_id, stamp.now)


async def _charge(tx: AsyncConnection, tenant_id: UUID, swept: Sequence[One], stamp: Stamp) -> None:
    """Charges on invoices, one for each way to pay."""
    owing: dict[Payer | None, list[One]] = defaultdict(list)
    for one in swept:
        owing[one.payer].append(one)
    for payer, theirs in owing.items():
        issued = await charge(tx, theirs, {tenant_id: stamp.operation_id}, stamp.now)
        if payer is not None:
            await ask_for_invoices(tx, issued, payer, stamp.now)
