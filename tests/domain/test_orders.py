"""Orders: what each wish costs now, and what it costs from then on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tenantry.domain.charges import Price
from tenantry.domain.orders import (
    Bought,
    Deed,
    buy,
    cancel,
    change_seats,
    convert,
    quote,
    renew,
    switch,
    term_end,
)
from tenantry.domain.subscriptions import Facts
from tenantry.kit.money import Money
from tests.cast import BASIC, PREMIUM, _id

APRIL = datetime(2026, 4, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
PRICE = Price(Money(1000, "DKK"), "monthly", Decimal(250))
FACTS = Facts(APRIL, datetime(2027, 4, 1, tzinfo=UTC), True, False, "direct", 12)
BOUGHT = Bought(_id(1), BASIC.sku_id, BASIC.name, FACTS, 100, PRICE, APRIL, APRIL)


def test_a_purchase_charges_its_first_month() -> None:
    line = buy(_id(1), BASIC.sku_id, BASIC.name, 10, 12, PRICE, APRIL)
    assert (line.deed, line.from_at, line.until_at) == (Deed.NEW, APRIL, MAY)
    told = quote([line], "DKK")
    assert (told.now.net.minor, told.now.tax.minor, told.now.total.minor) == (10_000, 2_500, 12_500)
    assert (told.monthly.minor, told.yearly.minor) == (10_000, 120_000)


def test_five_more_seats_are_paid_for_the_rest_of_the_month() -> None:
    line = change_seats(BOUGHT, 105, APRIL + timedelta(days=15))
    assert (line.before, line.seats, line.amount.net.minor) == (100, 105, 2_500)
    assert line.running.monthly.minor == 105_000


def test_a_cancellation_credits_the_days_left() -> None:
    line = cancel(BOUGHT, APRIL + timedelta(days=3))
    assert (line.seats, line.amount.net.minor, line.amount.tax.minor) == (0, -90_000, -22_500)


def test_a_renewal_begins_the_day_it_is_asked_for() -> None:
    late = datetime(2027, 4, 20, tzinfo=UTC)
    line = renew(BOUGHT, 90, 1, PRICE, late)
    assert (line.from_at, line.until_at, line.term_months, line.seats) == (
        late,
        datetime(2027, 5, 20, tzinfo=UTC),
        1,
        90,
    )
    assert line.amount.net.minor == 90_000


def test_a_trial_is_converted_to_what_it_costs() -> None:
    trial = replace(BOUGHT, facts=replace(FACTS, trial=True), price=replace(PRICE, unit=Money(0, "DKK")), seats=25)
    assert convert(trial, 25, 12, PRICE, MAY).amount.net.minor == 25_000


def test_a_switch_pays_the_difference_and_names_the_new_product() -> None:
    dear = replace(PRICE, unit=Money(1500, "DKK"))
    line = switch(BOUGHT, PREMIUM.sku_id, PREMIUM.name, 100, dear, APRIL + timedelta(days=15))
    assert (line.product, line.amount.net.minor) == (PREMIUM.name, 25_000)


def test_a_quote_is_the_same_quote_a_minute_later_and_another_one_the_next_day() -> None:
    def told(after: timedelta) -> str:
        return quote([change_seats(BOUGHT, 105, APRIL + after)], "DKK").fingerprint

    noon = timedelta(days=15, hours=12)
    assert told(noon) == told(noon + timedelta(minutes=1))
    assert told(noon) != told(noon + timedelta(days=1))


@pytest.mark.parametrize(
    "other",
    [
        replace(BOUGHT, seats=101),
        replace(BOUGHT, price=replace(PRICE, unit=Money(1001, "DKK"))),
        replace(BOUGHT, price=replace(PRICE, tax_permille=Decimal(210))),
    ],
)
def test_a_quote_differs_where_seats_price_or_tax_differ(other: Bought) -> None:
    now = APRIL + timedelta(days=15)
    told = {quote([change_seats(one, 105, now)], "DKK").fingerprint for one in (BOUGHT, other)}
    assert len(told) == 2


def test_a_term_ends_a_whole_number_of_terms_after_the_anchor() -> None:
    last_of_january = datetime(2026, 1, 31, tzinfo=UTC)
    assert term_end(last_of_january, 1, datetime(2026, 2, 28, tzinfo=UTC)) == datetime(2026, 3, 31, tzinfo=UTC)
