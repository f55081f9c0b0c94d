"""Seats through a year, and the charges of the next one."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from tenantry.domain.charges import Price
from tenantry.domain.falling_due import Due, Life, Terms
from tenantry.domain.subscriptions import Facts
from tenantry.domain.timelines import Change, Owned, bought_at, look_ahead, months_after, months_before
from tenantry.kit.money import Money

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def on(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


FACTS = Facts(on(1, 10, 2025), on(1, 10, 2027), recurring=True, trial=False, channel="direct", term_months=12)
TERMS = Terms(UUID(int=1), "Basic", 10, 12, Price(Money(1000, "EUR"), "yearly", Decimal(250)))
LIFE = Life(FACTS, TERMS, replace(TERMS, seats=8), FACTS.starts_at, on(1, 10), FACTS.ends_at, on(1, 17))


def test_a_year_is_the_starts_of_its_months_and_now() -> None:
    assert months_before(NOW)[0] == on(4, 1, 2025)
    assert months_before(NOW)[-2:] == (on(3, 1), NOW)
    assert (months_after(NOW)[0], months_after(NOW)[-1]) == (on(3, 1), on(2, 1, 2027))


def test_seats_follow_the_charges_forward() -> None:
    changes = [Change(on(1, 10, 2025), 5, True), Change(on(6, 1, 2025), 3, False), Change(on(1, 10), 6, True)]
    owned = Owned(FACTS, 6, changes)
    moments = (on(1, 1, 2025), on(2, 1, 2025), on(6, 1, 2025), on(1, 9), on(1, 10))
    assert bought_at([owned], moments) == (0, 5, 8, 8, 6)


def test_before_the_first_charge_there_were_as_many_as_it_found() -> None:
    assert bought_at([Owned(FACTS, 9, [Change(on(2, 1), 4, False)])], (on(1, 1), on(3, 1))) == (5, 9)
    assert bought_at([Owned(FACTS, 7)], (on(1, 1),)) == (7,)


def test_seats_of_what_has_ended_are_gone() -> None:
    ended = replace(FACTS, recurring=False, ends_at=on(2, 1))
    assert bought_at([Owned(ended, 7)], (on(1, 31), on(2, 1))) == (7, 0)


def test_a_renewal_is_told_with_what_is_booked_for_it_and_charged_in_its_month() -> None:
    ahead = look_ahead([LIFE], "EUR", NOW)
    (turn,) = ahead.turns
    assert (turn.at, turn.seats, turn.due, turn.amount) == (on(1, 10, 2027), 8, Due.RENEWAL, Money(10000, "EUR"))
    assert [money.minor for _, money in ahead.months] == [0] * 10 + [10000, 0]


def test_a_part_that_is_booked_begins_with_the_renewal_and_costs_too() -> None:
    ahead = look_ahead([replace(LIFE, part=replace(TERMS, product="Premium", seats=2))], "EUR", NOW)
    assert [(turn.product, turn.due, turn.seats) for turn in ahead.turns] == [
        ("Basic", Due.RENEWAL, 8),
        ("Premium", Due.SPLIT, 2),
    ]
    assert ahead.months[-2][1] == Money(12500, "EUR")


def test_periods_count_in_their_months_and_are_no_turns() -> None:
    monthly = replace(TERMS, price=replace(TERMS.price, frequency="monthly"))
    life = replace(LIFE, terms=monthly, following=monthly, billed_until=on(4, 10))
    ahead = look_ahead([life], "EUR", NOW)
    assert [money.minor for _, money in ahead.months] == [0] + [12500] * 11
    assert len(ahead.turns) == 1


def test_a_term_that_ends_for_good_is_told_without_a_charge() -> None:
    ahead = look_ahead([replace(LIFE, facts=replace(FACTS, recurring=False))], "EUR", NOW)
    assert [(turn.at, turn.due, turn.amount) for turn in ahead.turns] == [(FACTS.ends_at, None, None)]
    assert not any(money.minor for _, money in ahead.months)


def test_sums_are_of_one_currency() -> None:
    assert not any(money.minor for _, money in look_ahead([LIFE], "DKK", NOW).months)
