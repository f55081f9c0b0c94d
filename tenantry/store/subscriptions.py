"""Subscriptions as seats: the SQL twin of `domain.subscriptions.effective_status`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.subscriptions import (
    LONG_TERM_MONTHS,
    LONG_TERM_STAGES,
    STAGES,
    TRIAL_STAGES,
    Seats,
    Stages,
    Status,
)
from tenantry.store.tables import seat_pools, subscriptions

_NOW = bindparam("now", type_=subscriptions.c.starts_at.type)


def _days(part: str) -> ColumnElement[int]:
    """Days of the stage `part` for a row, from the same table that the domain reads.

    Constants stand in the text: the driver splits a statement of many parameters anew each time.
    """

    def days(stages: Stages) -> int:
        return int(getattr(stages, part))

    def constant(value: int | str) -> ColumnElement[Any]:
        return literal_column(f"'{value}'" if isinstance(value, str) else str(value))

    channel = subscriptions.c.channel
    long_term = and_(channel == constant("enterprise"), subscriptions.c.term_months > constant(LONG_TERM_MONTHS))
    by_channel = [(channel == constant(name), constant(days(stages))) for name, stages in STAGES.items()]
    return case(
        (subscriptions.c.trial, constant(days(TRIAL_STAGES))),
        (long_term, constant(days(LONG_TERM_STAGES))),
        *by_channel,
    )


_S = subscriptions.c
_GOES_ON = and_(_S.recurring, or_(~_S.trial, _S.converts), _S.unpaid_at.is_(None), _S.canceled_at.is_(None))
_END = func.least(_S.canceled_at, _S.ends_at)
_EXPIRED_DAYS = case((_S.canceled_at.is_not(None), literal_column("0")), else_=_days("expired"))


def _after(days: ColumnElement[int]) -> ColumnElement[datetime]:
    return _END + func.make_interval(0, 0, 0, cast(days, Integer), type_=INTERVAL)


STATUS = case(
    (_S.delete_at <= _NOW, Status.DELETED.value),
    (and_(_S.starts_at > _NOW, or_(_GOES_ON, _END > _NOW)), Status.SCHEDULED.value),
    (or_(_GOES_ON, _END > _NOW), case((_S.trial & (_S.ends_at > _NOW), Status.TRIAL.value), else_=Status.ACTIVE.value)),
    (_after(_EXPIRED_DAYS) > _NOW, Status.EXPIRED.value),
    (_after(_EXPIRED_DAYS + _days("disabled")) > _NOW, Status.DISABLED.value),
    else_=Status.DELETED.value,
)
"""The status of a subscription row at `:now`."""


_TOLD = select(subscriptions.c.sku_id, subscriptions.c.seats, STATUS.label("status")).subquery("told")


def _seats_in(*statuses: Status) -> ColumnElement[int]:
    counted = func.sum(_TOLD.c.seats).filter(_TOLD.c.status.in_([s.value for s in statuses]))
    return func.coalesce(counted, 0)


_SEATS = select(
    _TOLD.c.sku_id,
    _seats_in(Status.ACTIVE, Status.TRIAL).label("enabled"),
    _seats_in(Status.EXPIRED).label("warning"),
    _seats_in(Status.DISABLED).label("suspended"),
).group_by(_TOLD.c.sku_id)


async def lock_pools(tx: AsyncConnection, skus: Iterable[UUID] | None, now: datetime) -> dict[UUID, Seats]:
    """Locks the pools of `skus` (None: every pool of the tenant) in key order and counts their seats at `now`.

    The seats are counted in a second statement, so that it sees what the lock waited for.
    """
    pools = select(seat_pools.c.sku_id, seat_pools.c.consumed).order_by(seat_pools.c.sku_id)
    if skus is not None:
        pools = pools.where(seat_pools.c.sku_id == func.any(list(skus)))
    locked = (await tx.execute(pools.with_for_update(key_share=True))).all()
    return await _with_seats(tx, {row.sku_id: row.consumed for row in locked}, now)


async def read_pools(tx: AsyncConnection, now: datetime) -> dict[UUID, Seats]:
    """Every pool of the tenant with its seats at `now`, without a lock."""
    rows = (await tx.execute(select(seat_pools.c.sku_id, seat_pools.c.consumed))).all()
    return await _with_seats(tx, {row.sku_id: row.consumed for row in rows}, now)


async def _with_seats(tx: AsyncConnection, consumed: dict[UUID, int], now: datetime) -> dict[UUID, Seats]:
    rows = (await tx.execute(_SEATS, {"now": now})).all()
    paid = {row.sku_id: (row.enabled, row.warning, row.suspended) for row in rows}
    return {sku_id: Seats(*paid.get(sku_id, (0, 0, 0)), count) for sku_id, count in consumed.items()}


_MOVE = text(
    "UPDATE seat_pools SET consumed = consumed + :change WHERE sku_id = :sku_id "
    "AND (:change <= 0 OR consumed + :change <= :enabled)"
).bindparams(bindparam("change", type_=Integer))


async def move_consumed(tx: AsyncConnection, changes: dict[UUID, int], seats: dict[UUID, Seats]) -> None:
    """Moves each pool's counter by what really changed. A pool that would be oversold stops everything."""
    for sku_id, change in sorted(changes.items()):
        if change:
            facts = {"sku_id": sku_id, "change": change, "enabled": seats[sku_id].enabled}
            moved = await tx.execute(_MOVE, facts)
            if moved.rowcount != 1:
                raise AssertionError(f"pool {sku_id} would be oversold by {change} of {seats[sku_id]}")
