"""What time does to a subscription: the same whether a sweep comes every hour or is late by a year."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.charges import Price, for_period
from tenantry.domain.falling_due import NEVER, UNPAID_AGAIN, Due, Life, Step, Terms, advance, outlook, split_off
from tenantry.domain.notices import NoticeKind
from tenantry.domain.periods import period_at, step
from tenantry.domain.seat_changes import WINDOW
from tenantry.domain.subscriptions import STAGES, Facts, Status, effective_status
from tenantry.kit.money import Money
from tests.cast import BASIC, DAY, PREMIUM

START = datetime(2026, 1, 31, 9, tzinfo=UTC)
YEAR = step(START, 12)
PRICE = Price(Money(1000, "DKK"), "monthly", Decimal(250))
YEARLY = Price(Money(11_000, "DKK"), "yearly", Decimal(250))


def life(
    months: int = 12,
    price: Price = PRICE,
    *,
    recurring: bool = True,
    trial: bool = False,
    converts: bool = False,
    channel: str = "direct",
    following: Terms | None = None,
    trusted: bool = True,
) -> Life:
    """Ten seats, bought at START and paid for the first billing period."""
    ends_at = START + 30 * DAY if trial else step(START, months)
    facts = Facts(START, ends_at, recurring, trial, channel, months, converts)
    terms = Terms(BASIC.sku_id, BASIC.name, 10, months, price)
    billed = ends_at if trial else period_at(START, price.months, START).ends_at
    return Life(facts, terms, following or terms, START, START, billed, START + WINDOW, trusted)


def told(steps: tuple[Step, ...]) -> list[tuple[str, str, int]]:
    return [(one.due.value, one.from_at.date().isoformat(), one.amount.net.minor) for one in steps]


def test_the_months_of_a_year_are_charged_at_their_own_moments_and_the_31st_stays_the_31st() -> None:
    months = told(advance(life(), datetime(2026, 6, 1, tzinfo=UTC)).steps)
    days = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    assert months == [("period", day, 10_000) for day in days]


def test_a_term_that_ends_goes_on_with_another() -> None:
    after = advance(life(1), START + 60 * DAY)
    assert told(after.steps) == [("renewal", "2026-02-28", 10_000), ("renewal", "2026-03-31", 10_000)]
    assert after.life.facts.ends_at == datetime(2026, 4, 30, 9, tzinfo=UTC)
    assert after.life.term_at == after.life.window_at - WINDOW == datetime(2026, 3, 31, 9, tzinfo=UTC)


def test_what_was_booked_comes_with_the_renewal_and_stays() -> None:
    booked = Terms(PREMIUM.sku_id, PREMIUM.name, 6, 12, YEARLY)
    after = advance(life(1, following=booked), START + 500 * DAY)
    assert told(after.steps) == [("renewal", "2026-02-28", 66_000), ("renewal", "2027-02-28", 66_000)]
    assert after.life.terms == booked
    assert after.life.facts.term_months == 12


def test_recurring_billing_off_still_owes_the_rest_of_the_term_and_no_more() -> None:
    after = advance(life(recurring=False), START + 500 * DAY)
    assert [one.due for one in after.steps] == [Due.PERIOD] * 11
    assert after.life.billed_until == after.life.facts.ends_at
    assert effective_status(after.life.facts, START + 500 * DAY) is Status.DELETED


def test_a_trial_becomes_a_purchase_only_where_that_was_agreed() -> None:
    day = START + 40 * DAY
    lapsed, bought = advance(life(trial=True), day), advance(life(trial=True, converts=True), day)
    assert lapsed.steps == ()
    assert effective_status(lapsed.life.facts, day) is Status.EXPIRED
    assert told(bought.steps) == [("conversion", "2026-03-02", 10_000)]
    assert effective_status(bought.life.facts, day) is Status.ACTIVE


@pytest.mark.parametrize("turn", [{"canceled_at": START + DAY}, {"unpaid_at": START + 20 * DAY}])
def test_what_was_taken_back_or_is_not_paid_is_not_charged(turn: dict[str, datetime]) -> None:
    bought = life()
    assert advance(replace(bought, facts=replace(bought.facts, **turn)), START + 900 * DAY).steps == ()


def test_a_card_is_asked_before_a_term_goes_on_and_then_nothing_more_happens() -> None:
    after = advance(life(1, trusted=False), START + 200 * DAY)
    assert after.steps == ()
    assert after.life == life(1, trusted=False)
    assert after.asked is not None
    assert after.asked.from_at == after.life.facts.ends_at
    free = life(1, replace(PRICE, unit=Money(0, "DKK")), trusted=False)
    assert advance(free, START + 40 * DAY).asked is None


def test_a_part_is_asked_for_with_the_rest_even_where_the_rest_is_free() -> None:
    part = Terms(PREMIUM.sku_id, PREMIUM.name, 3, 1, PRICE)
    asked = advance(replace(life(1, replace(PRICE, unit=Money(0, "DKK")), trusted=False), part=part), YEAR).asked
    assert asked is not None
    assert asked.cost.net.minor == 3000


def test_a_part_that_is_split_off_comes_to_the_same_late_or_in_time() -> None:
    bought = replace(life(1), part=Terms(PREMIUM.sku_id, PREMIUM.name, 3, 1, PRICE))
    born = step(START, 1)
    split = split_off(advance(bought, born), born)
    late = split_off(advance(bought, YEAR), YEAR)
    assert split
    assert late
    assert told(split[1].steps) == [("split", "2026-02-28", 3000)]
    assert advance(split[1].life, YEAR).life == late[1].life
    assert advance(bought, YEAR).life.part is None
    assert split_off(advance(bought, born - DAY), born - DAY) is None


def test_a_term_that_waits_for_its_payment_is_looked_at_every_hour() -> None:
    now = step(START, 1) + DAY
    assert outlook(advance(life(1, trusted=False), now), now)[0] == now + UNPAID_AGAIN


# When it is looked at again, and what is to be known by then

WARNINGS = [
    (life(), START + 4 * DAY, None),
    (life(), START + 5 * DAY, NoticeKind.WINDOW_SHUTS),
    (life(), START + 7 * DAY, None),
    (life(), YEAR - 30 * DAY, NoticeKind.RENEWAL_AHEAD),
    (life(), YEAR - 7 * DAY, NoticeKind.RENEWAL_AHEAD),
    (life(channel="reseller"), START + 5 * DAY, None),
    (life(recurring=False), YEAR - 7 * DAY, None),
    (life(recurring=False), YEAR, NoticeKind.EXPIRED),
    (life(recurring=False), YEAR + 30 * DAY, NoticeKind.DISABLED),
    (life(recurring=False), YEAR + 120 * DAY, None),
    (life(trial=True), START + 23 * DAY, NoticeKind.TRIAL_ENDS),
    (life(trial=True, converts=True), START + 23 * DAY, NoticeKind.TRIAL_CONVERTS),
    (life(trial=True), START + 30 * DAY, NoticeKind.EXPIRED),
]


@pytest.mark.parametrize(("bought", "now", "kind"), WARNINGS)
def test_what_one_should_know_at_a_moment(bought: Life, now: datetime, kind: NoticeKind | None) -> None:
    holds = outlook(advance(bought, now), now)[1]
    assert [one.kind for one in holds] == ([kind] if kind else [])


def test_data_that_is_about_to_go_is_told_beside_the_status() -> None:
    now = YEAR + 106 * DAY
    kinds = [one.kind for one in outlook(advance(life(recurring=False), now), now)[1]]
    assert kinds == [NoticeKind.DISABLED, NoticeKind.DELETED_SOON]


def test_nothing_is_due_any_more_once_all_is_gone() -> None:
    now = YEAR + 200 * DAY
    assert outlook(advance(life(recurring=False), now), now) == (NEVER, ())


lives = st.builds(
    life,
    st.sampled_from([1, 12, 36]),
    st.sampled_from([PRICE, replace(PRICE, unit=Money(0, "DKK"))]),
    recurring=st.booleans(),
    trial=st.booleans(),
    converts=st.booleans(),
    channel=st.sampled_from(sorted(STAGES)),
    following=st.sampled_from(
        [None, Terms(PREMIUM.sku_id, PREMIUM.name, 3, 1, PRICE), Terms(BASIC.sku_id, BASIC.name, 20, 12, YEARLY)]
    ),
    trusted=st.booleans(),
)


@given(lives, st.lists(st.integers(0, 40_000), max_size=6), st.integers(0, 40_000))
def test_a_late_sweep_does_what_many_in_time_would_have_done(bought: Life, stops: list[int], last: int) -> None:
    end = START + timedelta(hours=last)
    here, steps = bought, list[Step]()
    for stop in sorted(stop for stop in stops if stop <= last):
        after = advance(here, START + timedelta(hours=stop))
        here, steps = after.life, [*steps, *after.steps]
    then = advance(here, end)
    assert replace(then, steps=(*steps, *then.steps)) == advance(bought, end)


@given(lives.filter(lambda one: one.trusted), st.integers(0, 40_000))
def test_from_due_to_due_leads_where_one_jump_leads(bought: Life, last: int) -> None:
    end, now = START + timedelta(hours=last), START
    after = advance(bought, now)
    steps = list(after.steps)
    while (due_at := outlook(after, now)[0]) <= end:
        assert due_at > now
        now = due_at
        after = advance(after.life, now)
        assert all(one.from_at == now for one in after.steps)
        steps += after.steps
    jump = advance(bought, end)
    assert (after.life, tuple(steps)) == (jump.life, jump.steps)
    assert outlook(after, end) == outlook(jump, end)


@given(lives, st.integers(0, 40_000))
def test_every_stretch_follows_the_one_before_and_costs_its_period(bought: Life, last: int) -> None:
    until = None
    for one in advance(bought, START + timedelta(hours=last)).steps:
        assert until in (None, one.from_at)
        until = one.until_at
        period = period_at(one.anchor_at, one.terms.price.months, one.from_at)
        assert one.amount == for_period(one.terms.price, one.terms.seats, period)
