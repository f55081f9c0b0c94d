"""Which tax a buyer pays."""

from decimal import Decimal

import pytest

from tenantry.domain.catalog_files import parse_taxes
from tenantry.domain.taxes import TaxRate, permille_for
from tenantry.sample import sample
from tenantry.words.countries import country_codes

HOME, ELSEWHERE = TaxRate(Decimal(250), False), TaxRate(Decimal(190), True)


@pytest.mark.parametrize(
    ("rate", "vat_number", "permille"),
    [
        (HOME, None, 250),
        (HOME, "DK13585628", 250),
        (ELSEWHERE, None, 190),
        (ELSEWHERE, "", 190),
        (ELSEWHERE, "DE136695976", 0),
        (None, None, 0),
    ],
)
def test_a_vat_number_moves_the_tax_to_a_buyer_elsewhere(
    rate: TaxRate | None, vat_number: str | None, permille: int
) -> None:
    assert permille_for(rate, vat_number) == permille


def test_the_sample_has_the_rates_of_the_eu_and_efta() -> None:
    rates = parse_taxes(sample("taxes.csv"), countries=frozenset(country_codes().values())).checked()
    assert len(rates) == 31
    assert rates["FI"] == TaxRate(Decimal("255.0"), True)
    assert not rates["DK"].reverse_charge


def test_every_fault_of_a_rate_is_told_with_its_line() -> None:
    data = b"country,percent,reverse_charge\nXX,25,yes\nDK,-1,yes\nSE,25,maybe\nNO,25,yes\nNO,25,yes\n"
    parsed = parse_taxes(data, countries=["DK", "SE", "NO"])
    assert [(one.line, one.code) for one in parsed.faults[:3]] == [
        (2, "country_unknown"),
        (3, "percent_form"),
        (4, "yes_or_no"),
    ]
    assert parsed.faults[3].line == 6
