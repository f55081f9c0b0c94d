"""What a subscription is at a moment, and what its seats are good for (reference/licensing.md 3.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    """Where a subscription stands in its life."""

    SCHEDULED = "scheduled"
    TRIAL = "trial"
    ACTIVE = "active"
    EXPIRED = "expired"
    DISABLED = "disabled"
    DELETED = "deleted"


@dataclass(frozen=True)
class Stages:
    """Days after the end, until service stops and until the data goes."""

    expired: int
    disabled: int


STAGES: dict[str, Stages] = {
    "direct": Stages(expired=30, disabled=90),
    "enterprise": Stages(expired=30, disabled=90),
    "volume": Stages(expired=90, disabled=60),
    "open": Stages(expired=30, disabled=90),
    "reseller": Stages(expired=0, disabled=90),
    "free": Stages(expired=0, disabled=0),
}
TRIAL_STAGES = Stages(expired=30, disabled=30)
# Enterprise terms of more than a year stay expired longer before they are disabled.
LONG_TERM_STAGES = Stages(expired=90, disabled=90)
LONG_TERM_MONTHS = 12


@dataclass(frozen=True)
class Facts:
    """What the status follows from. The period is half-open: `starts_at <= now < ends_at`."""

    starts_at: datetime
    ends_at: datetime
    recurring: bool
    trial: bool
    channel: str
    term_months: int


def stages_of(facts: Facts) -> Stages:
    """The days of each stage after the end, by channel and term."""
    if facts.trial:
        return TRIAL_STAGES
    if facts.channel == "enterprise" and facts.term_months > LONG_TERM_MONTHS:
        return LONG_TERM_STAGES
    return STAGES[facts.channel]


def effective_status(facts: Facts, now: datetime) -> Status:
    """The status at `now`, whatever any sweep has or has not done. Its SQL twin is `store.subscriptions.STATUS`."""
    if now < facts.starts_at:
        return Status.SCHEDULED
    if now < facts.ends_at or (facts.recurring and not facts.trial):
        return Status.TRIAL if facts.trial else Status.ACTIVE
    stages = stages_of(facts)
    expired_until = facts.ends_at + timedelta(days=stages.expired)
    if now < expired_until:
        return Status.EXPIRED
    if now < expired_until + timedelta(days=stages.disabled):
        return Status.DISABLED
    return Status.DELETED


@dataclass(frozen=True)
class Seats:
    """A pool's seats: `enabled` may be assigned, `warning` keeps service only, `suspended` gives none."""

    enabled: int
    warning: int
    suspended: int
    consumed: int

    @property
    def free(self) -> int:
        return max(0, self.enabled - self.consumed)

    @property
    def short(self) -> int:
        return max(0, self.consumed - self.enabled)
