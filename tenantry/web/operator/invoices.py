"""Invoices of the whole house: who owes what, and payments that came by bank."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.book_payment import book_payment
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import decode
from tenantry.queries.operator_invoices import list_all_invoices, read_house_invoice
from tenantry.web.answers import address
from tenantry.web.errors import STATUS
from tenantry.web.invoice_pdf import title_of
from tenantry.web.invoices import plain, sheet, shown, standing_of
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.invoices import STANDINGS

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/invoices"


@get("/invoices")
async def invoices(visit: Visit, q: str = "", only: str = "", after: str = "") -> Response[Any]:
    wanted, q, say = standing_of(only), q[:100], visit.speech.say
    state = wanted or ""
    page = await list_all_invoices(
        visit.house,
        operator(visit),
        q=q,
        only=wanted,
        cursor=decode(after),
        limit=visit.own.page_rows,
        now=visit.now,
    )
    states = [("", say("All")), *((one, say(name)) for one, name in STANDINGS.items())]
    return operator_page(
        visit,
        "operator/invoices.html",
        title=say("Invoices"),
        rows=[(one, shown(visit.speech, one.row, f"{PLACE}/{one.tenant_id}/{one.row.id}")) for one in page.items],
        chips=[(label, address(PLACE, q=q, only=one), one == state) for one, label in states],
        q=q,
        state=state,
        narrowed=bool(q or state),
        previous=address(PLACE, q=q, only=state, after=page.previous) if page.previous else None,
        next=address(PLACE, q=q, only=state, after=page.next) if page.next else None,
        place=PLACE,
    )


@get("/invoices/{tenant_id:uuid}/{invoice_id:uuid}")
async def invoice(visit: Visit, tenant_id: UUID, invoice_id: UUID) -> Response[Any]:
    return await _show(visit, tenant_id, invoice_id)


async def _show(
    visit: Visit, tenant_id: UUID, invoice_id: UUID, typed: dict[str, str] | None = None, error: Refused | None = None
) -> Response[Any]:
    """One invoice with the form; what was typed stays where it was refused."""
    name, seen = await read_house_invoice(
        visit.house, operator(visit), tenant_id=tenant_id, invoice_id=invoice_id, now=visit.now
    )
    left = seen.row.left
    return operator_page(
        visit,
        "operator/invoice.html",
        title=title_of(visit.speech, seen),
        crumbs=[(visit.speech.say("Invoices"), PLACE)],
        status=STATUS[error.kind] if error else 200,
        tenant=(name, f"{HOME}/tenants/{tenant_id}"),
        place=f"{PLACE}/{tenant_id}/{invoice_id}",
        left=visit.speech.money(left) if left.minor else "",
        typed=typed or {"amount": plain(left), "paid_on": visit.now.date().isoformat()},
        first_day=seen.row.issued_at.date().isoformat(),
        last_day=visit.now.date().isoformat(),
        errors={error.field or "": visit.speech.refused(error)} if error else {},
        **sheet(visit.speech, seen),
    )


@post("/invoices/{tenant_id:uuid}/{invoice_id:uuid}")
async def book(visit: Visit, tenant_id: UUID, invoice_id: UUID, data: type_form) -> Response[Any]:
    """A payment, booked as it stands in the form; a comma may stand for the point."""
    wish = {"amount": data.get("amount", "").replace(",", ".")[:40], "paid_on": _day(data.get("paid_on", ""))}
    place = {"tenant_id": tenant_id, "invoice_id": invoice_id}
    try:
        booked = await book_payment(visit.house.db, operator(visit), **place, **wish, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.MISSING:
            raise
        return await _show(visit, tenant_id, invoice_id, _typed(data), _said(visit, refused))
    speech = visit.speech
    said = (
        speech.say("Booked. %(left)s is left to pay.", left=speech.money(booked.left))
        if booked.left.minor
        else speech.say("Booked. The invoice is paid.")
    )
    return go(f"{PLACE}/{tenant_id}/{invoice_id}", toast={"kind": "ok", "text": said})


def _day(text: str) -> date:
    """The day that `text` names; one that no payment can have if it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max


def _typed(data: dict[str, str]) -> dict[str, str]:
    return {name: data.get(name, "")[:40] for name in ("amount", "paid_on")}


def _said(visit: Visit, refused: Refused) -> Refused:
    """The refusal with its money as the reader writes it."""
    if "left" not in refused.params:
        return refused
    left = visit.speech.money(refused.params["left"])
    return Refused(refused.code, refused.kind, field=refused.field, left=left)


HANDLERS = [invoices, invoice, book]
