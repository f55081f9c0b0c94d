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
    """What the status follows from. The period is half-open: `starts_at <= now < ends_at`.

    converts: a trial that is paid from its end on. unpaid_at: since when the running term is not paid; it lives on as
    if it had ended with the one before. canceled_at: taken back, Expired is skipped. delete_at: gone from then on.
    """

    starts_at: datetime
    ends_at: datetime
    recurring: bool
    trial: bool
    channel: str
    term_months: int
    converts: bool = False
    unpaid_at: datetime | None = None
    canceled_at: datetime | None = None
    delete_at: datetime | None = None


def stages_of(facts: Facts) -> Stages:
    """The days of each stage after the end, by channel and term."""
    if facts.trial:
        return TRIAL_STAGES
    if facts.channel == "enterprise" and facts.term_months > LONG_TERM_MONTHS:
        return LONG_TERM_STAGES
    return STAGES[facts.channel]


def goes_on(facts: Facts) -> bool:
    """Whether it runs on past its end by itself."""
    wanted = facts.converts if facts.trial else True
    return facts.recurring and wanted and facts.unpaid_at is None and facts.canceled_at is None


def boundaries(facts: Facts) -> tuple[tuple[datetime, Status], ...]:
    """Every status it will be in from its start on, and since when, in order; without those that last no time."""
    stages, running = stages_of(facts), Status.TRIAL if facts.trial else Status.ACTIVE
    if goes_on(facts):
        line = [(facts.starts_at, running), (facts.ends_at, Status.ACTIVE)]
    else:
        ends_at, expired = facts.ends_at, stages.expired
        if facts.canceled_at is not None:
            ends_at, expired = min(facts.canceled_at, facts.ends_at), 0
        disabled_at = ends_at + timedelta(days=expired)
        line = [(facts.starts_at, running), (ends_at, Status.EXPIRED), (disabled_at, Status.DISABLED)]
        line.append((disabled_at + timedelta(days=stages.disabled), Status.DELETED))
    if facts.delete_at is not None:
        line = [(at, status) for at, status in line if at < facts.delete_at] + [(facts.delete_at, Status.DELETED)]
    lasting = zip(line, [*line[1:], (None, None)], strict=True)
    return tuple(here for here, (next_at, _) in lasting if next_at is None or here[0] < next_at)


def effective_status(facts: Facts, now: datetime) -> Status:
    """The status at `now`, whatever any sweep has or has not done. Its SQL twin is `store.subscriptions.STATUS`."""
    past = [status for at, status in boundaries(facts) if at <= now]
    return past[-1] if past else Status.SCHEDULED


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
