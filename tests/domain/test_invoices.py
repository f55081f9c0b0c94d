"""Over a year of changes an invoice is the sum of its lines, and all lines are what was really used."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.charges import Amount, Price, for_change, for_period, nothing, worth
from tenantry.domain.invoices import Standing, outstanding, reverse_charged, standing, total_of
from tenantry.domain.periods import DAY, period_at, step
from tenantry.kit.money import Money

START = datetime(2026, 1, 31, 10, tzinfo=UTC)
MONTHS = 12

prices = st.builds(
    lambda unit, tax: Price(Money(unit, "DKK"), "monthly", tax),
    st.integers(0, 500_000),
    st.sampled_from([Decimal(0), Decimal(95), Decimal(250), Decimal("81.25")]),
)
# Per month: how many seats it begins with, and what they become on which day of it.
changes = st.lists(st.tuples(st.integers(0, 27), st.integers(0, 3000)), max_size=6)
years = st.lists(st.tuples(st.integers(1, 3000), changes), min_size=MONTHS, max_size=MONTHS)


def lines_of(price: Price, year: list[tuple[int, list[tuple[int, int]]]]) -> list[list[Amount]]:
    """Each month's lines: the period at its start, then each change for the days left."""
    months = []
    for number, (seats, later) in enumerate(year):
        period = period_at(START, 1, step(START, number))
        lines, before = [for_period(price, seats, period)], seats
        for day, total in sorted(later, key=lambda one: one[0]):
            left = period.days_left(period.starts_at + day * DAY)
            lines.append(for_change(price, before, total, period, left))
            before = total
        months.append(lines)
    return months


def used_in(price: Price, number: int, seats: int, later: list[tuple[int, int]]) -> Fraction:
    """What a month's seats are worth by the day, exactly."""
    period = period_at(START, 1, step(START, number))
    days, before, since = Fraction(0), seats, 0
    for day, total in sorted(later, key=lambda one: one[0]):
        days, before, since = days + before * (day - since), total, day
    return (days + before * (period.days - since)) * price.unit.minor / period.days


@given(prices, years)
def test_a_years_invoices_are_the_sum_of_their_lines(
    price: Price, year: list[tuple[int, list[tuple[int, int]]]]
) -> None:
    months = lines_of(price, year)
    totals = [total_of(lines, "DKK") for lines in months]
    whole = total_of([line for lines in months for line in lines], "DKK")
    assert total_of(totals, "DKK") == whole
    assert whole.total.minor == sum(line.net.minor + line.tax.minor for lines in months for line in lines)


@given(prices, years)
def test_a_years_charges_are_what_was_used_but_for_half_a_unit_at_each_rounding(
    price: Price, year: list[tuple[int, list[tuple[int, int]]]]
) -> None:
    charged = sum(line.net.minor for lines in lines_of(price, year) for line in lines)
    used = sum(used_in(price, number, seats, later) for number, (seats, later) in enumerate(year))
    roundings = sum(1 + 2 * len(later) for _, later in year)
    assert abs(charged - used) <= Fraction(roundings, 2)


@given(prices, st.integers(1, 3000), st.integers(0, 30))
def test_what_is_taken_back_on_a_day_leaves_what_was_used_until_then(price: Price, seats: int, day: int) -> None:
    """A year bought whole and given back is the worth of the days before; not a minor unit more or less."""
    period = period_at(START, 12, START)
    left = period.days_left(START + day * DAY)
    kept = for_period(price, seats, period) + for_change(price, seats, 0, period, left)
    assert kept == worth(price, seats, period.days, period.days) - worth(price, seats, left, period.days)


@given(prices, st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 31))
def test_there_and_back_at_one_moment_costs_nothing(price: Price, one: int, other: int, left: int) -> None:
    period = period_at(START, 1, START)
    there, back = for_change(price, one, other, period, left), for_change(price, other, one, period, left)
    assert total_of([there, back], "DKK") == nothing("DKK")


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**9), max_size=5))
def test_what_is_left_is_never_negative(total: int, paid: list[int]) -> None:
    left = outstanding(Money(total, "DKK"), [Money(one, "DKK") for one in paid])
    assert left.minor == max(0, total - sum(paid))


def test_an_open_invoice_is_overdue_from_the_moment_it_is_due() -> None:
    second = timedelta(seconds=1)
    assert standing("open", START, START - second) is Standing.OPEN
    assert standing("open", START, START) is Standing.OVERDUE
    assert standing("paid", START, START) is Standing.PAID


@pytest.mark.parametrize(
    ("seller", "buyer", "number", "expected"),
    [
        ("DK", "NL", "NL004495445B01", True),
        ("DK", "NL", "", False),
        ("DK", "DK", "DK13585628", False),
        ("DK", "NO", "NO889640782MVA", False),
        ("US", "NL", "NL004495445B01", False),
    ],
)
def test_the_buyer_accounts_for_the_tax_within_the_union_and_across_a_border(
    seller: str, buyer: str, number: str, expected: bool
) -> None:
    assert reverse_charged(seller, buyer, number) is expected
