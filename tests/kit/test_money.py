from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money, cut_tax, exponent, parse_decimal, prorate


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def test_money_adds_subtracts_and_multiplies_in_its_currency() -> None:
    assert usd(150) + usd(50) - usd(30) == usd(170)
    assert usd(129) * 3 == 3 * usd(129) == usd(387)
    assert -usd(5) == usd(-5)


def test_currencies_do_not_mix() -> None:
    assert usd(1) != Money(1, "EUR")
    with pytest.raises(ValueError, match="USD and EUR"):
        usd(1) + Money(1, "EUR")
    with pytest.raises(ValueError, match="USD and EUR"):
        usd(1) - Money(1, "EUR")


def test_money_is_not_multiplied_by_fractions() -> None:
    factor: Any = 0.5
    with pytest.raises(TypeError):
        usd(1) * factor


@pytest.mark.parametrize(
    ("minor", "part", "whole", "result"),
    [(1000, 1, 3, 333), (1000, 2, 3, 667), (1, 1, 2, 1), (-1, 1, 2, -1), (3, 1, 2, 2), (-3, 1, 2, -2), (5, -1, 2, -3),
     (1, 49, 100, 0), (-1, 49, 100, 0), (3600, 0, 31, 0), (3600, 31, 31, 3600), (10**18 + 1, 1, 2, 5 * 10**17 + 1)],
)  # fmt: skip
def test_a_part_is_rounded_half_away_from_zero(minor: int, part: int, whole: int, result: int) -> None:
    assert prorate(usd(minor), part, whole) == usd(result)


def test_there_is_no_part_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        prorate(usd(1), 0, 0)


@given(st.integers(-(10**12), 10**12), st.integers(0, 400), st.integers(1, 400))
def test_a_part_is_never_more_than_half_a_unit_off_and_mirrors_in_sign(minor: int, part: int, whole: int) -> None:
    share = prorate(usd(minor), part, whole)
    assert abs(share.minor - Fraction(minor * part, whole)) <= Fraction(1, 2)
    assert prorate(usd(-minor), part, whole) == -share


def test_tax_is_cut_from_the_exact_sum_as_in_the_documented_example() -> None:
    assert cut_tax(usd(129), 95, 100) == usd(1225)


@pytest.mark.parametrize(
    ("minor", "rate", "quantity", "tax"),
    [(100, 250, 1, 25), (999, 250, 1, 249), (-129, 95, 100, -1225), (1000, Decimal("88.75"), 1, 88),
     (10_000, Decimal("88.75"), 8, 7100), (100, 0, 5, 0)],
)  # fmt: skip
def test_tax_drops_the_fraction_towards_zero(minor: int, rate: int | Decimal, quantity: int, tax: int) -> None:
    assert cut_tax(usd(minor), rate, quantity) == usd(tax)


@pytest.mark.parametrize(
    ("currency", "decimals"), [("USD", 2), ("EUR", 2), ("DKK", 2), ("NOK", 2), ("JPY", 0), ("KWD", 3)]
)
def test_a_currency_has_its_number_of_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("36.00", "USD", 3600), ("36", "USD", 3600), ("36.5", "USD", 3650), ("0.01", "DKK", 1), ("0", "NOK", 0),
     ("1500", "JPY", 1500), ("1.234", "KWD", 1234), ("999999999999.99", "EUR", 99999999999999)],
)  # fmt: skip
def test_a_price_is_read_into_minor_units(text: str, currency: str, minor: int) -> None:
    assert parse_decimal(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [("", "USD"), ("36,00", "USD"), ("36.000", "USD"), ("1.5", "JPY"), ("1.", "USD"), (".5", "USD"), ("-1", "USD"),
     ("+1", "USD"), ("1e3", "USD"), ("1 000", "USD"), (" 1", "USD"), ("1\n", "USD"), ("$1", "USD"), ("NaN", "USD"),
     ("٣", "USD"), ("1_000", "USD"), ("9" * 13, "USD"), ("9" * 9999, "USD")],
)  # fmt: skip
def test_anything_else_is_no_price(text: str, currency: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_decimal(text, currency)
    assert (caught.value.code, caught.value.kind) == ("money_invalid", Kind.INVALID)
    assert caught.value.params == {"value": text[:40], "currency": currency, "decimals": exponent(currency)}


@pytest.mark.parametrize("currency", ["", "usd", "XYZ", "US", "DOLLARS" * 99])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_decimal("1.00", currency)
    assert caught.value.code == "currency_unknown"
