"""A new total of seats: now, at renewal, or not at all, and why (reference/licensing.md 3.3 and 3.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tenantry.domain.subscriptions import Facts, Status, effective_status
from tenantry.kit.errors import Kind, Refused

WINDOW = timedelta(days=7)
SEATS_LIMIT = 10_000_000  # of one subscription
LOCKED_CHANNELS = ("reseller", "volume", "free")


class When(StrEnum):
    NOW = "now"
    RENEWAL = "renewal"


@dataclass(frozen=True)
class Batch:
    """Seats bought in one go; each batch can be taken back within `WINDOW` of its purchase, or of a renewal."""

    seats: int
    bought_at: datetime

    def open(self, now: datetime) -> bool:
        return now < self.bought_at + WINDOW


@dataclass(frozen=True)
class Purchase:
    """What a change is decided from. batches: of the running term, oldest first, their sum is `seats`.

    assigned: licenses of the product that would have no seat if this subscription had none.
    """

    facts: Facts
    seats: int
    batches: Sequence[Batch]
    assigned: int
    most: int


def decide_seats(purchase: Purchase, total: int, when: When, now: datetime, *, moved: int = 0) -> tuple[Batch, ...]:
    """The batches after the change to `total` seats; for `When.RENEWAL` those of today, the total is booked.

    moved: seats that another product takes the place of; nothing is given back, so no window has to be open.
    Raises Refused with `field` "seats": "seats_same", "seats_out_of_range" (most), "subscription_not_active",
    "trial_seats", "seats_channel" (channel), "seats_below_assigned" (assigned, more), "seats_window" (least),
    "seats_not_recurring" (ends_at).
    """
    _require_open(purchase, now)
    if not 1 <= total <= purchase.most:
        raise _refused("seats_out_of_range", most=purchase.most)
    if total == purchase.seats:
        raise _refused("seats_same", seats=total)
    if when is When.RENEWAL:
        if not purchase.facts.recurring:
            raise _refused("seats_not_recurring", date=purchase.facts.ends_at)
        return tuple(purchase.batches)
    if total > purchase.seats:
        return (*purchase.batches, Batch(total - purchase.seats, now))
    if total < purchase.assigned:
        raise _refused("seats_below_assigned", assigned=purchase.assigned, more=purchase.assigned - total)
    return _fewer(purchase, total, now, moved)


def _require_open(purchase: Purchase, now: datetime) -> None:
    status = effective_status(purchase.facts, now)
    if status is Status.TRIAL:
        raise _refused("trial_seats")
    if status is not Status.ACTIVE:
        raise _refused("subscription_not_active", status=status.value)
    if purchase.facts.channel in LOCKED_CHANNELS:
        raise _refused("seats_channel", channel=purchase.facts.channel)


def _fewer(purchase: Purchase, total: int, now: datetime, moved: int) -> tuple[Batch, ...]:
    """Seats are taken back from the newest batch on, and only from those whose window is open, unless they move."""
    least = purchase.seats - sum(batch.seats for batch in purchase.batches if batch.open(now))
    moves = purchase.seats - total == moved
    if total < least and not moves:
        raise _refused("seats_window", least=least)
    kept, left = [], total
    for batch in purchase.batches:
        seats = min(batch.seats, left) if moves or batch.open(now) else batch.seats
        kept.append(Batch(seats, batch.bought_at))
        left -= seats
    return tuple(batch for batch in kept if batch.seats)


def cancel_until(purchase: Purchase) -> datetime:
    """Until when the whole may be taken back: a window from the start or the renewal of the running term."""
    return min(batch.bought_at for batch in purchase.batches) + WINDOW


def _refused(code: str, **params: Any) -> Refused:
    return Refused(code, Kind.INVALID, field="seats", **params)
