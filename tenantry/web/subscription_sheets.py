"""The preview of whatever is done to a subscription: what changes, what it costs, and one button that names it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar import Response

from tenantry.domain.charges import Amount
from tenantry.domain.orders import Quote
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.app_switches import list_lost_apps
from tenantry.queries.subscription import Subscription
from tenantry.web.answers import address
from tenantry.web.errors import STATUS
from tenantry.web.subscription import crumbs_of, place_of
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech


@dataclass(frozen=True)
class Sheet:
    """A preview. figures: (what, before, after); costs: label and value under `costs_title`; sent: fields of its form.

    unpaid: where to say who pays, if nobody does yet. error: why the form was not taken just now.
    """

    title: str
    button: str
    figures: tuple[tuple[str, str, str], ...] = ()
    points: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    costs_title: str = ""
    costs: tuple[tuple[str, str], ...] = ()
    danger: bool = False
    sent: dict[str, str] = field(default_factory=dict)
    unpaid: Sequence[tuple[str, str]] = ()
    error: str = ""


def show_sheet(visit: Visit, seen: Subscription, sheet: Sheet, *, back: str = "") -> Response[Any]:
    """The preview; its form is sent to the address it stands at, which carries all that was chosen."""
    return visit.page(
        "products/sheet.html",
        title=sheet.title,
        crumbs=crumbs_of(visit, seen, sheet.title),
        status=409 if sheet.error else 200,
        sheet=sheet,
        action=visit.frame()["path"],
        key=new_id(),
        back=back or place_of(visit, seen.held.id),
    )


def show_refused(visit: Visit, seen: Subscription, title: str, refused: Refused) -> Response[Any]:
    """Why it cannot be done, and the way out."""
    return visit.page(
        "products/refused.html",
        title=title,
        crumbs=crumbs_of(visit, seen, title),
        status=STATUS[refused.kind],
        text=visit.speech.refused(refused),
        ways=ways_out(visit, seen, refused),
        back=place_of(visit, seen.held.id),
    )


def ways_out(visit: Visit, seen: Subscription, refused: Refused) -> list[tuple[str, str]]:
    """Where to go from a refusal, as label and address."""
    say, place = visit.speech.say, place_of(visit, seen.held.id)
    renew = (say("Renew"), f"{place}/renew")
    recurring_on = (say("Turn on recurring billing"), f"{place}/recurring")
    ways: dict[str, list[tuple[str, str]]] = {
        "subscription_not_active": [renew],
        "subscription_ended": [renew],
        "trial_over": [renew],
        "trial_seats": [(say("Buy subscription"), f"{place}/convert")],
        "seats_not_recurring": [recurring_on],
        "renewal_off": [recurring_on],
        "delete_asked": [(say("Undo the deletion"), f"{place}/restore")],
        "payment_method_missing": [(say("Payment methods"), f"{visit.home}/billing/methods")],
        "trial_needs_method": [(say("Payment methods"), f"{visit.home}/billing/methods")],
        "billing_account_missing": [(say("Billing account"), f"{visit.home}/billing/account")],
    }
    if refused.code == "seats_below_assigned":
        return [(say("Unassign licenses"), f"{visit.home}/licenses/{seen.held.sku_id}?pane=unassign")]
    if refused.code == "seats_window" and seen.held.facts.recurring:
        total = visit.request.query_params.get("total", "")
        later = address(f"{place}/seats", total=total, when="renewal", step="preview")
        return [(say("Book it for the renewal"), later)]
    if refused.code in ("cancel_window", "trial_cancel") and seen.held.facts.recurring:
        return [(say("Turn off recurring billing"), f"{place}/recurring")]
    if refused.code == "order_open":
        return [(say("See the order"), f"{visit.home}/orders/{refused.params['order_id']}")]
    return ways.get(refused.code, [])


def kept_links(visit: Visit, seen: Subscription, new: UUID) -> tuple[tuple[str, str], ...]:
    """What should be kept before another product turns every app on, if people use this one."""
    if new == seen.held.sku_id or not seen.pool.consumed:
        return ()
    return ((visit.speech.say("Download who has which apps off now"), f"{place_of(visit, seen.held.id)}/switches.csv"),)


async def lost_apps(visit: Visit, seen: Subscription, new: UUID) -> tuple[str, ...]:
    """The warning that apps are not in another product, if people use this one."""
    if new == seen.held.sku_id or not seen.pool.consumed:
        return ()
    lost = await list_lost_apps(visit.house.db, visit.viewer, old=seen.held.sku_id, new=new)
    apps = visit.speech.all_of(lost)
    return (
        (visit.speech.say("Not in the new product, and gone for everybody who moves: %(apps)s.", apps=apps),)
        if lost
        else ()
    )


def now_costs(speech: Speech, quote: Quote) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What is paid or credited at once: the title over it, and its lines."""
    say, amount = speech.say, quote.now
    credit = amount.total.minor < 0
    title = say("Credited now") if credit else say("To pay now")
    shown = -amount if credit else amount
    line = quote.lines[0]
    stretch = say("%(start)s to %(end)s", start=speech.date(line.from_at), end=speech.date(line.until_at))
    return title, ((say("For"), stretch), *amount_lines(speech, shown))


def amount_lines(speech: Speech, amount: Amount) -> tuple[tuple[str, str], ...]:
    say, money = speech.say, speech.money
    return (
        (say("Without tax"), money(amount.net)),
        (say("Tax"), money(amount.tax)),
        (say("In total"), money(amount.total)),
    )
