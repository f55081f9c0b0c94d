"""What a billing account may say, and how it is kept."""

from dataclasses import replace

import pytest

from tenantry.domain.billing_account import BillingAccount, check_account, mark_of, normal_account
from tenantry.kit.errors import Refused
from tenantry.kit.vat_numbers import normal_vat_number

CONTOSO = BillingAccount("Contoso A/S", "Gade 1", "1000", "København", "DK")


def wrong(**other: str) -> list[tuple[str, str]]:
    found = check_account(replace(CONTOSO, **other), country_codes={"DK", "NO", "US"})
    return [(one.field, one.code) for one in found]


def test_what_is_right_is_kept_in_one_spelling() -> None:
    account = replace(CONTOSO, legal_name=" Contoso A/S ", vat_number="dk 13 58 56 28", email="Bill@CONTOSO.com")
    kept = normal_account(account)
    assert (kept.legal_name, kept.vat_number, kept.email) == ("Contoso A/S", "DK13585628", "Bill@contoso.com")
    assert normal_account(kept) == kept


def test_nothing_is_wrong_without_what_is_optional() -> None:
    assert wrong() == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("legal_name", " ", "text_missing"),
        ("city", "", "text_missing"),
        ("street", "x" * 1024, "text_long"),
        ("po_number", "one\ntwo", "text_control"),
        ("country", "XX", "country_unknown"),
        ("vat_number", "DK13585629", "vat_number_invalid"),
        ("email", "nobody", "address_invalid"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, value: str, code: str) -> None:
    assert wrong(**{field: value}) == [(field, code)]


def test_both_numbers_can_be_wrong_at_once() -> None:
    assert wrong(vat_number="1", email="nobody") == [("vat_number", "vat_number_invalid"), ("email", "address_invalid")]


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("13585628", "DK", "DK13585628"),
        ("EL 094259216", "GR", "EL094259216"),
        ("NO 889 640 782 MVA", "NO", "NO889640782MVA"),
        ("CHE-107.787.577 MWST", "CH", "CHE107787577MWST"),
        ("12-3456789", "US", "123456789"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(typed: str, country: str, kept: str) -> None:
    assert normal_vat_number(typed, country) == kept == normal_vat_number(kept, country)


@pytest.mark.parametrize(
    ("typed", "country"), [("DE136695976", "SE"), ("<b>", "US"), ("DK1358562", "DK"), ("٣" * 8, "US")]
)
def test_a_number_of_elsewhere_or_of_another_form_is_refused(typed: str, country: str) -> None:
    with pytest.raises(Refused):
        normal_vat_number(typed, country)


def test_no_account_has_no_mark() -> None:
    assert mark_of(None) == "" != mark_of(CONTOSO)
