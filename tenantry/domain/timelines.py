"""A tenant's purchases along the months: how many seats there were, and what is going to be charged."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tenantry.domain.falling_due import Advanced, Due, Life, advance, split_off
from tenantry.domain.periods import step
from tenantry.domain.subscriptions import Facts, Status, effective_status, goes_on
from tenantry.kit.money import Money

MONTHS = 12
_PAID = (Status.TRIAL, Status.ACTIVE)


def months_before(now: datetime) -> tuple[datetime, ...]:
    """The starts of the last twelve months, and now: what a line through a year is drawn through."""
    first = first_of_month(now)
    return (*(step(first, -back) for back in range(MONTHS - 1, -1, -1)), now)


def months_after(now: datetime) -> tuple[datetime, ...]:
    """The starts of this month and the eleven that follow."""
    return tuple(step(first_of_month(now), ahead) for ahead in range(MONTHS))


def first_of_month(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Change:
    """What a charge says of seats: a new total, or so many more or fewer than before."""

    at: datetime
    seats: int
    is_total: bool


@dataclass(frozen=True)
class Owned:
    """A subscription and all that was charged for it, the oldest first. seats: as of today."""

    facts: Facts
    seats: int
    changes: Sequence[Change] = ()

    def seats_at(self, moment: datetime) -> int:
        """How many seats could be assigned at `moment`; before its first charge, as many as that one found."""
        if effective_status(self.facts, moment) not in _PAID:
            return 0
        past = [change for change in self.changes if change.at <= moment]
        later = self.changes[len(past) :]
        totals = [number for number, change in enumerate(past) if change.is_total]
        if totals:
            return sum(change.seats for change in past[totals[-1] :])
        after = next((number for number, change in enumerate(later) if change.is_total), len(later))
        base = later[after].seats if after < len(later) else self.seats
        return base - sum(change.seats for change in later[:after])


def bought_at(owned: Iterable[Owned], moments: Iterable[datetime]) -> tuple[int, ...]:
    """The seats of all subscriptions together at each moment."""
    all_of_them = tuple(owned)
    return tuple(sum(one.seats_at(moment) for one in all_of_them) for moment in moments)


@dataclass(frozen=True)
class Turn:
    """The end of a term. amount: what is charged with tax if another one follows; None if none does."""

    at: datetime
    product: str
    seats: int
    due: Due | None
    amount: Money | None


@dataclass(frozen=True)
class Ahead:
    """A year ahead: every end of a term in order, and what all charges of each month come to."""

    turns: tuple[Turn, ...]
    months: tuple[tuple[datetime, Money], ...]


def look_ahead(lives: Iterable[Life], currency: str, now: datetime) -> Ahead:
    """What will be charged in the next twelve months if nobody changes anything.

    The sums are of `currency` alone, and of whole months: this one and the eleven that follow.
    """
    months = months_after(now)
    until, turns = step(now, MONTHS), []
    sums: defaultdict[datetime, Money] = defaultdict(lambda: Money(0, currency))
    for found in _until(lives, until):
        for one in found.steps:
            total = one.amount.total
            if total.currency == currency:
                sums[max(first_of_month(one.from_at), months[0])] += total
            if one.due is not Due.PERIOD:
                turns.append(Turn(one.from_at, one.terms.product, one.terms.seats, one.due, total))
        ended = found.life
        if not goes_on(ended.facts) and now < ended.facts.ends_at < until and ended.facts.canceled_at is None:
            turns.append(Turn(ended.facts.ends_at, ended.terms.product, ended.terms.seats, None, None))
    ordered = sorted(turns, key=lambda turn: (turn.at, turn.product))
    return Ahead(tuple(ordered), tuple((month, sums[month]) for month in months))


def _until(lives: Iterable[Life], until: datetime) -> Iterator[Advanced]:
    """Every subscription at that moment, as if all were paid; those that a renewal splits off among them."""
    for life in lives:
        found = advance(replace(life, trusted=True), until)
        yield found
        if part := split_off(found, until):
            yield part[1]
