"""Ways to pay: added, made the default, removed; and what was not paid by them, paid now."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.exceptions import NotFoundException

from tenantry.commands.manage_methods import add_test_card, choose_default_method, remove_method
from tenantry.commands.pay_again import pay_again
from tenantry.commands.save_cards import ask_provider, begin_card
from tenantry.commands.settle_payment import make_second_step
from tenantry.domain.editions import Feature
from tenantry.domain.payments import Failure, PaymentState, TestCard
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.payments import FailedPayment, KeptMethod, read_paying, read_second_step
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.payments import CARDS, FAILURES

PLACE = "/billing/methods"
STEP = "/billing/payments/{payment_id:uuid}/second-step"


def _crumbs(visit: Visit, *last: str) -> list[tuple[str, str | None]]:
    say, place = visit.speech.say, f"{visit.home}{PLACE}" if last else None
    return [(say("Billing"), None), (say("Payment methods"), place), *((name, None) for name in last)]


def _keeper(visit: Visit) -> str:
    """Whose cards can be added here: Stripe's, the sandbox's where no money is real, or "" for none."""
    provider = visit.house.settings.payment_provider
    if Feature.CARDS not in visit.tenant.features:
        return ""
    if provider == "stripe" and visit.tenant.test_clock is not None:
        return "sandbox"
    return provider if provider in ("sandbox", "stripe") else ""


@get(PLACE)
async def payment_methods(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, *, refused: Refused | None = None) -> Response[Any]:
    """The page; `refused`: why what was asked for was not done."""
    seen, say = await read_paying(visit.house.db, visit.viewer), visit.speech.say
    may_change = visit.viewer.can(Permission.BILLING_CHANGE)
    return visit.page(
        "billing/methods.html",
        title=say("Payment methods"),
        crumbs=_crumbs(visit),
        status=STATUS[refused.kind] if refused else 200,
        place=f"{visit.home}{PLACE}",
        refused=visit.speech.refused(refused) if refused else "",
        rows=[_row(visit, one) for one in seen.methods],
        invoice_pays=not any(one.is_default for one in seen.methods),
        failed=[_failed(visit, one) for one in seen.failed],
        ways=[(one.id, one.label) for one in seen.methods],
        cards=[(card.value, *(say(text) for text in CARDS[card])) for card in TestCard],
        may_change=may_change,
        keeper=_keeper(visit) if may_change else "",
    )


def _row(visit: Visit, one: KeptMethod) -> dict[str, Any]:
    """A way to pay, what it pays for, and whether it still can."""
    return {
        "id": one.id,
        "label": one.label,
        "is_default": one.is_default,
        "products": visit.speech.all_of(one.products),
        "expires": visit.speech.date(one.expires_at) if one.expires_at else "",
        "expired": one.expires_at is not None and one.expires_at <= visit.now,
    }


def _failed(visit: Visit, one: FailedPayment) -> dict[str, Any]:
    """What is owed, and why it was not paid."""
    speech, words = visit.speech, {"amount": visit.speech.money(one.amount), "about": one.about}
    if one.action_url:
        title = speech.say("The payment of %(amount)s for %(about)s needs a second step", **words)
    else:
        title = speech.say("The payment of %(amount)s for %(about)s failed", **words)
    reason = speech.say(FAILURES[Failure(one.failure)]) if one.failure else ""
    return {"id": one.id, "title": title, "reason": reason, "action_url": one.action_url}


async def _field(visit: Visit, name: str) -> str:
    return str((await visit.request.form()).get(name, ""))[:64]


@post(PLACE)
async def add_method(visit: Visit) -> Response[Any]:
    visit.require(Permission.BILLING_CHANGE)
    keeper = _keeper(visit)
    if keeper == "stripe":
        page = await begin_card(visit.house.db, visit.viewer, now=visit.now)
        return onward(visit, f"{visit.home}{PLACE}/cards/{page.setup_id}")
    if keeper != "sandbox":
        raise NotFoundException
    try:
        await add_test_card(visit.house.db, visit.viewer, digits=await _field(visit, "card"), now=visit.now)
    except Refused as refused:
        return await _show(visit, refused=refused)
    return onward(visit, f"{visit.home}{PLACE}", toast=visit.speech.say("The card was added."))


@post(f"{PLACE}/default")
async def choose_default(visit: Visit) -> Response[Any]:
    """What pays for all that names no other way; without a method it is the invoice."""
    method_id = parse_id(await _field(visit, "method"))
    try:
        await choose_default_method(visit.house.db, visit.viewer, method_id=method_id, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, refused=refused)
    return onward(visit, f"{visit.home}{PLACE}", toast=visit.speech.say("The default was changed."))


@post(f"{PLACE}/pay")
async def pay_now(visit: Visit) -> Response[Any]:
    """Tries a failed payment again, by the method that was chosen."""
    payment_id = parse_id(await _field(visit, "payment"))
    method_id = parse_id(await _field(visit, "method"))
    visit.require(Permission.BILLING_CHANGE)
    try:
        if payment_id is None:
            raise Refused("payment_missing", Kind.MISSING)
        await pay_again(visit.house.db, visit.viewer, payment_id=payment_id, method_id=method_id, now=visit.now)
    except Refused as refused:
        return await _show(visit, refused=refused)
    said = visit.speech.say("The payment is under way. Load the page again in a moment.")
    return onward(visit, f"{visit.home}{PLACE}", toast=said)


# Removing


@get(f"{PLACE}/{{method_id:uuid}}/remove")
async def ask_to_remove(visit: Visit, method_id: UUID) -> Response[Any]:
    visit.require(Permission.BILLING_CHANGE)
    return await _show_removal(visit, method_id)


async def _show_removal(visit: Visit, method_id: UUID, *, refused: Refused | None = None) -> Response[Any]:
    """What the method pays for, and what is to pay for it instead."""
    seen, say = await read_paying(visit.house.db, visit.viewer), visit.speech.say
    method = next((one for one in seen.methods if one.id == method_id), None)
    if method is None:
        raise Refused("payment_method_missing", Kind.MISSING)
    return visit.page(
        "billing/remove_method.html",
        title=say("Remove %(name)s", name=method.label),
        crumbs=_crumbs(visit, method.label),
        status=STATUS[refused.kind] if refused else 200,
        place=f"{visit.home}{PLACE}",
        method=method,
        products=visit.speech.all_of(method.products),
        others=[(one.id, one.label) for one in seen.methods if one.id != method_id],
        refused=visit.speech.refused(refused) if refused else "",
    )


@post(f"{PLACE}/{{method_id:uuid}}/remove")
async def remove(visit: Visit, method_id: UUID) -> Response[Any]:
    instead, replace = await _field(visit, "instead"), await _field(visit, "replace") == "1"
    wish = {"method_id": method_id, "instead": parse_id(instead), "replace": replace}
    try:
        await remove_method(visit.house.db, visit.viewer, **wish, now=visit.now)
    except Refused as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        return await _show_removal(visit, method_id, refused=refused)
    return onward(visit, f"{visit.home}{PLACE}", toast=visit.speech.say("The payment method was removed."))


# The second step: the sandbox's own, and the way back from a provider's


@get(STEP)
async def ask_second_step(visit: Visit, payment_id: UUID) -> Response[Any]:
    step, say = await read_second_step(visit.house.db, visit.viewer, payment_id=payment_id), visit.speech.say
    waits, elsewhere = step.state in (PaymentState.WAITING, PaymentState.ACTION), step.provider != "sandbox"
    if elsewhere and not waits and visit.target is not None:
        return onward(visit, _back(visit, step.order_id))
    return visit.page(
        "billing/second_step.html",
        title=say("Confirm the payment"),
        crumbs=_crumbs(visit, say("Second step")),
        place=visit.request.url.path,
        amount=visit.speech.money(step.amount),
        waits=waits,
        elsewhere=elsewhere,
        action_url=step.action_url,
        first=visit.target is None,
        back=_back(visit, step.order_id),
    )


@post(STEP)
async def second_step(visit: Visit, payment_id: UUID) -> Response[Any]:
    """Confirmed or refused, then on to the order; of a step that is made elsewhere the provider is asked."""
    agrees = await _field(visit, "do") == "confirm"
    step = await read_second_step(visit.house.db, visit.viewer, payment_id=payment_id)
    if step.provider != "sandbox":
        await ask_provider(visit.house.db, visit.viewer, payment_id=payment_id, now=visit.now)
        return Response(None, status_code=204) if visit.target else go(visit.request.url.path)
    news = await make_second_step(visit.house.db, visit.viewer, payment_id=payment_id, agrees=agrees, now=visit.now)
    say = visit.speech.say
    done = say("The payment was confirmed.") if agrees else say("The payment was refused.")
    return onward(visit, _back(visit, step.order_id), toast=done if news.changed else say("It was settled before."))


def _back(visit: Visit, order_id: UUID | None) -> str:
    return f"{visit.home}/orders/{order_id}" if order_id else f"{visit.home}{PLACE}"


HANDLERS = [
    payment_methods,
    add_method,
    choose_default,
    pay_now,
    ask_to_remove,
    remove,
    ask_second_step,
    second_step,
]
