"""When a subscription is charged next."""

from dataclasses import replace
from datetime import UTC, datetime

from tenantry.domain.outlook import next_charge_at
from tenantry.domain.subscriptions import Facts

JANUARY, MAY = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
NEXT_JANUARY = datetime(2027, 1, 15, tzinfo=UTC)
YEAR = Facts(JANUARY, NEXT_JANUARY, True, False, "direct", 12)
LAST = datetime(2026, 12, 20, tzinfo=UTC)


def at(facts: Facts, months: int = 1, now: datetime = MAY) -> datetime | None:
    return next_charge_at(facts, months, facts.starts_at, now)


def test_a_month_is_charged_at_its_beginning_and_a_year_at_the_renewal() -> None:
    assert at(YEAR) == datetime(2026, 5, 15, tzinfo=UTC)
    assert at(YEAR, 12) == NEXT_JANUARY


def test_what_ends_with_its_term_is_charged_until_then_and_no_more() -> None:
    ends = replace(YEAR, recurring=False)
    assert at(ends) == datetime(2026, 5, 15, tzinfo=UTC)
    assert at(ends, now=LAST) is None
    assert at(YEAR, now=LAST) == NEXT_JANUARY


def test_what_is_canceled_is_charged_no_more() -> None:
    assert at(replace(YEAR, recurring=False, canceled_at=JANUARY), 12) is None


def test_a_trial_is_charged_at_its_end_if_it_is_to_be_paid() -> None:
    trial = replace(YEAR, trial=True, ends_at=datetime(2026, 5, 20, tzinfo=UTC))
    assert at(trial) is None
    assert at(replace(trial, converts=True)) == trial.ends_at


def test_what_starts_later_is_charged_then() -> None:
    later = replace(YEAR, starts_at=LAST)
    assert at(later) == LAST
