"""A part of a subscription changed to another product: some of its seats go, as many of the other one are bought."""

from typing import Any

from tenantry.domain.bookings import Booking
from tenantry.domain.orders import Deed, Line, Order, OrderKind, OrderWish, Quote
from tenantry.domain.subscription_moves import Move
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.subscription import Plan, Subscription
from tenantry.web.subscription_choices import Choice
from tenantry.web.subscription_sheets import Sheet, amount_lines
from tenantry.web.visit import Visit


def is_part(seen: Subscription, move: Move, choice: Choice) -> bool:
    """Whether fewer licenses are to change than there are. Raises Refused("number_form")."""
    return move is Move.SWITCH and choice.product is not None and 0 < choice.seats() < seen.held.seats


def part_booking(seen: Subscription, choice: Choice) -> Booking:
    """The same at the renewal, of what is there now. Raises Refused("part_at_renewal"): nobody moves by then."""
    if choice.people:
        raise Refused("part_at_renewal", Kind.INVALID, field="people")
    return Booking(seats=seen.held.seats - choice.seats(), part_sku_id=choice.product, part_seats=choice.seats())


def part_wishes(seen: Subscription, choice: Choice) -> list[OrderWish]:
    """Seats less here and as many of the other product, on the same terms. Raises Refused("part_people", most)."""
    held, seats = seen.held, choice.seats()
    if len(choice.people) > seats:
        raise Refused("part_people", Kind.INVALID, field="people", most=seats)
    terms: dict[str, Any] = {"term_months": held.facts.term_months, "frequency": held.price.frequency}
    return [
        OrderWish(Deed.SEATS, subscription_id=held.id, seats=held.seats - seats),
        OrderWish(Deed.NEW, sku_id=choice.product, seats=seats, people=choice.people, **terms),
    ]


def part_sheet(visit: Visit, seen: Subscription, quote: Quote) -> Sheet:
    """The preview of both lines together; its title and form are the caller's."""
    old, new = quote.lines
    speech, say, credit = visit.speech, visit.speech.say, quote.now.total.minor < 0
    return Sheet(
        title="",
        button=speech.count(
            "Change %(num)s license to %(product)s",
            "Change %(num)s licenses to %(product)s",
            new.seats,
            product=new.product,
        ),
        figures=(
            (old.product, speech.number(old.before), speech.number(old.seats)),
            (new.product, speech.number(0), speech.number(new.seats)),
            (say("Monthly cost"), speech.money(seen.running.monthly), speech.money(quote.monthly)),
            (say("Yearly cost"), speech.money(seen.running.yearly), speech.money(quote.yearly)),
        ),
        points=tuple(_points(visit, old, new)),
        costs_title=say("Credited now") if credit else say("To pay now"),
        costs=amount_lines(speech, -quote.now if credit else quote.now),
    )


def _points(visit: Visit, old: Line, new: Line) -> list[str]:
    say, count = visit.speech.say, visit.speech.count
    named = {"product": new.product}
    points = [
        say("%(product)s becomes a subscription of its own, whose term begins today.", **named),
        say(
            "%(product)s goes on as before; the days left of its licenses that change are credited.",
            product=old.product,
        ),
    ]
    if not new.people:
        return [*points, say("Nobody’s license changes: assign %(product)s to those who are to have it.", **named)]
    moved = count(
        "%(num)s person moves to %(product)s and keeps working.",
        "%(num)s people move to %(product)s and keep working.",
        len(new.people),
        **named,
    )
    return [*points, moved, say("Every app of the new product is on for them: apps that were off are on again.")]


def booked_points(visit: Visit, seen: Subscription, plan: Plan) -> list[str]:
    """What it means that a part changes at the renewal."""
    if plan.part is None:
        return []
    say, named = visit.speech.say, {"product": plan.part.product}
    date = visit.speech.date(seen.held.facts.ends_at)
    return [
        say("%(product)s becomes a subscription of its own, whose term begins on %(date)s.", **named, date=date),
        say("%(product)s goes on with the licenses that are left.", product=plan.product),
        say("Nobody’s license changes: assign %(product)s then to those who are to have it.", **named),
        say("Every app of the new product is on for them: apps that were off are on again."),
    ]


# The receipt


def _bought(order: Order) -> Line | None:
    """What took the place of a part, if the order was of that."""
    lines = [line for line in order.quote.lines if line.deed is Deed.NEW]
    return lines[0] if lines and order.kind == OrderKind.SWITCH else None


def part_done(visit: Visit, order: Order) -> str:
    """The receipt's title; empty for any other order."""
    new = _bought(order)
    return visit.speech.count("%(num)s license is changed", "%(num)s licenses are changed", new.seats) if new else ""


def part_running(visit: Visit, order: Order) -> list[tuple[str, str]]:
    """The other product's subscription, from now on."""
    new, speech = _bought(order), visit.speech
    if new is None:
        return []
    seats = speech.count("%(num)s license", "%(num)s licenses", new.seats)
    return [
        (new.product, speech.say("%(seats)s, %(cost)s a month", seats=seats, cost=speech.money(new.running.monthly)))
    ]


def part_links(visit: Visit, order: Order) -> list[tuple[str, str]]:
    """To the new subscription; and to assigning it, where nobody moved."""
    new, say = _bought(order), visit.speech.say
    if new is None:
        return []
    links = [(say("Open %(product)s", product=new.product), f"{visit.home}/products/{new.subscription_id}")]
    assign = (say("Assign %(product)s", product=new.product), f"{visit.home}/licenses/{new.sku_id}?pane=assign")
    return links if new.people else [*links, assign]
