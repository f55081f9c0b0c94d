"""What falls due for a subscription because time passes: stretches to charge, terms that follow, warnings that hold.

Money moves by steps, each at its own moment and done once, for the subscription itself says how far it is charged.
Warnings are no steps: which of them hold follows from the moment alone. So a sweep that is late by days does what one
in time would have done, and warns of nothing that is over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from tenantry.domain.charges import Amount, Price, worth
from tenantry.domain.notices import NoticeKind
from tenantry.domain.periods import days_between, period_at
from tenantry.domain.seat_changes import LOCKED_CHANNELS, WINDOW
from tenantry.domain.subscriptions import LONG_TERM_MONTHS, Facts, Status, boundaries, goes_on

NEVER = datetime(9000, 1, 1, tzinfo=UTC)  # the `due_at` of what time does nothing to any more
CONFLICT_AHEAD = timedelta(days=14)  # before service stops, the pool is looked at, for its deadline is near
WINDOW_AHEAD, TRIAL_AHEAD, DELETION_AHEAD = timedelta(days=2), timedelta(days=7), timedelta(days=14)
RENEWAL_AHEAD = timedelta(days=7)
LONG_RENEWAL_AHEAD = timedelta(days=30)  # of terms of a year and more, before the shorter one
UNPAID_AGAIN = timedelta(hours=1)  # how often to look whether a term was paid that waits for it


class Due(StrEnum):
    """Why a stretch is charged."""

    PERIOD = "period"  # the next billing period of a running term
    RENEWAL = "renewal"
    CONVERSION = "conversion"  # a trial that is paid from here on
    SPLIT = "split"  # a part that a renewal made a subscription of its own


@dataclass(frozen=True)
class Terms:
    """What is bought for the length of a term."""

    sku_id: UUID
    product: str
    seats: int
    months: int
    price: Price


@dataclass(frozen=True)
class Life:
    """A subscription as time sees it.

    following: what the next term is to be: as booked, or as this one at the price of the day.
    window_at: until when the newest seats can be taken back. trusted: pays by invoice; others before a term goes on.
    part: of another product, a subscription of its own from the next term on.
    """

    facts: Facts
    terms: Terms
    following: Terms
    anchor_at: datetime
    term_at: datetime
    billed_until: datetime
    window_at: datetime
    trusted: bool = True
    part: Terms | None = None


@dataclass(frozen=True)
class Step:
    """One stretch that fell due at `from_at`, and what it costs. term_ends_at: of the term that it belongs to.

    part: the first stretch of the subscription that a renewal splits off.
    """

    due: Due
    terms: Terms
    anchor_at: datetime
    from_at: datetime
    until_at: datetime
    term_ends_at: datetime
    amount: Amount
    part: "Step | None" = None

    @property
    def cost(self) -> Amount:
        """Of all that begins with it."""
        return self.amount + self.part.amount if self.part else self.amount


@dataclass(frozen=True)
class Advanced:
    """A subscription later on. next: its next step, whenever that is.

    asked: a step that is due and only taken once it is paid; nothing comes after it until then.
    """

    life: Life
    steps: tuple[Step, ...]
    next: Step | None
    asked: Step | None


@dataclass(frozen=True)
class Warned:
    """Something to know of from `since` until `until`; params: for its sentences."""

    kind: NoticeKind
    since: datetime
    until: datetime
    params: Mapping[str, Any]


def next_step(life: Life) -> Step | None:
    """What is charged next, whenever that is; nothing for what has ended, is not paid, or was taken back."""
    facts = life.facts
    if facts.canceled_at is not None or facts.unpaid_at is not None:
        return None
    if not facts.trial and life.billed_until < facts.ends_at:
        return _stretch(Due.PERIOD, life.terms, life.anchor_at, life.billed_until, facts.ends_at)
    if not goes_on(facts):
        return None
    anchor_at = _next_anchor(life)
    ends_at = period_at(anchor_at, life.following.months, facts.ends_at).ends_at
    due = Due.CONVERSION if facts.trial else Due.RENEWAL
    step = _stretch(due, life.following, anchor_at, facts.ends_at, ends_at)
    if life.part is None:
        return step
    return replace(step, part=_stretch(Due.SPLIT, life.part, anchor_at, facts.ends_at, ends_at))


def _next_anchor(life: Life) -> datetime:
    """The anchor stays where the next term is as long as this one, so that the 31st stays the 31st."""
    ends_at, terms, following = life.facts.ends_at, life.terms, life.following
    same = not life.facts.trial and (terms.months, terms.price.months) == (following.months, following.price.months)
    return life.anchor_at if same and period_at(life.anchor_at, terms.months, ends_at).starts_at == ends_at else ends_at


def _stretch(due: Due, terms: Terms, anchor_at: datetime, from_at: datetime, ends_at: datetime) -> Step:
    period = period_at(anchor_at, terms.price.months, from_at)
    until_at = min(period.ends_at, ends_at)
    amount = worth(terms.price, terms.seats, days_between(from_at, until_at), period.days)
    return Step(due, terms, anchor_at, from_at, until_at, ends_at, amount)


def take(life: Life, step: Step) -> Life:
    """The subscription after its next step."""
    if step.due is Due.PERIOD:
        return replace(life, billed_until=step.until_at)
    facts = replace(life.facts, ends_at=step.term_ends_at, trial=False, converts=False, term_months=step.terms.months)
    return replace(
        life,
        facts=facts,
        terms=step.terms,
        anchor_at=step.anchor_at,
        term_at=step.from_at,
        billed_until=step.until_at,
        window_at=step.from_at + WINDOW,
        part=None,
    )


def waits_for_payment(life: Life, step: Step) -> bool:
    """Whether somebody has to pay before this step is taken. Periods of a running term are owed in any case."""
    return not life.trusted and step.due is not Due.PERIOD and step.cost.total.minor > 0


def advance(life: Life, now: datetime) -> Advanced:
    """Everything that fell due until `now`, in order; advancing in two goes comes to the same."""
    steps: list[Step] = []
    while (step := next_step(life)) is not None and step.from_at <= now:
        if waits_for_payment(life, step):
            return Advanced(life, tuple(steps), step, step)
        steps.append(step)
        life = take(life, step)
    return Advanced(life, tuple(steps), step, None)


def split_off(after: Advanced, now: datetime) -> tuple[Life, Advanced] | None:
    """The subscription that a renewal split off: as its term began, and advanced to `now` with its first stretch."""
    first = next((step.part for step in after.steps if step.part), None)
    if first is None:
        return None
    begun = Life(
        facts=Facts(first.from_at, first.term_ends_at, True, False, after.life.facts.channel, first.terms.months),
        terms=first.terms,
        following=first.terms,
        anchor_at=first.anchor_at,
        term_at=first.from_at,
        billed_until=first.until_at,
        window_at=first.from_at + WINDOW,
        trusted=after.life.trusted,
    )
    grown = advance(begun, now)
    return begun, replace(grown, steps=(first, *grown.steps))


def outlook(after: Advanced, now: datetime) -> tuple[datetime, tuple[Warned, ...]]:
    """When to look at it again, and the warnings that hold at `now`, to which it was advanced."""
    life, step = after.life, after.next
    warned = tuple(_warnings(life, step))
    moments = [one.since for one in warned] + [one.until for one in warned]
    for at, status in boundaries(life.facts):
        moments += [at, at - CONFLICT_AHEAD] if status is Status.DISABLED else [at]
    if step is not None:
        moments.append(step.from_at if step.from_at > now else now + UNPAID_AGAIN)
    due_at = min((at for at in moments if at > now), default=NEVER)
    return due_at, tuple(one for one in warned if one.since <= now < one.until)


def _warnings(life: Life, step: Step | None) -> Iterator[Warned]:
    """Every warning of the subscription as it stands, past and to come; none where nothing can be done."""
    facts, ends_at = life.facts, life.facts.ends_at
    if (
        not facts.trial
        and facts.canceled_at is None
        and facts.channel not in LOCKED_CHANNELS
        and life.terms.price.unit.minor
    ):
        shuts = {"product": life.terms.product, "shuts_at": life.window_at}
        yield Warned(NoticeKind.WINDOW_SHUTS, life.window_at - WINDOW_AHEAD, life.window_at, shuts)
    if not goes_on(facts):
        if facts.trial:
            ends = {"product": life.terms.product, "ends_at": ends_at}
            yield Warned(NoticeKind.TRIAL_ENDS, ends_at - TRIAL_AHEAD, ends_at, ends)
        yield from _endings(life)
        return
    if step is not None and step.due is Due.PERIOD:
        step = next_step(replace(life, billed_until=ends_at))
    if step is None or not step.cost.total.minor:
        return
    seats = step.terms.seats + (step.part.terms.seats if step.part else 0)
    cost = {"product": life.terms.product, "amount": step.cost.total, "seats": seats}
    if facts.trial:
        yield Warned(NoticeKind.TRIAL_CONVERTS, ends_at - TRIAL_AHEAD, ends_at, cost | {"ends_at": ends_at})
        return
    near = ends_at - RENEWAL_AHEAD
    if life.terms.months >= LONG_TERM_MONTHS:
        yield Warned(NoticeKind.RENEWAL_AHEAD, ends_at - LONG_RENEWAL_AHEAD, near, cost | {"renews_at": ends_at})
    yield Warned(NoticeKind.RENEWAL_AHEAD, near, ends_at, cost | {"renews_at": ends_at})


def _endings(life: Life) -> Iterator[Warned]:
    """Expired, disabled, about to be deleted: each until the next, told when that is."""
    line = boundaries(life.facts)
    for (at, status), (next_at, _) in pairwise(line):
        if status is Status.EXPIRED:
            yield Warned(NoticeKind.EXPIRED, at, next_at, {"product": life.terms.product, "disabled_at": next_at})
        if status is Status.DISABLED:
            told = {"product": life.terms.product, "deletes_at": next_at}
            yield Warned(NoticeKind.DISABLED, at, next_at, told)
            yield Warned(NoticeKind.DELETED_SOON, max(at, next_at - DELETION_AHEAD), next_at, told)
