"""An invoice on paper, in every language and with whatever people are called."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import typst

from tenantry.domain.charges import Amount
from tenantry.domain.invoices import Seller, Standing
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.queries.invoices import Invoice, InvoiceLine, InvoiceRow
from tenantry.web import invoice_pdf
from tenantry.web.invoice_pdf import FONTS, paper, taxes_of
from tenantry.words.speech import LANGUAGES, speech
from tests.cast import NOW

SELLER = Seller("Northwind & Sons", ("Main Street 1", "2100 København Ø"), "DK", "DK13585628", "DK50 0040 0440 1162 43")
BUYER = {"name": "Contoso A/S", "street": "Gade 1", "postal_code": "8000", "city": "Aarhus", "country": "DK"}


def amount(net: int, tax: int) -> Amount:
    return Amount(Money(net, "DKK"), Money(tax, "DKK"))


def line(product: str = "Business Basic", net: int = 7000, permille: int = 250, **more: Any) -> InvoiceLine:
    days = {"from_at": NOW, "until_at": NOW + timedelta(days=30)}
    told = {"seats": 5, "unit_price": Money(7000, "DKK"), "frequency": "monthly", "kind": "purchase", **days}
    tax = {"amount": amount(net, net * permille // 1000), "tax_permille": Decimal(permille)}
    ids = {"operation_id": new_id(), "subscription_id": new_id()}
    return InvoiceLine(number="2026-000001", product=product, **{**told, **tax, **ids, **more})


def invoice(*lines: InvoiceLine, buyer: dict[str, str] = BUYER, standing: Standing = Standing.OPEN) -> Invoice:
    total = amount(sum(one.amount.net.minor for one in lines), sum(one.amount.tax.minor for one in lines))
    due = NOW + timedelta(days=30)
    row = InvoiceRow(new_id(), "2026-000001", standing, total, total.total, "PO 7", NOW, due, None)
    return Invoice(row, buyer, SELLER, lines, len(lines), ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_printed_in_every_language(language: str) -> None:
    assert invoice_pdf.invoice_pdf(speech(language), invoice(line(), line(net=-350))).startswith(b"%PDF")


@pytest.mark.parametrize(
    "name",
    [
        "#panic() *bold* _it_ $x$ @ref <label> // no",
        '"quoted" \\ #{sys.inputs} `raw` [x] ]',
        "شركة كونتوسو",
        "חברת קונטוסו",
        "W" * 256,
        "Very long " * 25,
    ],
)
def test_a_name_is_text_and_never_markup(name: str) -> None:
    made = invoice(line(name), buyer={**BUYER, "name": name, "street": name * 2})
    assert invoice_pdf.invoice_pdf(speech("en"), made).startswith(b"%PDF")
    assert paper(speech("en"), made)["buyer"]["name"] == name


def test_five_hundred_lines_go_over_many_pages() -> None:
    pdf = invoice_pdf.invoice_pdf(speech("da"), invoice(*(line(f"Produkt {n}") for n in range(500))))
    assert re.findall(rb"/Count (\d+)", pdf) == [b"22"]


def test_a_font_that_is_not_in_the_wheel_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(FONTS) <= set(typst.Fonts(include_system_fonts=False).families())
    monkeypatch.setattr(invoice_pdf, "FONTS", ("No Such Font",))
    with pytest.raises(AssertionError, match="no such font"):
        invoice_pdf.invoice_pdf(speech("en"), invoice(line()))


def test_the_tax_of_each_rate_is_the_tax_of_its_lines() -> None:
    made = invoice(line(), line(net=-100), line(permille=0), line(permille=81))
    taxes = taxes_of(made.lines)
    assert sum(tax.minor for tax in taxes.values()) == made.row.amount.tax.minor
    labels = [label for label, _, _ in paper(speech("da"), made)["totals"][1:4]]
    assert [label.split()[-1] for label in labels] == ["0%", "8,1%", "25%"]


def test_another_state_of_the_union_pays_the_tax_itself() -> None:
    abroad = {**BUYER, "country": "NL", "vat_number": "NL004495445B01"}
    notes = paper(speech("en"), invoice(line(permille=0), buyer=abroad))["notes"]
    assert any("Reverse charge" in note for note in notes)
    assert not any("Reverse charge" in note for note in paper(speech("en"), invoice(line()))["notes"])


def test_a_credit_note_asks_for_nothing() -> None:
    made = invoice(line(net=-7000), standing=Standing.CREDITED)
    credit = replace(made, row=replace(made.row, left=Money(0, "DKK")))
    told = paper(speech("en"), credit)
    assert (told["title"], told["notes"]) == ("Credit note 2026-000001", [])
