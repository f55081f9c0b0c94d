"""Cards that are entered at the payment provider's own page: the way there, and the way back."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.save_cards import ask_provider
from tenantry.domain.payments import SetupState
from tenantry.domain.roles import Permission
from tenantry.queries.cards import read_card_setup
from tenantry.web.answers import onward
from tenantry.web.pages import go
from tenantry.web.visit import Visit

METHODS = "/billing/methods"
PLACE = f"{METHODS}/cards/{{setup_id:uuid}}"
PROGRESS = "card-setup"  # the element that asks again and again


@get(PLACE)
async def card(visit: Visit, setup_id: UUID, back: str = "") -> Response[Any]:
    """Leads on to the provider's page once that is open. back: somebody comes from there, with a card or without."""
    setup = await read_card_setup(visit.house.db, visit.viewer, setup_id=setup_id)
    say, methods = visit.speech.say, f"{visit.home}{METHODS}"
    if setup.state is SetupState.DONE:
        return onward(visit, methods, toast=say("The card was added."))
    if visit.target == PROGRESS and setup.url and not back:
        return Response("", media_type="text/html", headers={"HX-Redirect": setup.url})
    place = f"{methods}/cards/{setup_id}"
    return visit.page(
        "billing/card.html",
        title=say("Add a card"),
        crumbs=[(say("Billing"), None), (say("Payment methods"), methods), (say("Add a card"), None)],
        state=setup.state,
        url=setup.url,
        back=bool(back),
        first=visit.target is None,
        place=place,
        again=f"{place}?back=1" if back else place,
        methods=methods,
    )


@post(PLACE)
async def look_again(visit: Visit, setup_id: UUID) -> Response[Any]:
    """Has the provider asked whether a card was entered."""
    visit.require(Permission.BILLING_CHANGE)
    await ask_provider(visit.house.db, visit.viewer, setup_id=setup_id, now=visit.now)
    if visit.target is not None:
        return Response(None, status_code=204)
    return go(f"{visit.home}{METHODS}/cards/{setup_id}?back=1")


HANDLERS = [card, look_again]
