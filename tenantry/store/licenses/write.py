"""A forecast, written: one statement, so that every part of it sees the people as they were before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Subquery, and_, delete, func, insert, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert

from tenantry.domain.licenses import Refusal
from tenantry.store.licenses.forecast import Forecast, Group
from tenantry.store.licenses.lines import seats_short
from tenantry.store.licenses.people import UUIDS
from tenantry.store.people import candidates
from tenantry.store.tables import license_history, licenses, operation_faults

_KEPT = ("tenant_id", "sku_id", "user_id", "disabled_plans", "group_ids", "operation_id", "assigned_at")


@dataclass(frozen=True)
class Stamp:
    """Which operation writes, and when."""

    operation_id: UUID
    now: datetime


@dataclass(frozen=True)
class Written:
    """Rows really written, per product: licenses begun, licenses ended."""

    gains: Mapping[UUID, int]
    losses: Mapping[UUID, int]

    @property
    def moves(self) -> dict[UUID, int]:
        """By how much each pool's counter moves."""
        skus = self.gains.keys() | self.losses.keys()
        return {s: self.gains.get(s, 0) - self.losses.get(s, 0) for s in skus}


async def apply(tx: AsyncConnection, plan: Forecast, stamp: Stamp) -> Written:
    """Writes licenses, their history and the faults of those who got nothing."""
    people = candidates(plan.selection).subquery("people")
    gains = {sku_id: _gain(people, plan, stamp, sku_id) for sku_id in sorted(plan.gains)}
    losses = {sku_id: _loss(people, plan, stamp, sku_id) for sku_id in sorted(plan.losses)}
    others = [*_changes(people, plan, stamp), *_faults(people, plan, stamp)]
    counts = iter(await _run(tx, [*gains.values(), *losses.values(), *others]))
    return Written({s: next(counts) for s in gains}, {s: next(counts) for s in losses})


async def _run(tx: AsyncConnection, writes: list[Insert]) -> list[int]:
    """Runs the writes on one snapshot and counts their rows: alone as it is, several as one statement."""
    if len(writes) == 1:
        return [(await tx.execute(writes[0].execution_options(preserve_rowcount=True))).rowcount]
    if not writes:
        return []
    parts = [write.returning(literal(1).label("one")).cte(f"write_{i}") for i, write in enumerate(writes)]
    counts = [select(func.count()).select_from(part).scalar_subquery() for part in parts]
    return list((await tx.execute(select(*counts))).one())


def _switches(plan: Forecast, sku_id: UUID) -> ColumnElement[Any]:
    """Switched-off plans in one order, so that equal profiles stay equal."""
    return literal(sorted(plan.wish.assign[sku_id]), UUIDS)


def _writing(groups: Iterable[Group], part: str, sku_id: UUID) -> list[Group]:
    return [group for group in groups if not group.verdict.refusals and sku_id in getattr(group.verdict, part)]


def _gain(people: Subquery, plan: Forecast, stamp: Stamp, sku_id: UUID) -> Insert:
    """Licenses for those who have none: whoever holds the product is kept out by its row, not by the profile."""
    without = [group for group in plan.groups if sku_id not in group.skus]
    gaining = _writing(without, "gains", sku_id)
    who = [plan.among(people, gaining, without), plan.served(people, gaining)]
    if len(without) < len(plan.groups):
        has_it = select(licenses.c.user_id).where(_license(people, sku_id))
        who.append(~has_it.exists())
    rows = select(
        people.c.tenant_id,
        literal(sku_id),
        people.c.id,
        _switches(plan, sku_id),
        literal([], UUIDS),
        literal(stamp.operation_id),
        literal(stamp.now),
    ).where(*who)
    return insert(licenses).from_select(_KEPT, rows.order_by(people.c.id), include_defaults=False)


def _license(people: Subquery, sku_id: UUID) -> ColumnElement[bool]:
    mine = and_(licenses.c.tenant_id == people.c.tenant_id, licenses.c.user_id == people.c.id)
    return and_(mine, licenses.c.sku_id == sku_id)


def _held_by(people: Subquery, plan: Forecast, part: str, sku_id: UUID) -> ColumnElement[bool]:
    """The license row of `sku_id` of a person for whom it is to end or change."""
    holders = [group for group in plan.groups if sku_id in group.skus]
    writing = _writing(holders, part, sku_id)
    who = and_(plan.among(people, writing, holders), plan.served(people, writing))
    return and_(_license(people, sku_id), who)


def _into_history(past: CTE, stamp: Stamp) -> Insert:
    """A license as it was, kept with who ended it and when."""
    row = select(*(past.c[name] for name in _KEPT), literal(stamp.operation_id), literal(stamp.now))
    return insert(license_history).from_select([*_KEPT, "ended_by", "ended_at"], row, include_defaults=False)


def _loss(people: Subquery, plan: Forecast, stamp: Stamp, sku_id: UUID) -> Insert:
    gone = delete(licenses).where(_held_by(people, plan, "losses", sku_id))
    ended = gone.returning(*(licenses.c[name] for name in _KEPT)).cte(f"ended_{sku_id.hex}")
    return _into_history(ended, stamp)


def _changes(people: Subquery, plan: Forecast, stamp: Stamp) -> Iterable[Insert]:
    for sku_id in sorted(plan.wish.assign):
        if _writing(plan.groups, "changes", sku_id):
            mine = _held_by(people, plan, "changes", sku_id)
            anew = {"disabled_plans": _switches(plan, sku_id), "operation_id": literal(stamp.operation_id)}
            old = (literal_column(f"old.{name}", licenses.c[name].type).label(name) for name in _KEPT)
            was = update(licenses).where(mine).values(anew).returning(*old).cte(f"was_{sku_id.hex}")
            yield _into_history(was, stamp)


def _faults(people: Subquery, plan: Forecast, stamp: Stamp) -> Iterable[Insert]:
    """A row per person who got nothing, with the first reason why."""
    for group in plan.groups:
        if group.verdict.refusals:
            yield _fault(people, group.verdict.refusals[0], stamp, plan.among(people, [group], plan.groups))
    if plan.waiting:
        yield _fault(people, seats_short(plan), stamp, plan.waits(people, plan.groups))


def _fault(people: Subquery, refusal: Refusal, stamp: Stamp, who: ColumnElement[bool]) -> Insert:
    facts = literal(dict(refusal.params), JSONB)
    values = (people.c.tenant_id, literal(stamp.operation_id), people.c.id, literal(refusal.code), facts)
    columns = ["tenant_id", "operation_id", "user_id", "code", "params"]
    return insert(operation_faults).from_select(columns, select(*values).where(who))
