"""Money over a period: no minor unit is lost or made between charges and credits."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.charges import Amount, Price, for_change, for_period, for_switch, nothing, running, worth
from tenantry.domain.periods import period_at
from tenantry.kit.money import Money

APRIL = period_at(datetime(2026, 4, 1, tzinfo=UTC), 1, datetime(2026, 4, 1, tzinfo=UTC))
PLAIN = Price(Money(1000, "DKK"), "monthly")
TAXED = Price(Money(1000, "DKK"), "monthly", Decimal(250))

units = st.integers(0, 500_000)
taxes = st.sampled_from([Decimal(0), Decimal(95), Decimal(210), Decimal(250), Decimal("81.25")])
prices = st.builds(lambda unit, tax: Price(Money(unit, "EUR"), "monthly", tax), units, taxes)
seats = st.integers(0, 3000)
lefts = st.integers(0, APRIL.days)


def plain(minor: int) -> Amount:
    return Amount(Money(minor, "DKK"), Money(0, "DKK"))


def test_a_whole_month_costs_every_seat_once() -> None:
    assert for_period(PLAIN, 25, APRIL) == plain(25_000)


def test_five_more_seats_in_the_middle_cost_half_a_month() -> None:
    assert for_change(PLAIN, 100, 105, APRIL, APRIL.days_left(APRIL.starts_at + timedelta(days=15))) == plain(2_500)


def test_fewer_seats_are_credited_for_the_days_left() -> None:
    assert for_change(PLAIN, 10, 7, APRIL, 6) == plain(-600)


def test_tax_is_taken_of_the_sum_and_cut() -> None:
    price = Price(Money(129, "USD"), "monthly", Decimal(95))
    assert for_period(price, 100, APRIL) == Amount(Money(12_900, "USD"), Money(1_225, "USD"))


def test_a_dearer_product_costs_the_difference_for_the_days_left() -> None:
    dear = Price(Money(1500, "DKK"), "monthly")
    assert for_switch(PLAIN, 10, dear, 10, APRIL, 15) == plain(2_500)


@pytest.mark.parametrize(
    ("price", "monthly", "yearly"),
    [(PLAIN, 10_000, 120_000), (Price(Money(10_001, "DKK"), "yearly"), 8_334, 100_010)],
)
def test_what_it_costs_from_now_on_is_told_by_the_month_and_by_the_year(
    price: Price, monthly: int, yearly: int
) -> None:
    told = running(price, 10)
    assert (told.monthly.minor, told.yearly.minor) == (monthly, yearly)


@given(prices, st.lists(seats, min_size=1, max_size=8), lefts)
def test_whatever_is_changed_back_at_the_same_moment_costs_nothing(price: Price, totals: list[int], left: int) -> None:
    steps = zip(totals, [*totals[1:], totals[0]], strict=True)
    assert sum((for_change(price, a, b, APRIL, left) for a, b in steps), nothing("EUR")) == nothing("EUR")


@given(prices, st.lists(st.tuples(seats, lefts), min_size=1, max_size=8), seats)
def test_all_charges_and_credits_of_a_period_are_what_was_used(
    price: Price, changes: list[tuple[int, int]], first: int
) -> None:
    """Buy, change the seats as the month goes by, cancel: what stays paid is each stretch's own worth."""
    changes = sorted(changes, key=lambda change: -change[1])
    paid, before, used, since = for_period(price, first, APRIL), first, nothing("EUR"), APRIL.days
    for after, left in changes:
        paid += for_change(price, before, after, APRIL, left)
        used += _stretch(price, before, since, left)
        before, since = after, left
    paid += for_change(price, before, 0, APRIL, since)
    assert paid == used
    assert 0 <= paid.net.minor <= for_period(price, max(first, *(after for after, _ in changes)), APRIL).net.minor


def _stretch(price: Price, count: int, since: int, until: int) -> Amount:
    return worth(price, count, since, APRIL.days) - worth(price, count, until, APRIL.days)


@given(prices, seats, lefts)
def test_a_purchase_taken_back_at_once_is_credited_whole(price: Price, count: int, left: int) -> None:
    bought = for_change(price, 0, count, APRIL, left)
    assert bought + for_change(price, count, 0, APRIL, left) == nothing("EUR")
    assert -bought == for_change(price, count, 0, APRIL, left)
