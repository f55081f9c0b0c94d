"""An invoice paid by card, by whoever does not want to wait for the bank."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.pay_again import pay_invoice
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.invoices import read_invoice
from tenantry.queries.payments import read_paying
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.visit import Visit

PLACE = "/billing/invoices"


@get(f"{PLACE}/{{invoice_id:uuid}}/pay")
async def ask_to_pay(visit: Visit, invoice_id: UUID) -> Response[Any]:
    visit.require(Permission.BILLING_CHANGE)
    return await _show(visit, invoice_id)


async def _show(visit: Visit, invoice_id: UUID, *, refused: Refused | None = None) -> Response[Any]:
    """What is left to pay, and the cards that could."""
    db, say, place = visit.house.db, visit.speech.say, f"{visit.home}{PLACE}"
    seen = await read_invoice(db, visit.viewer, invoice_id=invoice_id, now=visit.now)
    paying, number = await read_paying(db, visit.viewer), seen.row.number
    bill = f"{place}/{invoice_id}"
    return visit.page(
        "billing/pay_invoice.html",
        title=say("Pay invoice %(number)s", number=number),
        crumbs=[(say("Billing"), None), (say("Bills & payments"), place), (number, bill), (say("Pay now"), None)],
        status=STATUS[refused.kind] if refused else 200,
        bill=bill,
        left=visit.speech.money(seen.row.left),
        owed=seen.row.left.minor > 0,
        ways=[(one.id, one.label) for one in paying.methods],
        methods=f"{visit.home}/billing/methods",
        refused=visit.speech.refused(refused) if refused else "",
    )


@post(f"{PLACE}/{{invoice_id:uuid}}/pay")
async def pay(visit: Visit, invoice_id: UUID) -> Response[Any]:
    visit.require(Permission.BILLING_CHANGE)
    await read_invoice(visit.house.db, visit.viewer, invoice_id=invoice_id, now=visit.now)
    method_id = parse_id(str((await visit.request.form()).get("method", "")))
    try:
        await pay_invoice(visit.house.db, visit.viewer, invoice_id=invoice_id, method_id=method_id, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, invoice_id, refused=refused)
    said = visit.speech.say("The payment is under way. Load the page again in a moment.")
    return onward(visit, f"{visit.home}{PLACE}/{invoice_id}", toast=said)


HANDLERS = [ask_to_pay, pay]
