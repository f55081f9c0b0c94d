"""One's own account in a group, closed for good."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.close_account import close_own_account
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.apps import read_apps
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.visit import SESSION, Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = "/close-account"


@get(PLACE)
async def ask(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, typed: str = "", refused: Refused | None = None) -> Response[Any]:
    """What goes, and the form; where admins close accounts, the page says so."""
    say = visit.speech.say
    if not visit.tenant.is_group:
        raise Refused("account_kept", Kind.DENIED, name=visit.tenant.name)
    seen = await read_apps(visit.house.db, visit.viewer, now=visit.now)
    return visit.page(
        "apps/close_account.html",
        title=say("Close my account"),
        crumbs=[(say("Apps"), f"{visit.home}/apps"), (say("Close my account"), None)],
        status=STATUS[refused.kind] if refused else 200,
        products=[product.name for product in seen.products],
        typed=typed,
        error=visit.speech.refused(refused) if refused else None,
        place=f"{visit.home}{PLACE}",
        back=f"{visit.home}/apps",
    )


@post(PLACE)
async def close(visit: Visit, data: type_form) -> Response[Any]:
    typed = data.get("typed", "")[:300]
    try:
        await close_own_account(visit.house.db, visit.viewer, typed=typed, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, typed, refused)
    said = visit.speech.say("Your account is closed, and everything of yours is deleted.")
    response = go("/sign-in", toast={"kind": "ok", "text": said})
    response.delete_cookie(SESSION)
    return response


HANDLERS = [ask, close]
