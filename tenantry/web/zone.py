"""The demo's DNS: the records that stand for the world's. Only `serve --demo` has it, and everybody may change it."""

from typing import Any

from litestar import Response, get, post
from litestar.exceptions import NotFoundException

from tenantry.commands.edit_zone import add_zone_record, remove_zone_record
from tenantry.kit.domain_names import as_read
from tenantry.kit.errors import Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.zone import list_zone
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.visit import Visit

FIELDS = {"name": 300, "kind": 3, "value": 300}


def _require_demo(visit: Visit) -> None:
    if not visit.house.settings.demo_zone:
        raise NotFoundException


@get("/zone")
async def zone(visit: Visit, name: str = "", value: str = "") -> Response[Any]:
    """Every record, and a form for one more; name and value: what it begins with."""
    _require_demo(visit)
    return await _show(visit, {"name": name[:300], "kind": "TXT", "value": value[:300]})


async def _show(visit: Visit, typed: dict[str, str], refused: Refused | None = None) -> Response[Any]:
    records = await list_zone(visit.house.db)
    return visit.page(
        "zone.html",
        title=visit.speech.say("The demo’s DNS"),
        status=STATUS[refused.kind] if refused else 200,
        records=[(one, as_read(one.name)) for one in records],
        typed=typed,
        errors={refused.field: visit.speech.refused(refused)} if refused and refused.field else {},
    )


@post("/zone")
async def add(visit: Visit) -> Response[Any]:
    """A record more."""
    _require_demo(visit)
    form = await visit.request.form()
    typed = {field: str(form.get(field, ""))[:length] for field, length in FIELDS.items()}
    try:
        await add_zone_record(visit.house.db, **typed)
    except Refused as refused:
        return await _show(visit, typed, refused)
    return go("/zone", toast={"kind": "ok", "text": visit.speech.say("Record saved")})


@post("/zone/remove")
async def remove(visit: Visit) -> Response[Any]:
    """A record less."""
    _require_demo(visit)
    form = await visit.request.form()
    if record_id := parse_id(str(form.get("record", ""))):
        await remove_zone_record(visit.house.db, record_id=record_id)
    return go("/zone", toast={"kind": "ok", "text": visit.speech.say("Record removed")})


@get("/zone/remove")
async def back(visit: Visit) -> Response[Any]:
    """The form's address, asked for again."""
    _require_demo(visit)
    return go("/zone")


HANDLERS = [zone, add, remove, back]
