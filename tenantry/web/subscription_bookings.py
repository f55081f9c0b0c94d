"""What is booked for the renewal of a subscription: previewed, booked on top of what was booked before, dropped."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.book_changes import book_change, drop_booking
from tenantry.domain.bookings import Booking
from tenantry.domain.roles import Permission
from tenantry.domain.subscription_moves import Move
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.subscription import Plan, Subscription, preview_booking, read_subscription
from tenantry.web.answers import onward
from tenantry.web.subscription import booked_rows, place_of, plan_rows
from tenantry.web.subscription_choices import Choice, form_address, read_choice, show_form
from tenantry.web.subscription_forms import form_of, title_of
from tenantry.web.subscription_parts import booked_points, is_part, part_booking
from tenantry.web.subscription_sheets import Sheet, amount_lines, kept_links, lost_apps, show_refused, show_sheet
from tenantry.web.visit import Visit

TERMS = "/products/{subscription_id:uuid}/terms"
BOOKED = "/products/{subscription_id:uuid}/booked"


def booking_of(seen: Subscription, move: Move, choice: Choice) -> Booking:
    """What is wished for the renewal. Raises Refused where what was typed is none."""
    if move is Move.TERMS:
        months, frequency = choice.months_and_frequency()
        return Booking(term_months=months, frequency=frequency)
    if move is Move.SWITCH and choice.product is None:
        raise Refused("choice_missing", Kind.INVALID, field="product")
    if is_part(seen, move, choice):
        return part_booking(seen, choice)
    return Booking(seats=choice.seats(), sku_id=choice.product if move is Move.SWITCH else None)


async def preview_choice(visit: Visit, seen: Subscription, move: Move, choice: Choice, *, error: str = "") -> Sheet:
    """The preview of a booking. Raises Refused as `preview_booking` does."""
    speech, say = visit.speech, visit.speech.say
    held, plan = await preview_booking(
        visit.house.db,
        visit.viewer,
        subscription_id=seen.held.id,
        booking=booking_of(seen, move, choice),
        now=visit.now,
    )
    date = speech.date(held.facts.ends_at)
    points = [say("Nothing is charged now. Until %(date)s it can be changed or dropped.", date=date)]
    if plan.replaced:
        points.append(_replaces(visit, seen, plan))
    if "sku_id" in plan.booking.parts:
        points.append(
            say("Everything that is in the new product is on for everybody: apps that were off are on again.")
        )
    new = plan.part.sku_id if plan.part else plan.sku_id
    return Sheet(
        title=title_of(visit, seen, move),
        button=say("Book it for %(date)s", date=date),
        figures=tuple(plan_rows(visit, seen, plan)),
        points=(*points, *booked_points(visit, seen, plan)),
        warnings=(*_short(visit, seen, plan), *await lost_apps(visit, seen, new)),
        links=kept_links(visit, seen, new),
        costs_title=say("To pay on %(date)s", date=date),
        costs=amount_lines(speech, plan.amount),
        sent={"mark": held.mark},
        error=error,
    )


def _replaces(visit: Visit, seen: Subscription, plan: Plan) -> str:
    """Which parts of what is booked this takes the place of."""
    say = visit.speech.say
    names = {
        "seats": say("the number of licenses"),
        "sku_id": say("the product"),
        "term_months": say("the term"),
        "frequency": say("the billing"),
        "part_sku_id": say("the product of a part"),
        "part_seats": say("the size of the part"),
    }
    parts = visit.speech.all_of(name for part, name in names.items() if part in plan.replaced)
    return say("It replaces what is booked already: %(parts)s.", parts=parts)


def _short(visit: Visit, seen: Subscription, plan: Plan) -> tuple[str, ...]:
    """The seat conflict that fewer seats would bring."""
    missing = seen.needed - plan.seats
    if missing <= 0 or plan.sku_id != seen.held.sku_id:
        return ()
    text = visit.speech.count(
        "%(num)s person would have no valid license then. Unassign it before, or there is a seat conflict.",
        "%(num)s people would have no valid license then. Unassign them before, or there is a seat conflict.",
        missing,
    )
    return (text,)


async def book_choice(visit: Visit, seen: Subscription, move: Move, choice: Choice) -> Response[Any]:
    """Books it, and back to the subscription. Raises Refused as `book_change` does."""
    form = await visit.request.form()
    await book_change(
        visit.house.db,
        visit.viewer,
        subscription_id=seen.held.id,
        booking=booking_of(seen, move, choice),
        mark=str(form.get("mark", ""))[:64],
        now=visit.now,
        key=str(form.get("key", ""))[:64] or None,
    )
    date = visit.speech.date(seen.held.facts.ends_at)
    toast = visit.speech.say("Booked for %(date)s", date=date)
    return onward(visit, place_of(visit, seen.held.id), toast=toast)


# Term and billing


async def _read(visit: Visit, subscription_id: UUID) -> tuple[Subscription, Choice]:
    seen = await read_subscription(visit.house.db, visit.viewer, subscription_id=subscription_id, now=visit.now)
    plan, held = seen.plan, seen.held
    months = plan.term_months if plan else held.facts.term_months
    frequency = plan.price.frequency if plan else held.price.frequency
    return seen, read_choice(visit, seats=held.seats, terms=f"{months}-{frequency}")


@get(TERMS)
async def ask_terms(visit: Visit, subscription_id: UUID) -> Response[Any]:
    visit.require(Permission.SUBSCRIPTION_CHANGE)
    seen, choice = await _read(visit, subscription_id)
    if choice.ready:
        return await _preview_terms(visit, seen, choice)
    return show_form(visit, seen, await form_of(visit, seen, Move.TERMS, choice), choice)


async def _preview_terms(visit: Visit, seen: Subscription, choice: Choice, error: str = "") -> Response[Any]:
    try:
        sheet = await preview_choice(visit, seen, Move.TERMS, choice, error=error)
    except Refused as refused:
        return await _refused(visit, seen, choice, refused)
    return show_sheet(visit, seen, sheet, back=form_address(visit, choice))


async def _refused(visit: Visit, seen: Subscription, choice: Choice, refused: Refused) -> Response[Any]:
    if refused.kind in (Kind.DENIED, Kind.MISSING):
        raise refused
    if refused.kind is Kind.INVALID:
        return show_form(visit, seen, await form_of(visit, seen, Move.TERMS, choice), choice, refused)
    return show_refused(visit, seen, title_of(visit, seen, Move.TERMS), refused)


@post(TERMS)
async def book_terms(visit: Visit, subscription_id: UUID) -> Response[Any]:
    visit.require(Permission.SUBSCRIPTION_CHANGE)
    seen, choice = await _read(visit, subscription_id)
    try:
        return await book_choice(visit, seen, Move.TERMS, choice)
    except Refused as refused:
        if refused.code == "subscription_changed":
            return await _preview_terms(visit, seen, choice, visit.speech.refused(refused))
        return await _refused(visit, seen, choice, refused)


# Dropping it


@get(BOOKED)
async def ask_drop(visit: Visit, subscription_id: UUID) -> Response[Any]:
    visit.require(Permission.SUBSCRIPTION_CHANGE)
    seen, _ = await _read(visit, subscription_id)
    return _drop_sheet(visit, seen)


def _drop_sheet(visit: Visit, seen: Subscription, error: str = "") -> Response[Any]:
    say = visit.speech.say
    if seen.held.booked is None:
        return show_refused(visit, seen, say("Drop what is booked"), Refused("nothing_booked", Kind.CONFLICT))
    sheet = Sheet(
        title=say("Drop what is booked"),
        button=say("Drop what is booked"),
        figures=tuple((label, then, today) for label, today, then in booked_rows(visit, seen)),
        points=(say("The subscription renews on %(date)s as it is.", date=visit.speech.date(seen.held.facts.ends_at)),),
        sent={"mark": seen.held.mark},
        error=error,
    )
    return show_sheet(visit, seen, sheet)


@post(BOOKED)
async def drop(visit: Visit, subscription_id: UUID) -> Response[Any]:
    form = await visit.request.form()
    try:
        await drop_booking(
            visit.house.db,
            visit.viewer,
            subscription_id=subscription_id,
            mark=str(form.get("mark", ""))[:64],
            now=visit.now,
        )
    except Refused as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        seen, _ = await _read(visit, subscription_id)
        return _drop_sheet(visit, seen, visit.speech.refused(refused))
    return onward(visit, place_of(visit, subscription_id), toast=visit.speech.say("What was booked is dropped"))


HANDLERS = [ask_terms, book_terms, ask_drop, drop]
