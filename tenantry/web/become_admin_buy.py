"""The last step before one is the admin: a license for everybody, who pays and how, and what became of the payment."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from litestar import Response, get, post

from tenantry.commands.become_admin import (
    add_upgrade_card,
    buy_upgrade,
    drop_upgrade_order,
    keep_upgrade_terms,
    save_upgrade_payer,
)
from tenantry.commands.become_admin_cards import begin_upgrade_card
from tenantry.commands.buy import PO_LENGTH
from tenantry.domain.billing_account import BillingAccount, mark_of
from tenantry.domain.editions import Feature
from tenantry.domain.orders import Deed, OrderState, OrderWish
from tenantry.domain.payments import Failure, TestCard
from tenantry.domain.upgrades import Step
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.queries.upgrade import Paying, Purchase, read_upgrade_purchase, read_way
from tenantry.web.answers import onward
from tenantry.web.become_admin import PLACE, ahead, place_of, show, show_start
from tenantry.web.checkout import line_row, totals
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.purchase import MOST_DIGITS, offered, terms_of, whole
from tenantry.web.visit import Visit
from tenantry.words.payments import CARDS, FAILURES

BUY = f"{PLACE}/buy"
OPEN = (OrderState.WAITING, OrderState.ACTION)
WAITING = "way-buy"  # the element that asks again and again


@get(BUY)
async def buy(visit: Visit, payer: str = "") -> Response[Any]:
    return await _show(visit, change_payer=bool(payer))


async def _show(
    visit: Visit,
    *,
    typed: dict[str, str] | None = None,
    account: BillingAccount | None = None,
    change_payer: bool = False,
    refused: Refused | None = None,
) -> Response[Any]:
    """The page. typed: fields of a form that was refused; account: a billing account that was."""
    way = await read_way(visit.house.db, visit.viewer, door=None)
    if elsewhere := ahead(visit, way, Step.BUY):
        if refused is not None:
            return await show_start(visit, "", refused)
        return _whole(visit) if visit.target == WAITING else elsewhere
    seen = await read_upgrade_purchase(visit.house.db, visit.viewer, now=visit.now)
    state = seen.paying.order.state if seen.paying else ""
    if visit.target == WAITING and state != OrderState.WAITING:
        return _whole(visit)
    why = refused or seen.refused
    field, sentence = why.field if why else None, visit.speech.refused(why) if why else ""
    return show(
        visit,
        seen.way,
        Step.BUY,
        "upgrade/buy.html",
        visit.speech.say("Buy licenses"),
        status=STATUS[refused.kind] if refused else 200,
        state=state if state in OPEN else "",
        typed=_typed(seen) | (typed or {}),
        errors={field: sentence} if field else {},
        refused="" if field else sentence,
        **_cost(visit, seen),
        **_payer(visit, seen, account, change_payer),
        **_payment(visit, seen),
    )


def _cost(visit: Visit, seen: Purchase) -> dict[str, Any]:
    """What it costs, and who came since it was paid for."""
    return {
        "seen": seen,
        "lines": [line_row(visit, line) for line in seen.quote.lines] if seen.quote else [],
        "quote": seen.quote,
        "totals": totals(visit, seen.quote) if seen.quote else [],
        "terms": [] if seen.came else offered(visit, seen.prices),
        "came": visit.speech.all_of(seen.came),
    }


def _payer(visit: Visit, seen: Purchase, account: BillingAccount | None, change: bool) -> dict[str, Any]:
    """Who pays: the form where nobody is known yet, was refused or is to be changed."""
    return {
        "payer": account or seen.payer,
        "payer_mark": mark_of(seen.payer) if seen.is_known else "",
        "ask_payer": account is not None or change or not seen.is_known,
        "payer_facts": _payer_facts(visit, seen.payer),
        "countries": visit.speech.countries,
    }


def _payment(visit: Visit, seen: Purchase) -> dict[str, Any]:
    """How it is paid, and what became of the last try."""
    return {
        "failed": _failure(visit, seen.paying),
        "step_place": _step_place(visit, seen.paying),
        "methods": [(one.id, one.label) for one in seen.methods],
        "cards": _cards(visit),
        "has_provider": visit.house.settings.payment_provider == "stripe",
        "po_length": PO_LENGTH,
        "now": visit.now,
        "key": new_id(),
    }


def _whole(visit: Visit) -> Response[Any]:
    """To the step that comes next, for the part of a page that asked whether the payment is over."""
    return Response("", media_type="text/html", headers={"HX-Redirect": place_of(visit)})


def _typed(seen: Purchase) -> dict[str, str]:
    """The fields as they were chosen last; the newest card is the one that is meant."""
    method = str(seen.methods[-1].id) if seen.methods else ""
    terms = f"{seen.terms[0]}-{seen.terms[1]}"
    return {"seats": str(seen.seats), "terms": terms, "method": method, "po_number": "", "card": TestCard.WORKS}


def _payer_facts(visit: Visit, payer: BillingAccount) -> list[str]:
    """Who pays, in the lines of an address."""
    place = f"{payer.postal_code} {payer.city}".strip()
    country = visit.speech.country(payer.country) if payer.country else ""
    return [line for line in (payer.legal_name, payer.street, place, country, payer.vat_number) if line]


def _cards(visit: Visit) -> list[tuple[str, str, str]]:
    """The test cards, where the house pays by the sandbox."""
    if visit.house.settings.payment_provider != "sandbox" or Feature.CARDS not in visit.tenant.features:
        return []
    say = visit.speech.say
    return [(card.value, *(say(text) for text in CARDS[card])) for card in TestCard]  # type: ignore[misc]


def _failure(visit: Visit, paying: Paying | None) -> str:
    """Why the last order was not paid; nothing where none failed."""
    if paying is None or paying.order.state != OrderState.FAILED:
        return ""
    say, code = visit.speech.say, paying.order.failure
    return say(FAILURES[Failure(code)]) if code else say("The payment failed.")


def _step_place(visit: Visit, paying: Paying | None) -> str:
    """Where the second step of a payment is made: a page of ours for the sandbox, else the provider's."""
    if paying is None or paying.order.state != OrderState.ACTION:
        return ""
    if paying.provider == "sandbox":
        return f"{place_of(visit, Step.BUY)}/second-step/{paying.payment_id}"
    return paying.action_url or ""


# Choosing


async def _field(visit: Visit, name: str, most: int = 200) -> str:
    return str((await visit.request.form()).get(name, ""))[:most]


def _or_raise(refused: Refused) -> None:
    """What a page cannot say in its place is told on a page of its own."""
    if refused.kind in (Kind.DENIED, Kind.MISSING):
        raise refused


@post(f"{BUY}/seats")
async def keep_terms(visit: Visit) -> Response[Any]:
    """How many and for how long; the cost follows."""
    typed = {name: await _field(visit, name, 40) for name in ("seats", "terms")}
    months, frequency = terms_of(typed["terms"])
    seats = whole(typed["seats"][:MOST_DIGITS])
    try:
        if not seats:
            raise Refused("seats_whole", Kind.INVALID, field="seats")
        terms = {"seats": seats, "term_months": months, "frequency": frequency}
        await keep_upgrade_terms(visit.house.db, visit.viewer, **terms, now=visit.now)
    except Refused as refused:
        _or_raise(refused)
        return await _show(visit, typed=typed, refused=refused)
    return onward(visit, place_of(visit, Step.BUY))


@post(f"{BUY}/payer")
async def save_payer(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    account = BillingAccount(**{one.name: str(form.get(one.name, "")).strip()[:2000] for one in fields(BillingAccount)})
    seen = await _field(visit, "seen", 40)
    try:
        await save_upgrade_payer(visit.house.db, visit.viewer, account=account, seen=seen, now=visit.now)
    except Refused as refused:
        _or_raise(refused)
        return await _show(visit, account=account, refused=refused)
    return onward(visit, place_of(visit, Step.BUY), toast=visit.speech.say("Billing account saved"))


@post(f"{BUY}/card")
async def add_card(visit: Visit) -> Response[Any]:
    digits = await _field(visit, "card", 20)
    try:
        if visit.house.settings.payment_provider == "stripe":
            begun = await begin_upgrade_card(visit.house.db, visit.viewer, now=visit.now)
            return onward(visit, f"{place_of(visit, Step.BUY)}/cards/{begun.setup_id}")
        if not _cards(visit):
            raise Refused("card_unknown", Kind.INVALID, field="card")
        await add_upgrade_card(visit.house.db, visit.viewer, digits=digits, now=visit.now)
    except Refused as refused:
        _or_raise(refused)
        return await _show(visit, refused=refused)
    return onward(visit, place_of(visit, Step.BUY), toast=visit.speech.say("The card was added."))


# Ordering


@post(BUY)
async def order(visit: Visit) -> Response[Any]:
    typed = {name: await _field(visit, name) for name in ("method", "po_number")}
    months, frequency = terms_of(await _field(visit, "terms", 40))
    seats = whole(await _field(visit, "seats", MOST_DIGITS))
    wish = OrderWish(Deed.NEW, None, None, seats, months, frequency)
    try:
        bought = await buy_upgrade(
            visit.house.db,
            visit.viewer,
            wish=wish,
            mark=await _field(visit, "mark", 60),
            seen_at=_moment(await _field(visit, "seen_at", 40), visit.now),
            method_id=parse_id(typed["method"]),
            po_number=typed["po_number"],
            now=visit.now,
            key=await _field(visit, "key", 64) or None,
        )
    except Refused as refused:
        _or_raise(refused)
        return await _show(visit, typed=typed, refused=refused)
    return onward(visit, place_of(visit, bought.step))


def _moment(text: str, now: datetime) -> datetime:
    """When the page was made that a form came from."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now
    return moment if moment.tzinfo else now


@post(f"{BUY}/drop")
async def drop(visit: Visit) -> Response[Any]:
    """Gives up the order that waits for its payment."""
    try:
        await drop_upgrade_order(visit.house.db, visit.viewer, now=visit.now)
    except Refused as refused:
        _or_raise(refused)
        return await _show(visit, refused=refused)
    return onward(visit, place_of(visit, Step.BUY), toast=visit.speech.say("Order given up"))


@get([f"{BUY}/seats", f"{BUY}/payer", f"{BUY}/card", f"{BUY}/drop"])
async def back(visit: Visit) -> Response[Any]:
    """A form's address, asked for again."""
    return go(place_of(visit, Step.BUY))


HANDLERS = [buy, keep_terms, save_payer, add_card, order, drop, back]
