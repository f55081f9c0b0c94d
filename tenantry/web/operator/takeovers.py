"""Takeovers, as far as the operator rules them: the apps whose data cannot move, and a taken-over tenant had back."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.bar_takeovers import add_takeover_bar, remove_takeover_bar
from tenantry.commands.take_over_tenant import restore_taken_over
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.takeover_bars import FOUND, list_takeover_bars
from tenantry.web.answers import address
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/takeovers"


@get("/takeovers")
async def bars(visit: Visit, q: str = "") -> Response[Any]:
    """The apps that bar a takeover; a search finds others to add."""
    q = q[:100]
    rows = await list_takeover_bars(visit.house, operator(visit), q=q)
    title = visit.speech.say("Takeovers")
    return operator_page(visit, "operator/takeovers.html", title=title, rows=rows, q=q, place=PLACE, most=FOUND)


@post("/takeovers")
async def change(visit: Visit, data: type_form) -> Response[Any]:
    """One app more that bars, or one less."""
    plan_id = parse_id(data.get("app", ""))
    if plan_id is None:
        raise Refused("plan_unknown", Kind.MISSING, value=data.get("app", "")[:100])
    deed = add_takeover_bar if data.get("do") == "add" else remove_takeover_bar
    await deed(visit.house.db, operator(visit), plan_id=plan_id, now=visit.now)
    said = visit.speech.say("Saved")
    return go(address(PLACE, q=data.get("q", "")[:100]), toast={"kind": "ok", "text": said})


@post("/tenants/{tenant_id:uuid}/restore")
async def restore(visit: Visit, tenant_id: UUID) -> Response[Any]:
    """Brings a tenant back that was taken over, with what stayed behind in it."""
    back = await restore_taken_over(visit.house.db, operator(visit), tenant_id=tenant_id, now=visit.now)
    said = visit.speech.say("%(name)s is there again", name=back.name)
    return go(f"{HOME}/tenants/{tenant_id}", toast={"kind": "ok", "text": said})


HANDLERS = [bars, change, restore]
