"""The cart and the checkout: how many, on which terms, who pays and how, what it comes to; then one button."""

from dataclasses import fields
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from tenantry.commands.buy import PO_LENGTH, place_order
from tenantry.commands.fill_cart import fill_cart
from tenantry.commands.manage_billing import save_billing_account
from tenantry.domain.billing_account import BillingAccount
from tenantry.domain.carts import CartLine, wishes_of
from tenantry.domain.orders import Line, Quote
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.kit.money import Money
from tenantry.queries.checkout import Checkout, Chosen, read_checkout
from tenantry.web.answers import address, onward
from tenantry.web.errors import STATUS
from tenantry.web.invoice_pdf import percent_of
from tenantry.web.pages import go
from tenantry.web.purchase import MOST_DIGITS, crumbs_of, offered, place_of, terms_of, way_back, whole
from tenantry.web.subscription_words import price_words, terms_words
from tenantry.web.visit import Visit

LINES = 100  # of a form, so that nobody sends thousands


def steps_of(visit: Visit) -> list[tuple[str, str | None]]:
    """The way from a product to an order."""
    say, place = visit.speech.say, place_of(visit)
    return [(say("Products"), place), (say("Cart"), f"{place}/cart"), (say("Checkout"), None)]


def _next(visit: Visit, form: FormMultiDict) -> str:
    return way_back(visit, str(form.get("next", ""))[:2000])


# The cart


@get("/purchase/cart")
async def cart(visit: Visit, next: str = "") -> Response[Any]:
    return await _cart(visit, way_back(visit, next))


async def _cart(
    visit: Visit, next: str, *, typed: dict[str, str] | None = None, refused: Refused | None = None
) -> Response[Any]:
    """The page; typed: the fields of a form that was refused."""
    seen = await read_checkout(visit.house.db, visit.viewer, now=visit.now)
    title = visit.speech.say("Cart")
    return visit.page(
        "purchase/cart.html",
        title=title,
        status=STATUS[refused.kind] if refused else 200,
        crumbs=crumbs_of(visit, title),
        steps=steps_of(visit),
        rows=[_row(visit, chosen, typed or {}) for chosen in seen.lines],
        errors={refused.field: visit.speech.refused(refused)} if refused else {},
        place=f"{place_of(visit)}/cart",
        catalog=place_of(visit),
        next=next,
    )


def _row(visit: Visit, chosen: Chosen, typed: dict[str, str]) -> dict[str, Any]:
    """A line of the cart as fields."""
    line, speech = chosen.line, visit.speech
    return {
        "id": line.sku_id,
        "name": chosen.product,
        "href": place_of(visit, line.sku_id),
        "terms": offered(visit, chosen.prices),
        "chosen": typed.get(f"terms-{line.sku_id}", f"{line.term_months}-{line.frequency}"),
        "seats": typed.get(f"seats-{line.sku_id}", str(line.seats)),
        "each_time": speech.money(chosen.price.unit * line.seats) if chosen.price else "",
        "frequency": line.frequency,
    }


@post("/purchase/cart")
async def change_cart(visit: Visit) -> Response[Any]:
    """Saves what was typed; *remove* takes one product out, *checkout* goes on."""
    form = await visit.request.form()
    next, removed = _next(visit, form), parse_id(str(form.get("remove", "")))
    typed = {name: str(form.get(name, ""))[:40] for name in list(form)[:LINES] if name.startswith(("seats-", "terms-"))}
    try:
        lines = [_line(name, typed, removed) for name in typed if name.startswith("seats-")]
        await fill_cart(visit.house.db, visit.viewer, lines=lines, now=visit.now)
    except Refused as refused:
        if refused.kind is not Kind.INVALID:
            raise
        return await _cart(visit, next, typed=typed, refused=refused)
    part = "checkout" if "checkout" in form else "cart"
    return onward(visit, address(f"{place_of(visit)}/{part}", next=next))


def _line(name: str, typed: dict[str, str], removed: Any) -> CartLine:
    """A line of the form. Raises Refused("seats_whole"), at the field."""
    sku_id = parse_id(name.removeprefix("seats-"))
    months, frequency = terms_of(typed.get(f"terms-{sku_id}", ""))
    if sku_id is None:
        raise Refused("form_damaged", Kind.INVALID)
    if sku_id == removed:
        return CartLine(sku_id, 0, months, frequency)
    seats = whole(typed[name][:MOST_DIGITS])
    if not seats:
        raise Refused("seats_whole", Kind.INVALID, field=name)
    return CartLine(sku_id, seats, months, frequency)


# The checkout


@get("/purchase/checkout")
async def checkout(visit: Visit, next: str = "") -> Response[Any]:
    return await _checkout(visit, way_back(visit, next))


async def _checkout(
    visit: Visit,
    next: str,
    *,
    typed: dict[str, str] | None = None,
    payer: BillingAccount | None = None,
    refused: Refused | None = None,
) -> Response[Any]:
    """The page. typed: number and method of an order that was refused; payer: a billing account that was."""
    seen = await read_checkout(visit.house.db, visit.viewer, now=visit.now)
    if not seen.lines:
        return go(address(f"{place_of(visit)}/cart", next=next))
    speech, title, refused = visit.speech, visit.speech.say("Checkout"), refused or seen.refused
    field = refused.field if refused else None
    default = next_method(seen)
    return visit.page(
        "purchase/checkout.html",
        title=title,
        status=STATUS[refused.kind] if refused and (typed or payer) else 200,
        crumbs=crumbs_of(visit, title),
        steps=steps_of(visit),
        lines=[line_row(visit, line) for line in seen.quote.lines] if seen.quote else [],
        quote=seen.quote,
        totals=totals(visit, seen.quote) if seen.quote else [],
        payer=payer or seen.payer,
        countries=speech.countries,
        methods=[(one.id, one.label) for one in seen.methods],
        typed={"method": default, "po_number": ""} | (typed or {}),
        errors={field: speech.refused(refused)} if refused and field else {},
        refused=speech.refused(refused) if refused and not field else "",
        po_length=PO_LENGTH,
        place=place_of(visit),
        next=next,
        key=new_id(),
    )


def next_method(seen: Checkout) -> str:
    """The tenant's usual way to pay; an invoice where there is none."""
    return next((str(one.id) for one in seen.methods if one.is_default), "")


def line_row(visit: Visit, line: Line) -> dict[str, Any]:
    """A line of an order in words: what, how many, on which terms, for which days, and what it costs now."""
    speech = visit.speech
    return {
        "product": line.product,
        "terms": terms_words(speech, line.term_months, line.price.frequency),
        "seats": speech.number(line.seats),
        "before": speech.number(line.before) if line.before else "",
        "price": price_words(speech, line.price),
        "period": f"{speech.date(line.from_at)} – {speech.date(line.until_at)}",
        "amount": speech.money(line.amount.net),
    }


def totals(visit: Visit, quote: Quote) -> list[tuple[str, str]]:
    """What the order costs now: without tax, the tax, and both."""
    speech, say = visit.speech, visit.speech.say
    taxed: dict[Any, Money] = {}
    for line in quote.lines:
        permille = line.price.tax_permille
        taxed[permille] = taxed.get(permille, Money(0, quote.currency)) + line.amount.tax
    taxes = [
        (say("Tax, %(percent)s%%", percent=percent_of(speech, permille)), speech.money(tax))
        for permille, tax in taxed.items()
    ]
    return [(say("Without tax"), speech.money(quote.now.net)), *taxes]


@post("/purchase/payer")
async def save_payer(visit: Visit) -> Response[Any]:
    """The billing account, where there was none yet."""
    form = await visit.request.form()
    payer = BillingAccount(**{one.name: str(form.get(one.name, "")).strip()[:2000] for one in fields(BillingAccount)})
    next = _next(visit, form)
    try:
        await save_billing_account(visit.house.db, visit.viewer, account=payer, seen="", now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _checkout(visit, next, payer=payer, refused=refused)
    return onward(visit, address(f"{place_of(visit)}/checkout", next=next))


@post("/purchase/checkout")
async def place(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    next = _next(visit, form)
    typed = {name: str(form.get(name, ""))[:200] for name in ("method", "po_number")}
    lines = [parse_line(text) for text in form.getall("line", [])[:LINES]]
    try:
        placed = await place_order(
            visit.house.db,
            visit.viewer,
            wishes=wishes_of(line for line in lines if line),
            fingerprint=str(form.get("fingerprint", ""))[:40],
            method_id=parse_id(typed["method"]),
            po_number=typed["po_number"],
            now=visit.now,
            from_cart=True,
            key=str(form.get("key", ""))[:64] or None,
        )
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _checkout(visit, next, typed=typed, refused=refused)
    return onward(visit, address(f"{visit.home}/orders/{placed.order_id}", next=next))


def parse_line(text: str) -> CartLine | None:
    """A line as the checkout sends it: "PRODUCT SEATS MONTHS FREQUENCY"; None for anything else."""
    sku, seats, months, frequency = (*text.split(" ")[:4], "", "", "", "")[:4]
    sku_id = parse_id(sku)
    return CartLine(sku_id, whole(seats), whole(months), frequency) if sku_id else None


@get("/purchase/payer")
async def back(visit: Visit) -> Response[Any]:
    """A form's address, asked for again."""
    return go(f"{place_of(visit)}/checkout")


HANDLERS = [cart, change_cart, checkout, place, save_payer, back]
