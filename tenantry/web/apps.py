"""Apps: what somebody uses, free products to take, and for a group the way to become its admin."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.take_products import take_product
from tenantry.domain.editions import Feature
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.apps import read_apps, read_launcher
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.sign_up import country_of
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
type_tile = tuple[str, str, str, str]  # label, address, icon, what it is for


@get("/apps")
async def apps(visit: Visit) -> Response[Any]:
    """The page; only its tiles where the launcher in the top bar asks for them."""
    if visit.target == "launcher":
        seen = await read_launcher(visit.house.db, visit.viewer, now=visit.now)
        return visit.page("apps/tiles.html", title="", tiles=_tiles(visit, meets=seen.meets))
    return await _show(visit)


async def _show(visit: Visit, country: str = "", refused: Refused | None = None) -> Response[Any]:
    """country, refused: of a form that did not go through."""
    seen = await read_apps(visit.house.db, visit.viewer, now=visit.now)
    return visit.page(
        "apps/page.html",
        title=visit.speech.say("Apps"),
        status=STATUS[refused.kind] if refused else 200,
        seen=seen,
        tiles=_tiles(visit, meets=seen.meets),
        group=visit.tenant.is_group,
        country=country or country_of(visit),
        countries=visit.speech.countries,
        errors={refused.field or "": visit.speech.refused(refused)} if refused else {},
        place=f"{visit.home}/apps",
    )


def _tiles(visit: Visit, *, meets: bool) -> list[type_tile]:
    """What stands behind the launcher. Admin: in a group for everybody, else for those who have a role."""
    say, home = visit.speech.say, visit.home
    tiles = [(say("Meetings"), f"{home}/meetings", "calendar", say("Meet by link, with whomever you like"))]
    tiles = tiles if meets and Feature.MEETINGS in visit.tenant.features else []
    if visit.tenant.is_group and Feature.TAKEOVER not in visit.tenant.features:
        return tiles
    if visit.tenant.is_group:
        tiles.append((say("Admin"), f"{home}/become-admin", "shield_person", say("Become the admin of the group")))
    elif visit.viewer.can(Permission.HOME_READ):
        tiles.append((say("Admin"), f"{home}/", "shield_person", say("Look after people, licenses and bills")))
    return tiles


@post("/apps")
async def take(visit: Visit, data: type_form) -> Response[Any]:
    """A free product for oneself."""
    country = data.get("country", "")
    try:
        taken = await take_product(
            visit.house.db,
            visit.viewer,
            sku_id=parse_id(data.get("product", "")) or UUID(int=0),
            country=country,
            now=visit.now,
        )
    except Refused as refused:
        return await _show(visit, country, _of_one(refused))
    say = visit.speech.say
    said = say("You have %(product)s now", product=taken.product)
    known = say("You had %(product)s already", product=taken.product)
    return onward(visit, f"{visit.home}/apps", toast=said if taken.is_new else known)


def _of_one(refused: Refused) -> Refused:
    """What was refused to one person of many, said of this one."""
    for person in refused.params.get("people", ()):
        return Refused(person["code"], refused.kind, **person["params"])
    return refused


HANDLERS = [apps, take]
