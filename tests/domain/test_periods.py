"""Periods stepped from an anchor: no day is lost, none is counted twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.periods import DAY, days_between, period_at, step
from tests.cast import SECOND


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, 9, 30, tzinfo=UTC)


JANUARY_31 = day(2026, 1, 31)
moments = st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("months", "there"),
    [(0, JANUARY_31), (1, day(2026, 2, 28)), (2, day(2026, 3, 31)), (3, day(2026, 4, 30)), (25, day(2028, 2, 29))],
)
def test_the_31st_is_the_last_of_a_shorter_month_and_the_31st_again_after_it(months: int, there: datetime) -> None:
    assert step(JANUARY_31, months) == there


@given(moments, st.integers(1, 36), moments)
def test_every_moment_lies_in_exactly_the_period_that_holds_it(anchor: datetime, months: int, now: datetime) -> None:
    period = period_at(anchor, months, now)
    assert (period.starts_at <= now < period.ends_at) or (now < anchor and period.number == 0)
    assert period.ends_at == step(anchor, (period.number + 1) * months)


@given(moments, st.integers(1, 36), moments)
def test_periods_follow_each_other_without_a_gap(anchor: datetime, months: int, now: datetime) -> None:
    period = period_at(anchor, months, now)
    assert period_at(anchor, months, period.ends_at).starts_at == period.ends_at
    assert period_at(anchor, months, period.ends_at - SECOND) == period_at(anchor, months, max(anchor, now))


def test_the_day_under_way_counts_as_a_whole_one() -> None:
    april = period_at(day(2026, 4, 1), 1, day(2026, 4, 1))
    assert april.days == 30
    assert [april.days_left(april.starts_at + timedelta(days=n, seconds=s)) for n, s in ((0, 0), (0, 1), (1, 0))] == [
        30,
        30,
        29,
    ]
    assert april.days_left(april.ends_at - SECOND) == 1
    assert april.days_left(april.ends_at) == 0
    assert april.days_left(april.starts_at - 3 * DAY) == 30


@given(moments, moments)
def test_days_are_never_negative(start: datetime, end: datetime) -> None:
    assert days_between(start, end) >= 0
    assert (days_between(start, end) == 0) == (end <= start)
