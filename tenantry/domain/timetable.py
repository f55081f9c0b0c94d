"""Everything that is done because time passed, and when. Times are UTC; what was missed is not made up for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GRACE = MINUTE  # for the worker to notice what is due
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rhythm:
    """Once in each `period`, `offset` after its start. period: an hour, a day, or minutes that divide an hour."""

    period: timedelta
    offset: timedelta = timedelta()

    def latest(self, now: datetime) -> datetime:
        """When it was last due; `now` itself counts."""
        return now - (now - _EPOCH - self.offset) % self.period

    def next(self, now: datetime) -> datetime:
        """When it is due after `now`."""
        return self.latest(now) + self.period


def every(minutes: int) -> Rhythm:
    return Rhythm(minutes * MINUTE)


def hourly(minute: int) -> Rhythm:
    return Rhythm(HOUR, minute * MINUTE)


def daily(hour: int, minute: int) -> Rhythm:
    return Rhythm(DAY, hour * HOUR + minute * MINUTE)


# Names of `jobs/tasks.py`.
TIMETABLE = {
    "take_up_stalled_jobs": every(1),
    "take_up_lost_letters": every(10),
    "take_up_lost_operations": every(5),
    "send_events": every(1),
    "sweep_meetings": every(1),
    "remind_of_meetings": every(1),
    "watch_conflicts": hourly(5),
    "mail_notices": every(5),
    "run_subscriptions": every(5),
    "look_at_domains": every(1),
    "sweep_sessions": hourly(20),
    "sweep_files": hourly(40),
    "use_credits": every(10),
    "mail_invoices": every(10),
    "forget_stripe_events": daily(2, 5),
    "forget_events": daily(2, 10),
    "chase_payments": daily(1, 30),
    "purge_people": daily(2, 20),
    "purge_data": daily(2, 35),
    "purge_tenants": daily(2, 50),
}


class Standing(StrEnum):
    """How it is with something on the timetable: what became of its newest job, or that none was made in time."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"
    NEVER = "never"


def standing(rhythm: Rhythm, last: tuple[datetime, Standing] | None, now: datetime) -> Standing:
    """last: when its newest job was due, and what became of it; None if there never was one."""
    if last is None:
        return Standing.NEVER
    due_at, became = last
    missed = became is Standing.DONE and due_at < rhythm.latest(now - GRACE)
    return Standing.MISSED if missed else became
