"""The keys of the vendor's apps: made, shown once, revoked."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.manage_app_keys import NAME_LENGTH, create_app_key, revoke_app_key
from tenantry.kit.errors import Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.app_keys import list_app_keys
from tenantry.web.errors import STATUS
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/app-keys"


@get("/app-keys")
async def app_keys(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, typed: str = "", refused: Refused | None = None, made: str = "") -> Response[Any]:
    """typed, refused: of a form that did not go through. made: a new key, which is read now or never."""
    return operator_page(
        visit,
        "operator/app_keys.html",
        title=visit.speech.say("App keys"),
        status=STATUS[refused.kind] if refused else 200,
        keys=await list_app_keys(visit.house, operator(visit)),
        made=made,
        typed=typed,
        most=NAME_LENGTH,
        error=visit.speech.refused(refused) if refused else None,
        address=f"{visit.house.settings.address}/entitlements/v1/users/",
        place=PLACE,
    )


@post("/app-keys", status_code=200)
async def create(visit: Visit, data: type_form) -> Response[Any]:
    """Makes one; the page that answers shows it, this once."""
    name = data.get("name", "")[:1000]
    try:
        made = await create_app_key(visit.house.db, operator(visit), name=name, now=visit.now)
    except Refused as refused:
        return await _show(visit, name, refused)
    return await _show(visit, made=made)


@post("/app-keys/revoke")
async def revoke(visit: Visit, data: type_form) -> Response[Any]:
    key_id = parse_id(data.get("key", "")) or UUID(int=0)
    await revoke_app_key(visit.house.db, operator(visit), key_id=key_id, now=visit.now)
    return go(PLACE, toast={"kind": "ok", "text": visit.speech.say("The key opens nothing any more.")})


HANDLERS = [app_keys, create, revoke]
