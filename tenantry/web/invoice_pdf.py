"""An invoice on paper, in the reader's language: the words here, the layout in `templates/billing/invoice.typ`."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import typst

from tenantry.domain.invoices import Standing, reverse_charged
from tenantry.kit.money import Money
from tenantry.queries.invoices import Invoice, InvoiceLine
from tenantry.words.invoices import FREQUENCIES, KINDS
from tenantry.words.speech import Speech

# In the compiler's wheel: the first for nearly everything, the second for letters that it has not.
FONTS = ("Libertinus Serif", "DejaVu Sans Mono")
DAY = timedelta(days=1)


@cache
def _layout() -> bytes:
    return (files("tenantry.web") / "templates" / "billing" / "invoice.typ").read_bytes()


def invoice_pdf(speech: Speech, invoice: Invoice) -> bytes:
    """The invoice with all its `lines`, which have to be there. It takes a moment: call it in a thread."""
    pdf, warnings = typst.compile_with_warnings(
        _layout(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": msgspec.json.encode(paper(speech, invoice)).decode()},
        timestamp=int(invoice.row.issued_at.timestamp()),
    )
    if warnings:  # a font that is missing would change how it looks, and nobody would know
        raise AssertionError("; ".join(warning.message for warning in warnings))
    return bytes(pdf)


def title_of(speech: Speech, invoice: Invoice) -> str:
    """Invoice 2026-000001."""
    if invoice.row.standing is Standing.CREDITED:
        return speech.say("Credit note %(number)s", number=invoice.row.number)
    return speech.say("Invoice %(number)s", number=invoice.row.number)


def paper(speech: Speech, invoice: Invoice) -> dict[str, Any]:
    """Everything that stands on it, as text."""
    say, seller, buyer = speech.say, invoice.seller, invoice.buyer
    return {
        "font": FONTS,
        "language": speech.language,
        "title": title_of(speech, invoice),
        "seller": {"name": seller.name, "lines": [*seller.address, *_vat(speech, seller.vat_number)]},
        "buyer": {"label": say("Billed to"), "name": buyer["name"], "lines": _address(speech, buyer)},
        "facts": _facts(speech, invoice),
        "heads": [say("Product"), say("Seats"), say("Price per seat"), say("Amount")],
        "lines": [_line(speech, line) for line in invoice.lines],
        "totals": _totals(speech, invoice),
        "notes": _notes(speech, invoice),
        "footer": f"{seller.name} · {invoice.row.number}",
        "page": say("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
    }


def _vat(speech: Speech, number: str | None) -> list[str]:
    return [speech.say("VAT number %(number)s", number=number)] if number else []


def _address(speech: Speech, buyer: dict[str, str]) -> list[str]:
    town = f"{buyer.get('postal_code', '')} {buyer.get('city', '')}".strip()
    lines = [buyer.get("street", ""), town, speech.country(buyer["country"])]
    told = [*lines, *_vat(speech, buyer.get("vat_number")), buyer.get("email", "")]
    return [line for line in told if line]


def _facts(speech: Speech, invoice: Invoice) -> list[tuple[str, str]]:
    say, row = speech.say, invoice.row
    facts = [(say("Date"), speech.date(row.issued_at))]
    if row.standing in (Standing.OPEN, Standing.OVERDUE):
        facts.append((say("Due"), speech.date(row.due_at)))
    if row.paid_at and row.standing is Standing.PAID:
        facts.append((say("Paid"), speech.date(row.paid_at)))
    if row.po_number:
        facts.append((say("Purchase order number"), row.po_number))
    return facts


def period_of(speech: Speech, line: InvoiceLine) -> str:
    """The days that a line is for, the last one included."""
    last = max(line.from_at, line.until_at - DAY)
    return f"{speech.date(line.from_at)} – {speech.date(last)}"


def _line(speech: Speech, line: InvoiceLine) -> dict[str, str]:
    return {
        "product": line.product,
        "what": f"{speech.say(KINDS[line.kind])} · {period_of(speech, line)}",
        "seats": speech.number(line.seats),
        "price": f"{speech.money(line.unit_price)} {speech.say(FREQUENCIES[line.frequency])}",
        "net": speech.money(line.amount.net),
    }


def _totals(speech: Speech, invoice: Invoice) -> list[tuple[str, str, bool]]:
    """The sum, the tax of each rate, the total, and what is left of it where something was paid."""
    say, amount = speech.say, invoice.row.amount
    totals = [(say("Without tax"), speech.money(amount.net), False)]
    for permille, tax in taxes_of(invoice.lines).items():
        totals.append((say("Tax, %(percent)s%%", percent=percent_of(speech, permille)), speech.money(tax), False))
    totals.append((say("Total"), speech.money(amount.total), True))
    if 0 < invoice.row.left.minor < amount.total.minor:
        totals.append((say("Left to pay"), speech.money(invoice.row.left), True))
    return totals


def taxes_of(lines: tuple[InvoiceLine, ...]) -> dict[Decimal, Money]:
    """Rate in thousandths -> the tax of its lines, the lowest rate first."""
    by_rate: dict[Decimal, int] = defaultdict(int)
    for line in lines:
        by_rate[line.tax_permille] += line.amount.tax.minor
    return {rate: Money(by_rate[rate], lines[0].amount.tax.currency) for rate in sorted(by_rate)}


def percent_of(speech: Speech, permille: Decimal) -> str:
    """25, or 8.1 as the language writes it."""
    return speech.decimal(permille / 10)


def _notes(speech: Speech, invoice: Invoice) -> list[str]:
    say, row, seller = speech.say, invoice.row, invoice.seller
    notes = []
    if row.left.minor:
        text = say(
            "Due on %(date)s. Quote %(number)s with the payment.", date=speech.date(row.due_at), number=row.number
        )
        notes.append(text)
        if seller.account:
            notes.append(say("Pay to: %(account)s", account=seller.account))
    untaxed = row.amount.tax.minor == 0
    if untaxed and reverse_charged(seller.country, invoice.buyer["country"], invoice.buyer.get("vat_number")):
        notes.append(say("Reverse charge: the buyer accounts for VAT (Directive 2006/112/EC, article 196)."))
    return notes
