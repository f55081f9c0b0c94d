"""Settings: what the people of the organization may do by themselves, and the terms of signing up."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.manage_organization import change_self_service
from tenantry.domain.organization import SelfService, mark_of
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.organization import read_self_service
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = "/settings/self-service"
TYPED = 20_000  # characters of terms that are read at all


@get(PLACE)
async def self_service(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, typed: SelfService | None = None, refused: Refused | None = None) -> Response[Any]:
    seen = await read_self_service(visit.house.db, visit.viewer)
    say, said = visit.speech.say, visit.speech.refused(refused) if refused else ""
    return visit.page(
        "organization/self_service.html",
        title=say("Self-service"),
        crumbs=[(say("Settings"), None), (say("Self-service"), None)],
        status=STATUS[refused.kind] if refused else 200,
        wishes=typed or seen,
        seen_mark=mark_of(seen),
        errors={refused.field or "": said} if refused else {},
        place=f"{visit.home}{PLACE}",
        may_change=visit.viewer.can(Permission.ORGANIZATION_CHANGE),
    )


@post(PLACE)
async def save(visit: Visit, data: type_form) -> Response[Any]:
    wishes = SelfService("join_by_email" in data, "self_licensing" in data, data.get("terms", "")[:TYPED])
    seen = data.get("seen", "")[:40]
    try:
        await change_self_service(visit.house.db, visit.viewer, wishes=wishes, seen=seen, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, wishes, refused)
    return onward(visit, f"{visit.home}{PLACE}", toast=visit.speech.say("Self-service saved"))


HANDLERS = [self_service, save]
