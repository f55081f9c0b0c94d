"""Months and days of a purchase: every period is stepped from one anchor, so that the 31st stays the 31st."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
SHORTEST = 28  # days that every month has


@dataclass(frozen=True)
class Period:
    """Half-open: `starts_at <= moment < ends_at`. `number` counts from 0 at the anchor."""

    starts_at: datetime
    ends_at: datetime
    number: int

    @property
    def days(self) -> int:
        return days_between(self.starts_at, self.ends_at)

    def days_left(self, now: datetime) -> int:
        """The days from `now` to the end, the day under way as a whole one; all of them before it starts."""
        return min(self.days, days_between(now, self.ends_at))


def step(anchor: datetime, months: int) -> datetime:
    """`months` after the anchor: the same day and time, or the month's last day where it has no such day."""
    count = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(count, 12)
    day = anchor.day if anchor.day <= SHORTEST else min(anchor.day, monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


@lru_cache(maxsize=4096)  # of one subscription the same is asked several times
def period_at(anchor: datetime, months: int, now: datetime) -> Period:
    """The period of `months` months that holds `now`, counted from the anchor; the first one before it."""
    number = max(0, ((now.year - anchor.year) * 12 + now.month - anchor.month) // months)
    if number and now < step(anchor, number * months):
        number -= 1
    elif now >= step(anchor, (number + 1) * months):
        number += 1
    return Period(step(anchor, number * months), step(anchor, (number + 1) * months), number)


def days_between(start: datetime, end: datetime) -> int:
    """Whole days, a day begun counted as one; none if the end is not after the start."""
    return max(0, -((start - end) // DAY))
