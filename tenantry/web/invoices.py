"""Bills and payments: every invoice, one with its lines, and both to take away as CSV and PDF."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from anyio.to_thread import run_sync
from litestar import Response, get

from tenantry.domain.invoices import Standing
from tenantry.domain.roles import Permission
from tenantry.kit.money import Money, exponent
from tenantry.kit.paging import decode
from tenantry.queries.invoices import (
    Charged,
    Invoice,
    InvoiceLine,
    InvoiceList,
    InvoiceRow,
    each_invoice,
    each_line,
    list_invoices,
    read_invoice,
)
from tenantry.web.answers import address
from tenantry.web.invoice_pdf import invoice_pdf, percent_of, period_of, taxes_of, title_of
from tenantry.web.spool import Spool
from tenantry.web.visit import Visit
from tenantry.words.invoices import FREQUENCIES, KINDS, PAYMENT_STATES, PROVIDERS, STANDINGS
from tenantry.words.speech import Speech

PLACE = "/billing/invoices"
BADGES = {Standing.OPEN: "soon", Standing.OVERDUE: "broken", Standing.PAID: "ok", Standing.CREDITED: ""}
PAID_BADGES = {"waiting": "wait", "action": "wait", "paid": "ok", "failed": "broken", "refunded": "quiet"}


def standing_of(text: str) -> Standing | None:
    """The filter that `text` names, or None for all."""
    return next((one for one in Standing if one.value == text), None)


@get(PLACE)
async def invoices(visit: Visit, only: str = "", year: str = "", after: str = "") -> Response[Any]:
    wanted, year = standing_of(only), year if year.isdecimal() else ""
    seen = await list_invoices(
        visit.house.db,
        visit.viewer,
        only=wanted,
        year=year,
        cursor=decode(after),
        limit=visit.own.page_rows,
        now=visit.now,
    )
    say = visit.speech.say
    return visit.page(
        "billing/invoices.html",
        title=say("Bills & payments"),
        crumbs=[(say("Billing"), None), (say("Bills & payments"), None)],
        **_list(visit, seen, wanted, year),
    )


def _list(visit: Visit, seen: InvoiceList, only: Standing | None, year: str) -> dict[str, Any]:
    say, place, state = visit.speech.say, f"{visit.home}{PLACE}", only or ""
    all_states = [("", say("All")), *((one.value, say(STANDINGS[one])) for one in Standing)]
    years = [("", say("Every year")), *((one, one) for one in seen.years)] if len(seen.years) > 1 else []

    def page(cursor: str | None) -> str | None:
        return address(place, only=state, year=year, after=cursor) if cursor else None

    return {
        "rows": [shown(visit.speech, row, f"{place}/{row.id}") for row in seen.page.items],
        "states": [(label, address(place, only=one, year=year), one == state) for one, label in all_states],
        "years": [(label, address(place, only=state, year=one), one == year) for one, label in years],
        "open": [(visit.speech.money(whole), visit.speech.money(late), late.minor) for whole, late in seen.open],
        "credit": [visit.speech.money(left) for left in seen.credit],
        "narrowed": bool(state or year),
        "previous": page(seen.page.previous),
        "next": page(seen.page.next),
        "export": address(f"{place}/export.csv", only=state, year=year),
        "place": place,
    }


def shown(speech: Speech, row: InvoiceRow, href: str) -> dict[str, Any]:
    """An invoice as a row of a list."""
    late_or_open = row.standing in (Standing.OPEN, Standing.OVERDUE)
    return {
        "row": row,
        "href": href,
        "badge": BADGES[row.standing],
        "standing": speech.say(STANDINGS[row.standing]),
        "issued": speech.date(row.issued_at),
        "due": speech.date(row.due_at) if late_or_open else "",
        "total": speech.money(row.amount.total),
        "left": speech.money(row.left) if row.left.minor else "",
    }


@get(PLACE + "/{invoice_id:uuid}")
async def invoice(visit: Visit, invoice_id: UUID) -> Response[Any]:
    seen = await read_invoice(visit.house.db, visit.viewer, invoice_id=invoice_id, now=visit.now)
    say, place = visit.speech.say, f"{visit.home}{PLACE}"
    return visit.page(
        "billing/invoice.html",
        title=title_of(visit.speech, seen),
        crumbs=[(say("Billing"), None), (say("Bills & payments"), place), (seen.row.number, None)],
        place=f"{place}/{invoice_id}",
        lines=[_line(visit, line) for line in seen.lines],
        may_pay=seen.row.left.minor > 0 and visit.viewer.can(Permission.BILLING_CHANGE),
        **sheet(visit.speech, seen),
    )


def sheet(speech: Speech, seen: Invoice) -> dict[str, Any]:
    """What a page shows of an invoice: how it stands, who buys, the sums and the payments."""
    return {
        "seen": seen,
        "head": shown(speech, seen.row, ""),
        "facts": _facts(speech, seen),
        "totals": _totals(speech, seen),
        "paid": [
            (
                PAID_BADGES[one.state],
                speech.say(PAYMENT_STATES[one.state]),
                " · ".join(filter(None, (speech.say(PROVIDERS[one.provider]), one.number))),
                speech.date(one.at),
                speech.money(one.amount),
            )
            for one in seen.payments
        ],
    }


def _facts(speech: Speech, seen: Invoice) -> list[tuple[str, str]]:
    say, row, buyer = speech.say, seen.row, seen.buyer
    named = [
        (say("Billed to"), buyer["name"]),
        (say("VAT number"), buyer.get("vat_number", "")),
        (say("Purchase order number"), row.po_number or ""),
        (say("Date"), speech.date(row.issued_at)),
        (say("Due"), speech.date(row.due_at) if row.left.minor else ""),
        (say("Used up") if row.standing is Standing.CREDITED else say("Paid"), _day(speech, row.paid_at)),
    ]
    return [(label, value) for label, value in named if value]


def _day(speech: Speech, at: datetime | None) -> str:
    return speech.date(at) if at else ""


def _totals(speech: Speech, seen: Invoice) -> list[tuple[str, str]]:
    say, amount = speech.say, seen.row.amount
    totals = [(say("Without tax"), speech.money(amount.net))]
    taxes = taxes_of(seen.lines) if len(seen.lines) == seen.line_count else {}
    if len(taxes) == 1:
        percent = percent_of(speech, next(iter(taxes)))
        totals.append((say("Tax, %(percent)s%%", percent=percent), speech.money(amount.tax)))
    else:
        totals.append((say("Tax"), speech.money(amount.tax)))
    totals.append((say("Total"), speech.money(amount.total)))
    if seen.row.left.minor:
        totals.append((say("Left to pay"), speech.money(seen.row.left)))
    if seen.row.standing is Standing.CREDITED:
        totals.append((say("Left of the credit"), speech.money(seen.credit_left)))
    return totals


def _line(visit: Visit, line: InvoiceLine) -> dict[str, Any]:
    speech = visit.speech
    receipt = visit.viewer.can(Permission.LICENSE_READ)
    return {
        "line": line,
        "kind": speech.say(KINDS[line.kind]),
        "period": period_of(speech, line),
        "price": speech.money(line.unit_price),
        "frequency": speech.say(FREQUENCIES[line.frequency]),
        "net": speech.money(line.amount.net),
        "tax": speech.money(line.amount.tax),
        "receipt": f"{visit.home}/operations/{line.operation_id}" if receipt else "",
    }


def charged(visit: Visit, one: Charged) -> dict[str, str]:
    """A line as the receipt of its operation shows it."""
    speech, line = visit.speech, one.line
    return {
        "product": line.product,
        "period": period_of(speech, line),
        "number": line.number,
        "href": f"{visit.home}{PLACE}/{one.invoice_id}",
        "net": speech.money(line.amount.net),
        "tax": speech.money(line.amount.tax),
    }


@get(PLACE + "/{invoice_id:uuid}/invoice.pdf")
async def pdf(visit: Visit, invoice_id: UUID) -> Response[bytes]:
    """The invoice on paper, in the reader's language."""
    seen = await read_invoice(visit.house.db, visit.viewer, invoice_id=invoice_id, now=visit.now, lines=None)
    content = await run_sync(invoice_pdf, visit.speech, seen)
    headers = {"Content-Disposition": f'attachment; filename="{seen.row.number}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def plain(amount: Money) -> str:
    """An amount as a spreadsheet reads it, whatever the language: 1234.50."""
    decimals = exponent(amount.currency)
    digits = str(abs(amount.minor)).rjust(decimals + 1, "0")
    cut = len(digits) - decimals
    return ("-" if amount.minor < 0 else "") + (f"{digits[:cut]}.{digits[cut:]}" if decimals else digits)


@get(PLACE + "/export.csv")
async def invoices_csv(visit: Visit, only: str = "", year: str = "") -> Response[Any]:
    """The list as it is filtered."""
    visit.require(Permission.BILLING_READ)
    say = visit.speech.say
    headings = [say("Number"), say("State"), say("Date"), say("Due"), say("Purchase order number"), say("Currency")]
    headings += [say("Without tax"), say("Tax"), say("Total"), say("Left to pay")]

    def cells(row: InvoiceRow) -> list[str]:
        amounts = (row.amount.net, row.amount.tax, row.amount.total, row.left)
        dates = (row.issued_at.date().isoformat(), row.due_at.date().isoformat())
        known = (row.number, say(STANDINGS[row.standing]), *dates, row.po_number or "", row.left.currency)
        return [*known, *(plain(amount) for amount in amounts)]

    file = Spool(headings, cells)
    wanted, year = standing_of(only), year if year.isdecimal() else ""
    await each_invoice(visit.house.db, visit.viewer, only=wanted, year=year, take=file.take, now=visit.now)
    return file.answer(f"invoices-{visit.tenant.slug}.csv")


@get(PLACE + "/lines.csv")
async def all_lines_csv(visit: Visit) -> Response[Any]:
    """Every line of every invoice."""
    return await _lines_csv(visit, None, f"invoice-lines-{visit.tenant.slug}.csv")


@get(PLACE + "/{invoice_id:uuid}/lines.csv")
async def lines_csv(visit: Visit, invoice_id: UUID) -> Response[Any]:
    """The lines of one invoice."""
    seen = await read_invoice(visit.house.db, visit.viewer, invoice_id=invoice_id, now=visit.now)
    return await _lines_csv(visit, invoice_id, f"{seen.row.number}.csv")


async def _lines_csv(visit: Visit, invoice_id: UUID | None, name: str) -> Response[Any]:
    visit.require(Permission.BILLING_READ)
    say = visit.speech.say
    headings = [say("Number"), say("Product"), say("What for"), say("From"), say("Until"), say("Seats")]
    headings += [say("Price per seat"), say("Currency"), say("Without tax"), say("Tax"), say("Operation")]

    def cells(line: InvoiceLine) -> list[str]:
        last = max(line.from_at, line.until_at - timedelta(days=1))
        days = (line.from_at.date().isoformat(), last.date().isoformat())
        known = (line.number, line.product, say(KINDS[line.kind]), *days, str(line.seats), plain(line.unit_price))
        return [
            *known,
            line.unit_price.currency,
            plain(line.amount.net),
            plain(line.amount.tax),
            str(line.operation_id),
        ]

    file = Spool(headings, cells)
    await each_line(visit.house.db, visit.viewer, invoice_id=invoice_id, take=file.take)
    return file.answer(name)


HANDLERS = [invoices, invoices_csv, all_lines_csv, invoice, pdf, lines_csv]
