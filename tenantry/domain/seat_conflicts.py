"""Seat conflicts: more licenses than seats that are paid; why, since when, by when, and the ways out.

reference/licensing.md 4. Not to be mixed up with plan conflicts, which are two apps that exclude each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tenantry.domain.subscriptions import Facts, Status, boundaries, effective_status

REDUCED_GRACE = timedelta(days=90)
UNUSED = timedelta(days=90)
_PAID = (Status.TRIAL, Status.ACTIVE)
_SERVED = (*_PAID, Status.EXPIRED)
_RENEWABLE = (Status.EXPIRED, Status.DISABLED)


class Cause(StrEnum):
    """Why a pool is short: what took its seats last."""

    EXPIRED = "expired"
    DISABLED = "disabled"
    CANCELED = "canceled"
    REDUCED = "reduced"


@dataclass(frozen=True)
class Share:
    """A subscription's part in a pool."""

    subscription_id: UUID
    facts: Facts
    seats: int


@dataclass(frozen=True)
class Pool:
    """All of a product's seats in a tenant.

    reduced: seats that a renewal or a partner took away under assigned licenses at `reduced_at`; they keep service for
    `REDUCED_GRACE`.
    """

    shares: Sequence[Share]
    consumed: int
    reduced: int = 0
    reduced_at: datetime | None = None


@dataclass(frozen=True)
class Conflict:
    """A pool that owes `short` seats; `cut` of them have lost service already, and at `deadline` more will.

    lost: the subscriptions that gave seats once and can be renewed.
    """

    short: int
    cut: int
    cause: Cause
    since: datetime
    deadline: datetime | None
    lost: tuple[UUID, ...]


def find_conflict(pool: Pool, now: datetime) -> Conflict | None:
    """The conflict of a pool at `now`; None where every license has a seat that is paid."""
    short = pool.consumed - _seats(pool, _PAID, now)
    if short <= 0:
        return None
    since, cause = _reason(pool, now)
    lost = tuple(share.subscription_id for share in pool.shares if effective_status(share.facts, now) in _RENEWABLE)
    return Conflict(short, unserved(pool, now), cause, since, _deadline(pool, now), lost)


def unserved(pool: Pool, now: datetime) -> int:
    """How many licenses have no service: those beyond the seats that are paid or in their days of grace."""
    grace = pool.reduced if pool.reduced_at is not None and now < pool.reduced_at + REDUCED_GRACE else 0
    return max(0, pool.consumed - _seats(pool, _SERVED, now) - grace)


def _seats(pool: Pool, statuses: tuple[Status, ...], now: datetime) -> int:
    return sum(share.seats for share in pool.shares if effective_status(share.facts, now) in statuses)


def _reason(pool: Pool, now: datetime) -> tuple[datetime, Cause]:
    """When the pool became short, and what did it: the newest loss without which there would be enough seats."""
    paid, reason = _seats(pool, _PAID, now), (now, Cause.REDUCED)
    for at, seats, cause in sorted(_losses(pool, now), reverse=True):
        paid, reason = paid + seats, (at, cause)
        if paid >= pool.consumed:
            break
    return reason


def _losses(pool: Pool, now: datetime) -> Iterator[tuple[datetime, int, Cause]]:
    """When seats stopped being paid, how many, and why."""
    for share in pool.shares:
        unpaid = [at for at, status in boundaries(share.facts) if status not in _PAID and at <= now]
        if unpaid:
            yield unpaid[0], share.seats, _cause_of(share.facts, now)
    if pool.reduced_at is not None:
        yield pool.reduced_at, pool.reduced, Cause.REDUCED


def _cause_of(facts: Facts, now: datetime) -> Cause:
    if facts.canceled_at is not None:
        return Cause.CANCELED
    return Cause.EXPIRED if effective_status(facts, now) is Status.EXPIRED else Cause.DISABLED


def _deadline(pool: Pool, now: datetime) -> datetime | None:
    """The next moment at which more licenses lose service; None if all that are too many have lost it."""
    moments = {at for share in pool.shares for at, _ in boundaries(share.facts)}
    if pool.reduced_at is not None:
        moments.add(pool.reduced_at + REDUCED_GRACE)
    before = unserved(pool, now)
    return next((at for at in sorted(moments) if at > now and unserved(pool, at) > before), None)


@dataclass(frozen=True)
class Holder:
    """Somebody with a license of the pool, as far as a repair asks. used_at: when they last used an app of it."""

    user_id: UUID
    assigned_at: datetime
    blocked_at: datetime | None = None
    used_at: datetime | None = None
    pinned: bool = False


class Why(StrEnum):
    BLOCKED = "blocked"
    UNUSED = "unused"


@dataclass(frozen=True)
class Repair:
    """A proposal: from whom to take the license and why, and how many seats to buy for the rest."""

    release: tuple[tuple[UUID, Why], ...]
    buy: int


def propose(short: int, holders: Iterable[Holder], now: datetime) -> Repair:
    """Licenses that nobody misses first: of the blocked, then of the long unused, longest first; the rest is bought."""
    idle = [
        (why, since, holder.user_id) for holder in holders if (found := _idle(holder, now)) for why, since in [found]
    ]
    first = sorted(idle, key=lambda one: (one[0] is not Why.BLOCKED, one[1], one[2]))[:short]
    return Repair(tuple((user_id, why) for why, _, user_id in first), short - len(first))


def _idle(holder: Holder, now: datetime) -> tuple[Why, datetime] | None:
    """Why a license is not missed, and since when; nothing for those who use it, and for the pinned."""
    if holder.pinned:
        return None
    if holder.blocked_at is not None:
        return Why.BLOCKED, holder.blocked_at
    since = max(holder.used_at or holder.assigned_at, holder.assigned_at)
    return (Why.UNUSED, since) if since + UNUSED <= now else None


def victims(holders: Iterable[Holder], cut: int) -> tuple[UUID, ...]:
    """Who loses service: the newest assignments first, ties by user id, never the pinned while others are left."""
    order = sorted(holders, key=lambda one: (not one.pinned, one.assigned_at, one.user_id), reverse=True)
    return tuple(one.user_id for one in order[:cut])
