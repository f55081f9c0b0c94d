"""Orders: all of them, and one as it stands: waiting, in need of a second step, failed, done."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.buy import drop_order, retry_order
from tenantry.domain.orders import Deed, Order, OrderKind, OrderState
from tenantry.domain.payments import Failure
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.kit.paging import decode
from tenantry.queries.orders import OrderSheet, list_orders, read_order
from tenantry.web.answers import address, onward
from tenantry.web.checkout import line_row, totals
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.purchase import way_back
from tenantry.web.visit import Visit
from tenantry.words.orders import KINDS, STATES
from tenantry.words.payments import FAILURES

PLACE = "/orders"
BADGES = {
    OrderState.WAITING: "soon",
    OrderState.ACTION: "soon",
    OrderState.DONE: "ok",
    OrderState.FAILED: "broken",
    OrderState.DROPPED: "",
}


def _place(visit: Visit, order_id: UUID | None = None) -> str:
    return f"{visit.home}{PLACE}/{order_id}" if order_id else f"{visit.home}{PLACE}"


@get(PLACE)
async def orders(visit: Visit, after: str = "") -> Response[Any]:
    page = await list_orders(visit.house.db, visit.viewer, cursor=decode(after), limit=visit.own.page_rows)
    say, place = visit.speech.say, _place(visit)
    return visit.page(
        "purchase/orders.html",
        title=say("Orders"),
        crumbs=[(say("Billing"), None), (say("Orders"), None)],
        rows=[_row(visit, order) for order in page.items],
        previous=address(place, after=page.previous) if page.previous else None,
        next=address(place, after=page.next) if page.next else None,
    )


def _row(visit: Visit, order: Order) -> dict[str, Any]:
    """An order as a row: its products, what it is, where it stands, what it costs."""
    speech, state = visit.speech, OrderState(order.state)
    return {
        "href": _place(visit, order.id),
        "products": speech.all_of(dict.fromkeys(line.product for line in order.quote.lines)),
        "kind": speech.say(KINDS[OrderKind(order.kind)]),
        "state": speech.say(STATES[state]),
        "badge": BADGES[state],
        "made_at": order.made_at,
        "made_by": order.actor_name,
        "total": speech.money(order.quote.now.total),
    }


@get(PLACE + "/{order_id:uuid}")
async def order(visit: Visit, order_id: UUID, next: str = "") -> Response[Any]:
    return await _show(visit, order_id, next)


async def _show(visit: Visit, order_id: UUID, next: str = "", refused: Refused | None = None) -> Response[Any]:
    seen = await read_order(visit.house.db, visit.viewer, order_id=order_id, now=visit.now)
    say, speech, found = visit.speech.say, visit.speech, seen.order
    why = refused or seen.refused
    return visit.page(
        "purchase/order.html",
        title=say("Order of %(date)s", date=speech.date(found.made_at)),
        status=STATUS[refused.kind] if refused else 200,
        crumbs=[(say("Billing"), None), (say("Orders"), _place(visit)), (speech.date(found.made_at), None)],
        row=_row(visit, found),
        why=say(FAILURES[Failure(found.failure)]) if found.failure else "",
        state=found.state,
        seen=seen,
        lines=[line_row(visit, line) for line in found.quote.lines],
        quote=found.quote,
        totals=totals(visit, found.quote),
        facts=_facts(visit, seen),
        place=_place(visit, order_id),
        methods=[(one.id, one.label) for one in seen.methods],
        method=str(found.method_id or ""),
        refused=speech.refused(why) if why else "",
        may_change=visit.viewer.can(Permission.SUBSCRIPTION_CHANGE),
        invoice=_invoice(visit, seen),
        running=[line for line in found.quote.lines if line.deed is not Deed.CANCEL],
        next=way_back(visit, next),
        key=new_id(),
    )


def _facts(visit: Visit, seen: OrderSheet) -> list[tuple[str, str]]:
    say, order = visit.speech.say, seen.order
    named = [
        (say("What"), visit.speech.say(KINDS[OrderKind(order.kind)])),
        (say("Ordered by"), order.actor_name),
        (say("Purchase order number"), order.po_number or ""),
        (say("Paid by"), say("Invoice") if order.method_id is None else say("Payment method")),
    ]
    return [(label, value) for label, value in named if value]


def _invoice(visit: Visit, seen: OrderSheet) -> tuple[str, str | None] | None:
    """The number of the order's invoice, and its page for those who may see it."""
    if seen.number is None:
        return None
    may = visit.viewer.can(Permission.BILLING_READ)
    return seen.number, f"{visit.home}/billing/invoices/{seen.order.invoice_id}" if may else None


@post(PLACE + "/{order_id:uuid}/retry")
async def retry(visit: Visit, order_id: UUID) -> Response[Any]:
    """Tries a failed order again, for what the page said it costs now."""
    form = await visit.request.form()
    try:
        await retry_order(
            visit.house.db,
            visit.viewer,
            order_id=order_id,
            fingerprint=str(form.get("fingerprint", ""))[:40],
            method_id=parse_id(str(form.get("method", ""))),
            now=visit.now,
            key=str(form.get("key", ""))[:64] or None,
        )
    except Refused as refused:
        if refused.kind in (Kind.DENIED, Kind.MISSING):
            raise
        return await _show(visit, order_id, refused=refused)
    return onward(visit, _place(visit, order_id))


@post(PLACE + "/{order_id:uuid}/drop")
async def drop(visit: Visit, order_id: UUID) -> Response[Any]:
    try:
        await drop_order(visit.house.db, visit.viewer, order_id=order_id, now=visit.now)
    except Refused as refused:
        if refused.kind in (Kind.DENIED, Kind.MISSING):
            raise
        return await _show(visit, order_id, refused=refused)
    return onward(visit, _place(visit, order_id), toast=visit.speech.say("Order given up"))


@get([PLACE + "/{order_id:uuid}/retry", PLACE + "/{order_id:uuid}/drop"])
async def back(visit: Visit, order_id: UUID) -> Response[Any]:
    """A form's address, asked for again."""
    return go(_place(visit, order_id))


HANDLERS = [orders, order, retry, drop, back]
