"""A subscription's own page: where it stands, what it costs, what comes, and everything that can be done with it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.change_subscriptions import NUMBER_LENGTH, renews, set_po_number
from tenantry.domain.roles import Permission
from tenantry.domain.subscription_moves import Move
from tenantry.domain.subscriptions import Status
from tenantry.kit.errors import Refused
from tenantry.queries.subscription import Plan, Subscription, read_subscription
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.subscription_words import (
    KINDS,
    date_words,
    price_words,
    stage_text,
    status_word,
    term_words,
    terms_words,
)
from tenantry.web.visit import Visit

ICONS = {
    Move.SEATS: "add",
    Move.CONVERT: "cart",
    Move.RENEW: "arrow_sync",
    Move.EXTEND: "calendar",
    Move.SWITCH: "box_multiple",
    Move.TERMS: "calendar",
    Move.RECURRING: "history",
    Move.CANCEL: "prohibited",
    Move.DELETE: "delete",
}
_OFFERED = (Status.ACTIVE, Status.TRIAL)  # where the page of a cancellation says what there is instead


def place_of(visit: Visit, subscription_id: UUID) -> str:
    return f"{visit.home}/products/{subscription_id}"


def crumbs_of(visit: Visit, seen: Subscription, here: str = "") -> list[tuple[str, str | None]]:
    """The way to the subscription, or to `here` below it."""
    say, product = visit.speech.say, seen.held.product
    way: list[tuple[str, str | None]] = [(say("Billing"), None), (say("Your products"), f"{visit.home}/products")]
    return [*way, (product, place_of(visit, seen.held.id)), (here, None)] if here else [*way, (product, None)]


@get("/products/{subscription_id:uuid}")
async def subscription(visit: Visit, subscription_id: UUID) -> Response[Any]:
    return await _show(visit, subscription_id)


async def _show(
    visit: Visit, subscription_id: UUID, *, typed: str | None = None, refused: Refused | None = None
) -> Response[Any]:
    """The page; `typed`: a purchase order number that was refused."""
    seen = await read_subscription(visit.house.db, visit.viewer, subscription_id=subscription_id, now=visit.now)
    may_change = visit.viewer.can(Permission.SUBSCRIPTION_CHANGE)
    return visit.page(
        "products/subscription.html",
        title=seen.held.product,
        crumbs=crumbs_of(visit, seen),
        status=STATUS[refused.kind] if refused else 200,
        place=place_of(visit, subscription_id),
        seen=seen,
        held=seen.held,
        badge_of=(status_word(visit.speech, seen.status), KINDS[seen.status]),
        strip_items=_strip(visit, seen),
        commands=_commands(visit, seen) if may_change else [],
        facts=_facts(visit, seen),
        stages=_stages(visit, seen),
        booked=booked_rows(visit, seen),
        may_change=may_change,
        po_number=seen.held.po_number if typed is None else typed,
        po_length=NUMBER_LENGTH,
        error=visit.speech.refused(refused) if refused else None,
    )


def _strip(visit: Visit, seen: Subscription) -> list[tuple[str, str, str | None]]:
    """The figures on top: label, value, note."""
    speech, held = visit.speech, seen.held
    say, money = speech.say, speech.money
    free = speech.count("%(num)s seat of the product is free", "%(num)s seats of the product are free", seen.pool.free)
    date = date_words(
        speech,
        seen.status,
        starts_at=held.facts.starts_at,
        ends_at=seen.ends_at,
        renews=renews(held),
        now=visit.now,
    )
    items: list[tuple[str, str, str | None]] = [
        (say("Seats"), speech.number(held.seats), free if held.applies_to == "user" else None),
        (say("Status"), status_word(speech, seen.status), date),
    ]
    if held.facts.trial:
        return [*items, (say("Cost"), say("Free"), say("as long as it is a trial"))]
    yearly = say("%(price)s a year, without tax", price=money(seen.running.yearly))
    items.append((say("Monthly cost"), money(seen.running.monthly), yearly))
    if seen.next_charge and seen.next_charge[1].minor:
        at, amount = seen.next_charge
        items.append((say("Next charge"), money(amount), say("on %(date)s, without tax", date=speech.date(at))))
    return items


@dataclass(frozen=True)
class Command:
    """Something that can be done, as an entry of the command bar."""

    label: str
    icon: str
    href: str


def _commands(visit: Visit, seen: Subscription) -> list[Command]:
    """What can be done, in the order in which it is looked for."""
    say, place = visit.speech.say, place_of(visit, seen.held.id)
    labels = {
        Move.CONVERT: say("Buy subscription"),
        Move.RENEW: say("Renew"),
        Move.SEATS: say("Add/Remove licenses"),
        Move.EXTEND: say("Extend trial"),
        Move.SWITCH: say("Change product"),
        Move.TERMS: say("Change term and billing"),
        Move.RECURRING: say("Turn off recurring billing") if renews(seen.held) else say("Turn on recurring billing"),
        Move.CANCEL: say("Cancel subscription"),
        Move.DELETE: say("Delete subscription"),
    }
    shown = set(seen.moves) | ({Move.CANCEL} if seen.status in _OFFERED else set())
    if not seen.held.facts.recurring:
        shown.discard(Move.TERMS)
    return [Command(label, ICONS[move], f"{place}/{move.value}") for move, label in labels.items() if move in shown]


def _facts(visit: Visit, seen: Subscription) -> list[tuple[str, str]]:
    """What was bought, and how."""
    speech, held = visit.speech, seen.held
    say, date = speech.say, speech.date
    channels = {
        "direct": say("Directly"),
        "enterprise": say("Enterprise agreement"),
        "volume": say("Volume agreement"),
        "open": say("Open agreement"),
        "reseller": say("A reseller"),
        "free": say("Self-service, free"),
    }
    facts = [
        (say("Part number"), held.part_number),
        (say("Price"), say("Free") if held.facts.trial else price_words(speech, held.price)),
        (say("Term"), _term(visit, seen)),
        (say("Started"), date(held.facts.starts_at)),
        (say("Recurring billing"), say("On") if renews(held) else say("Off")),
        (say("Bought through"), channels[held.facts.channel]),
    ]
    if held.standing.extended_at:
        facts.append((say("Trial extended"), date(held.standing.extended_at)))
    return facts


def _term(visit: Visit, seen: Subscription) -> str:
    held = seen.held
    if held.facts.trial:
        return term_words(visit.speech, held.facts.term_months)
    return terms_words(visit.speech, held.facts.term_months, held.price.frequency)


def _stages(visit: Visit, seen: Subscription) -> list[dict[str, Any]]:
    """Every status of its life: since when, what it means, and which one is now."""
    speech, past = visit.speech, [at for at, _ in seen.stages if at <= visit.now]
    rows = [
        {
            "date": speech.date(at),
            "name": status_word(speech, status),
            "text": stage_text(speech, status),
            "now": bool(past) and at == past[-1],
        }
        for at, status in seen.stages
    ]
    if renews(seen.held) and not seen.held.facts.trial and len(rows) > 1:
        term = _term(visit, seen) if seen.plan is None else terms_words(speech, *seen.plan.terms)
        rows[-1] |= {"name": speech.say("Renews"), "text": speech.say("A new term begins: %(term)s.", term=term)}
    return rows


def booked_rows(visit: Visit, seen: Subscription) -> list[tuple[str, str, str]]:
    """What is booked for the renewal, as (what, today, then)."""
    return plan_rows(visit, seen, seen.plan) if seen.plan else []


def plan_rows(visit: Visit, seen: Subscription, plan: Plan) -> list[tuple[str, str, str]]:
    """What a renewal would change, as (what, today, then), and what it would cost by the month."""
    held, speech, parts = seen.held, visit.speech, plan.booking.parts
    say, rows = speech.say, []
    if "sku_id" in parts:
        rows.append((say("Product"), held.product, plan.product))
    if "seats" in parts:
        label = say("Licenses of %(product)s", product=held.product) if plan.part else say("Total licenses")
        rows.append((label, speech.number(held.seats), speech.number(plan.seats)))
    if plan.part:
        label = say("Licenses of %(product)s", product=plan.part.product)
        rows.append((label, speech.number(0), speech.number(plan.part.seats)))
    if parts & {"term_months", "frequency"}:
        rows.append((say("Term"), _term(visit, seen), terms_words(speech, plan.term_months, plan.price.frequency)))
    now, then = seen.running.monthly, plan.running.monthly
    return [*rows, (say("Monthly cost"), speech.money(now), speech.money(then))]


@post("/products/{subscription_id:uuid}")
async def save_po_number(visit: Visit, subscription_id: UUID) -> Response[Any]:
    """The purchase order number, the one thing that is changed on the page itself."""
    form = await visit.request.form()
    number = str(form.get("po_number", ""))[:500]
    try:
        await set_po_number(
            visit.house.db, visit.viewer, subscription_id=subscription_id, po_number=number, now=visit.now
        )
    except Refused as refused:
        if refused.field is None:
            raise
        return await _show(visit, subscription_id, typed=number, refused=refused)
    return onward(visit, place_of(visit, subscription_id), toast=visit.speech.say("Purchase order number saved"))


HANDLERS = [subscription, save_po_number]
