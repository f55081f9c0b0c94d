"""Which tax a buyer pays."""

from decimal import Decimal

import pytest

from tenantry.domain.catalog_files import parse_taxes
from tenantry.domain.taxes import TaxRate, permille_for
from tenantry.sample import sample
from tenantry.words.countries import country_codes

RATES = {"DK": 250, "DE": 190, "FI": 255, "NO": 250, "CH": 81}


@pytest.mark.parametrize(
    ("seller", "buyer", "vat_number", "permille"),
    [
        ("DK", "DK", None, 250),
        ("DK", "DK", "DK13585628", 250),
        ("DK", "DE", None, 190),
        ("DK", "DE", "", 190),
        ("DK", "DE", "DE136695976", 0),
        ("DE", "DK", "DK13585628", 0),
        ("DE", "DK", None, 250),
        ("DK", "NO", None, 0),
        ("DK", "NO", "NO923609016", 0),
        ("NO", "DK", None, 0),
        ("NO", "NO", "NO923609016", 250),
        ("NO", "CH", None, 0),
        ("DK", "US", None, 0),
        ("US", "US", None, 0),
    ],
)
def test_the_sellers_country_and_the_buyers_choose_the_tax(
    seller: str, buyer: str, vat_number: str | None, permille: int
) -> None:
    rate = TaxRate(Decimal(RATES[buyer]), True) if buyer in RATES else None
    assert permille_for(rate, vat_number, seller=seller, buyer=buyer) == permille


def test_where_a_country_knows_no_reverse_charge_the_tax_is_taken_all_the_same() -> None:
    assert permille_for(TaxRate(Decimal(190), False), "DE136695976", seller="DK", buyer="DE") == 190


def test_the_sample_has_the_rates_of_the_eu_and_efta() -> None:
    rates = parse_taxes(sample("taxes.csv"), countries=frozenset(country_codes().values())).checked()
    assert len(rates) == 31
    assert rates["FI"] == TaxRate(Decimal("255.0"), True)
    assert {code for code, rate in rates.items() if not rate.reverse_charge} == {"CH", "IS", "LI"}


def test_every_fault_of_a_rate_is_told_with_its_line() -> None:
    data = b"country,percent,reverse_charge\nXX,25,yes\nDK,-1,yes\nSE,25,maybe\nNO,25,yes\nNO,25,yes\n"
    parsed = parse_taxes(data, countries=["DK", "SE", "NO"])
    assert [(one.line, one.code) for one in parsed.faults[:3]] == [
        (2, "country_unknown"),
        (3, "percent_form"),
        (4, "yes_or_no"),
    ]
    assert parsed.faults[3].line == 6
