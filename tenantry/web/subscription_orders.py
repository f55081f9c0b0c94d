"""Changes of a subscription that cost money, or give some back: chosen, previewed, ordered, and the receipt.

Each is an order of one line: seats, a renewal, the purchase of a trial, another product, a cancellation.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.buy import Placed, place_order
from tenantry.domain.orders import Deed, Line, OrderState, OrderWish, Quote
from tenantry.domain.roles import Permission
from tenantry.domain.seat_changes import When
from tenantry.domain.subscription_moves import Move, decide_move
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.app_switches import Switches, each_switches
from tenantry.queries.quotes import quote_order
from tenantry.queries.subscription import Subscription, read_receipt, read_subscription
from tenantry.web.answers import address
from tenantry.web.pages import go
from tenantry.web.spool import Spool
from tenantry.web.subscription import crumbs_of, place_of
from tenantry.web.subscription_bookings import book_choice, preview_choice
from tenantry.web.subscription_choices import Choice, form_address, read_choice, show_form
from tenantry.web.subscription_forms import form_of, title_of
from tenantry.web.subscription_parts import (
    is_part,
    part_done,
    part_links,
    part_running,
    part_sheet,
    part_wishes,
)
from tenantry.web.subscription_sheets import (
    Sheet,
    amount_lines,
    kept_links,
    lost_apps,
    now_costs,
    show_refused,
    show_sheet,
    ways_out,
)
from tenantry.web.subscription_words import terms_words
from tenantry.web.visit import Visit

DEEDS = {
    Move.SEATS: Deed.SEATS,
    Move.RENEW: Deed.RENEW,
    Move.CONVERT: Deed.CONVERT,
    Move.SWITCH: Deed.SWITCH,
    Move.CANCEL: Deed.CANCEL,
}
PLACES = [f"/products/{{subscription_id:uuid}}/{move.value}" for move in DEEDS]
UNPAID = Refused("billing_account_missing", Kind.CONFLICT)
AGAIN = {Kind.INVALID}  # refusals that another choice mends


@get(PLACES)
async def ask(visit: Visit, subscription_id: UUID) -> Response[Any]:
    """The form, or with a choice made its preview. A cancellation has nothing to choose."""
    visit.require(Permission.SUBSCRIPTION_CHANGE)
    move, seen = _move(visit), await _read(visit, subscription_id)
    choice = _choice(visit, seen, move)
    if move is Move.CANCEL or choice.ready:
        return await _preview(visit, seen, move, choice)
    try:
        decide_move(move, seen.held.standing, visit.now)
    except Refused as refused:
        return show_refused(visit, seen, title_of(visit, seen, move), refused)
    return show_form(visit, seen, await form_of(visit, seen, move, choice), choice)


@post(PLACES)
async def order(visit: Visit, subscription_id: UUID) -> Response[Any]:
    """Orders what the preview promised; if it would cost something else by now, nothing, and the new preview."""
    visit.require(Permission.SUBSCRIPTION_CHANGE)
    move, seen = _move(visit), await _read(visit, subscription_id)
    choice = _choice(visit, seen, move)
    try:
        if choice.when is When.RENEWAL:
            return await book_choice(visit, seen, move, choice)
        return _receipt_of(visit, seen, await _place(visit, seen, move, choice))
    except Refused as refused:
        if refused.kind in (Kind.DENIED, Kind.MISSING):
            raise
        if refused.code in ("quote_stale", "subscription_changed"):
            return await _preview(visit, seen, move, choice, error=visit.speech.refused(refused))
        return await _refused(visit, seen, move, choice, refused)


def _move(visit: Visit) -> Move:
    return Move(visit.request.url.path.rstrip("/").rpartition("/")[2])


def _choice(visit: Visit, seen: Subscription, move: Move) -> Choice:
    """What was chosen; the total begins with as many licenses as are missing."""
    held = seen.held
    seats = held.seats + (seen.pool.short if move is Move.SEATS else 0)
    return read_choice(visit, seats=seats, terms=f"{held.facts.term_months}-{held.price.frequency}")


async def _read(visit: Visit, subscription_id: UUID) -> Subscription:
    return await read_subscription(visit.house.db, visit.viewer, subscription_id=subscription_id, now=visit.now)


def _wishes(seen: Subscription, move: Move, choice: Choice) -> list[OrderWish]:
    """What is ordered: a line, or two where a part is changed. Raises Refused where what was typed is none."""
    if is_part(seen, move, choice):
        return part_wishes(seen, choice)
    return [_wish(seen, move, choice)]


def _wish(seen: Subscription, move: Move, choice: Choice) -> OrderWish:
    if move is Move.CANCEL:
        return OrderWish(Deed.CANCEL, subscription_id=seen.held.id)
    seats = choice.seats()
    if move is Move.SWITCH and choice.product is None:
        raise Refused("choice_missing", Kind.INVALID, field="product")
    if move in (Move.SEATS, Move.SWITCH):
        product = choice.product if move is Move.SWITCH else None
        return OrderWish(DEEDS[move], sku_id=product, subscription_id=seen.held.id, seats=seats)
    months, frequency = choice.months_and_frequency()
    return OrderWish(DEEDS[move], subscription_id=seen.held.id, seats=seats, term_months=months, frequency=frequency)


async def _place(visit: Visit, seen: Subscription, move: Move, choice: Choice) -> Placed:
    form = await visit.request.form()
    return await place_order(
        visit.house.db,
        visit.viewer,
        wishes=_wishes(seen, move, choice),
        fingerprint=str(form.get("fingerprint", ""))[:64],
        method_id=seen.held.method_id,
        po_number=seen.held.po_number,
        now=visit.now,
        key=str(form.get("key", ""))[:64] or None,
    )


async def _preview(visit: Visit, seen: Subscription, move: Move, choice: Choice, *, error: str = "") -> Response[Any]:
    back = "" if move is Move.CANCEL else form_address(visit, choice)
    try:
        if choice.when is When.RENEWAL:
            sheet = await preview_choice(visit, seen, move, choice, error=error)
        else:
            sheet = await _now_sheet(visit, seen, move, choice, error)
    except Refused as refused:
        if refused.kind is Kind.MISSING:
            raise
        return await _refused(visit, seen, move, choice, refused)
    return show_sheet(visit, seen, sheet, back=back)


async def _now_sheet(visit: Visit, seen: Subscription, move: Move, choice: Choice, error: str) -> Sheet:
    """The preview of what is done at once."""
    wishes = _wishes(seen, move, choice)
    quote, buyer = await quote_order(visit.house.db, visit.viewer, wishes=wishes, now=visit.now)
    new = quote.lines[-1].sku_id
    lost, links = await lost_apps(visit, seen, new), kept_links(visit, seen, new)
    made = part_sheet(visit, seen, quote) if len(wishes) > 1 else _sheet(visit, seen, move, quote)
    sheet = replace(made, title=title_of(visit, seen, move), links=links, warnings=lost)
    if quote.now.total.minor > 0 and not buyer.known:
        sheet = replace(sheet, unpaid=ways_out(visit, seen, UNPAID))
    return replace(sheet, sent={"fingerprint": quote.fingerprint}, error=error)


async def _refused(visit: Visit, seen: Subscription, move: Move, choice: Choice, refused: Refused) -> Response[Any]:
    """The form again where another choice would mend it, else why not and the way out."""
    if move is not Move.CANCEL and refused.kind in AGAIN:
        return show_form(visit, seen, await form_of(visit, seen, move, choice), choice, refused)
    return show_refused(visit, seen, title_of(visit, seen, move), refused)


# The preview


def _sheet(visit: Visit, seen: Subscription, move: Move, quote: Quote) -> Sheet:
    line, speech = quote.lines[0], visit.speech
    title, costs = now_costs(speech, quote)
    return Sheet(
        title="",
        button=_button(visit, move, line),
        figures=_figures(visit, seen, line),
        points=tuple(_points(visit, seen, move, line)),
        costs_title=title,
        costs=costs,
        danger=move is Move.CANCEL,
    )


def _button(visit: Visit, move: Move, line: Line) -> str:
    """What will be done, with its number."""
    count, say = visit.speech.count, visit.speech.say
    if move is Move.SEATS and line.seats > line.before:
        return count("Add %(num)s license", "Add %(num)s licenses", line.seats - line.before)
    if move is Move.SEATS:
        return count("Remove %(num)s license", "Remove %(num)s licenses", line.before - line.seats)
    if move is Move.RENEW:
        return count("Renew with %(num)s license", "Renew with %(num)s licenses", line.seats)
    if move is Move.CONVERT:
        return count("Buy %(num)s license", "Buy %(num)s licenses", line.seats)
    if move is Move.SWITCH:
        return say("Change to %(product)s", product=line.product)
    return say("Cancel subscription")


def _figures(visit: Visit, seen: Subscription, line: Line) -> tuple[tuple[str, str, str], ...]:
    """Product, seats, terms and running cost before and after."""
    speech, held = visit.speech, seen.held
    say, money = speech.say, speech.money
    rows = []
    if line.sku_id != held.sku_id:
        rows.append((say("Product"), held.product, line.product))
    rows.append((say("Total licenses"), speech.number(held.seats), speech.number(line.seats)))
    before = terms_words(speech, held.facts.term_months, held.price.frequency)
    after = terms_words(speech, line.term_months, line.price.frequency)
    if before != after:
        rows.append((say("Term"), before, after))
    was, will = seen.running, line.running
    rows.append((say("Monthly cost"), money(was.monthly), money(will.monthly)))
    return (*rows, (say("Yearly cost"), money(was.yearly), money(will.yearly)))


def _points(visit: Visit, seen: Subscription, move: Move, line: Line) -> list[str]:
    """What else happens."""
    say, date, held = visit.speech.say, visit.speech.date, seen.held
    points = {
        Move.SEATS: [say("The licenses can be used at once and end together with the subscription.")],
        Move.RENEW: [
            say("A new term begins today, with recurring billing on."),
            say("Everybody who has a license keeps it, with all their data."),
        ],
        Move.CONVERT: [
            say("The trial ends now and the subscription begins today, with recurring billing on."),
            say("Everybody who has a license keeps it, with all their data."),
        ],
        Move.SWITCH: [*_movers(visit, seen, line), say("The term and when it renews stay as they are.")],
        Move.CANCEL: [
            say("Nobody can use it from now on. Admins get at the data for 90 days more."),
            say("Days that are paid and not used are credited."),
        ],
    }[move]
    if move is Move.SEATS and line.seats < line.before:
        points = [say("The licenses are gone at once. Nobody who has one loses it.")]
    if held.booked and move in (Move.RENEW, Move.CONVERT, Move.CANCEL):
        points = [*points, say("What is booked for the renewal is dropped.")]
    elif held.booked:
        when = date(held.facts.ends_at)
        points = [*points, say("What is booked for the renewal on %(date)s stays booked.", date=when)]
    return points


def _movers(visit: Visit, seen: Subscription, line: Line) -> list[str]:
    """Whose license goes along to the new product."""
    say, count = visit.speech.say, visit.speech.count
    if not seen.needed:
        return [say("Nobody’s license changes: there are seats enough without this subscription.")]
    people = min(seen.pool.consumed, line.seats)
    return [
        count(
            "%(num)s person moves to %(product)s and keeps working.",
            "%(num)s people move to %(product)s and keep working.",
            people,
            product=line.product,
        ),
        say("Every app of the new product is on for them: apps that were off are on again."),
    ]


# The receipt


def _receipt_of(visit: Visit, seen: Subscription, placed: Placed) -> Response[Any]:
    """On to the receipt, or to the order while it waits for its payment."""
    if placed.state != OrderState.DONE:
        return go(f"{visit.home}/orders/{placed.order_id}")
    return go(address(f"{place_of(visit, seen.held.id)}/receipt", order=str(placed.order_id)))


@get("/products/{subscription_id:uuid}/receipt")
async def receipt(visit: Visit, subscription_id: UUID) -> Response[Any]:
    """What was done, the new monthly cost, and *Close*."""
    order_id = parse_id(visit.request.query_params.get("order", ""))
    held, done = await read_receipt(visit.house.db, visit.viewer, subscription_id=subscription_id, order_id=order_id)
    seen = await _read(visit, subscription_id)
    line = next(line for line in done.quote.lines if line.subscription_id == held.id)
    say, speech = visit.speech.say, visit.speech
    amount = -done.quote.now if done.quote.now.total.minor < 0 else done.quote.now
    running = [
        (say("Total licenses"), speech.number(line.seats)),
        (say("New monthly cost"), speech.money(line.running.monthly)),
        (say("New yearly cost"), speech.money(line.running.yearly)),
    ]
    return visit.page(
        "products/receipt.html",
        title=part_done(visit, done) or _done(visit, line),
        crumbs=crumbs_of(visit, seen, say("Receipt")),
        running=[*running, *part_running(visit, done)],
        links=part_links(visit, done),
        credited=done.quote.now.total.minor < 0,
        amount=amount_lines(speech, amount),
        back=place_of(visit, subscription_id),
        order=done,
    )


def _done(visit: Visit, line: Line) -> str:
    """What was done, as the receipt's title."""
    count, say = visit.speech.count, visit.speech.say
    if line.deed is Deed.SEATS and line.seats > line.before:
        return count("%(num)s license added", "%(num)s licenses added", line.seats - line.before)
    if line.deed is Deed.SEATS:
        return count("%(num)s license removed", "%(num)s licenses removed", line.before - line.seats)
    return {
        Deed.RENEW: say("The subscription is renewed"),
        Deed.CONVERT: say("The subscription is bought"),
        Deed.SWITCH: say("The product is changed"),
        Deed.CANCEL: say("The subscription is canceled"),
        Deed.NEW: say("The subscription is bought"),
    }[line.deed]


@get("/products/{subscription_id:uuid}/switches.csv")
async def switches(visit: Visit, subscription_id: UUID) -> Response[Any]:
    """Who has which apps off, as a file: a change of the product turns them all on."""
    say = visit.speech.say
    headings = [say("Name"), say("Username"), say("Apps off")]
    file: Spool[Switches] = Spool(headings, lambda one: [one.name, one.user_name, ", ".join(one.off)])
    await each_switches(visit.house.db, visit.viewer, subscription_id=subscription_id, take=file.take)
    return file.answer(f"apps-off-{visit.tenant.slug}.csv")


HANDLERS = [ask, order, receipt, switches]
