"""Doors: what sign-up gives, and what is sold to whoever becomes the admin."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.manage_doors import offer_at_door, withdraw_from_door
from tenantry.domain.catalog import Product
from tenantry.domain.doors import Door, parse_door
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.operator_doors import read_doors
from tenantry.web.errors import STATUS
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/doors"


@get("/doors")
async def doors(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, at: Door | None = None, refused: Refused | None = None) -> Response[Any]:
    """at, refused: the door whose form did not go through, and why."""
    seen = await read_doors(visit.house, operator(visit))
    say = visit.speech.say
    named = {
        Door.SIGN_UP: (
            say("Sign-up"),
            say("Who signs up gets these, and they cost nothing. People take them on Apps, too."),
        ),
        Door.ADMIN: (say("Admin"), say("Sold to whoever becomes the admin by the tile Admin.")),
        Door.MEETINGS: (say("Upgrade in Meetings"), say("Sold to whoever becomes the admin out of Meetings.")),
    }
    return operator_page(
        visit,
        "operator/doors.html",
        title=say("Doors"),
        status=STATUS[refused.kind] if refused else 200,
        doors=[
            {
                "key": door.value,
                "name": named[door][0],
                "note": named[door][1],
                "offers": seen.offers[door],
                "choice": _choice(seen.products, seen.offers[door], None if door is Door.SIGN_UP else seen.priced),
                "error": visit.speech.refused(refused) if refused and door is at else None,
            }
            for door in Door
        ],
        place=PLACE,
    )


def _choice(
    products: tuple[Product, ...], offers: tuple[Product, ...], sold: frozenset[UUID] | None
) -> list[tuple[str, str]]:
    """What may come to a door: (id, name and part number). sold: those with a price, where that is needed."""
    there = {product.sku_id for product in offers}
    some = [one for one in products if one.sku_id not in there and (sold is None or one.sku_id in sold)]
    return [(str(one.sku_id), f"{one.name} · {one.part_number}") for one in some]


@post("/doors")
async def change(visit: Visit, data: type_form) -> Response[Any]:
    """A product comes to a door, or goes."""
    door, sku_id = parse_door(data.get("door", "")), parse_id(data.get("product", "")) or UUID(int=0)
    if door is None:
        raise Refused("form_stale", Kind.INVALID)
    wishes = {"door": door, "sku_id": sku_id, "now": visit.now}
    try:
        if data.get("do") == "withdraw":
            await withdraw_from_door(visit.house.db, operator(visit), **wishes)
        else:
            await offer_at_door(visit.house.db, operator(visit), **wishes)
    except Refused as refused:
        return await _show(visit, door, refused)
    return go(PLACE, toast={"kind": "ok", "text": visit.speech.say("The door is changed.")})


HANDLERS = [doors, change]
