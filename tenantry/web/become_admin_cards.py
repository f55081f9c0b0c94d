"""Cards and second steps of who is about to become the admin: the sandbox's pages, and the way back from others."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.become_admin import make_upgrade_step
from tenantry.commands.become_admin_cards import ask_about_card, ask_about_payment
from tenantry.domain.payments import PaymentState, SetupState
from tenantry.domain.upgrades import Step
from tenantry.queries.cards import read_own_card_setup
from tenantry.queries.upgrade import read_upgrade_step
from tenantry.web.answers import onward
from tenantry.web.become_admin import PLACE, place_of
from tenantry.web.cards import PROGRESS
from tenantry.web.pages import go
from tenantry.web.visit import Visit

CARD = f"{PLACE}/buy/cards/{{setup_id:uuid}}"
STEP = f"{PLACE}/buy/second-step/{{payment_id:uuid}}"


@get(CARD)
async def card(visit: Visit, setup_id: UUID, back: str = "") -> Response[Any]:
    """Leads on to the provider's page once that is open. back: somebody comes from there, with a card or without."""
    setup = await read_own_card_setup(visit.house.db, visit.viewer, setup_id=setup_id)
    say, buy = visit.speech.say, place_of(visit, Step.BUY)
    if setup.state is SetupState.DONE:
        return onward(visit, buy, toast=say("The card was added."))
    if visit.target == PROGRESS and setup.url and not back:
        return Response("", media_type="text/html", headers={"HX-Redirect": setup.url})
    place = f"{buy}/cards/{setup_id}"
    return visit.page(
        "billing/card.html",
        title=say("Add a card"),
        state=setup.state,
        url=setup.url,
        back=bool(back),
        first=visit.target is None,
        place=place,
        again=f"{place}?back=1" if back else place,
        methods=buy,
    )


@post(CARD)
async def look_at_card(visit: Visit, setup_id: UUID) -> Response[Any]:
    """Has the provider asked whether a card was entered."""
    await read_own_card_setup(visit.house.db, visit.viewer, setup_id=setup_id)
    await ask_about_card(visit.house.db, visit.viewer, setup_id=setup_id, now=visit.now)
    if visit.target is not None:
        return Response(None, status_code=204)
    return go(f"{place_of(visit, Step.BUY)}/cards/{setup_id}?back=1")


@get(STEP)
async def ask_step(visit: Visit, payment_id: UUID) -> Response[Any]:
    step = await read_upgrade_step(visit.house.db, visit.viewer, payment_id=payment_id)
    waits, elsewhere = step.state in (PaymentState.WAITING, PaymentState.ACTION), step.provider != "sandbox"
    if elsewhere and not waits:
        return onward(visit, place_of(visit))
    return visit.page(
        "billing/second_step.html",
        title=visit.speech.say("Confirm the payment"),
        place=visit.request.url.path,
        amount=visit.speech.money(step.amount),
        waits=waits,
        elsewhere=elsewhere,
        action_url=step.action_url,
        first=visit.target is None,
        back=place_of(visit),
    )


@post(STEP)
async def make_step(visit: Visit, payment_id: UUID) -> Response[Any]:
    """Confirmed or refused, then on; of a step that is made elsewhere the provider is asked."""
    step = await read_upgrade_step(visit.house.db, visit.viewer, payment_id=payment_id)
    if step.provider != "sandbox":
        await ask_about_payment(visit.house.db, visit.viewer, payment_id=payment_id, now=visit.now)
        return Response(None, status_code=204) if visit.target else go(visit.request.url.path)
    agrees = str((await visit.request.form()).get("do", "")) == "confirm"
    after = await make_upgrade_step(visit.house.db, visit.viewer, payment_id=payment_id, agrees=agrees, now=visit.now)
    say = visit.speech.say
    said = say("The payment was confirmed.") if agrees else say("The payment was refused.")
    return onward(visit, place_of(visit, after.step), toast=said)


HANDLERS = [card, look_at_card, ask_step, make_step]
