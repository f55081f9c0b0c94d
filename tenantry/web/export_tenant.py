"""Everything a tenant has as one file: what would be in it, asking for it, and the files of the last week."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands.export_tenant import export_tenant
from tenantry.commands.long_operations import ask
from tenantry.kit.ids import new_id, parse_id
from tenantry.queries.export_parts import PARTS
from tenantry.queries.exports import MadeExport, read_exports
from tenantry.web.answers import onward
from tenantry.web.visit import Visit

EXPORT = "/settings/organization/export"


@get(EXPORT)
async def offer(visit: Visit) -> Response[Any]:
    """What would be in it, with how many rows."""
    seen = await read_exports(visit.house.db, visit.viewer, now=visit.now)
    say, number = visit.speech.say, visit.speech.number
    settings = f"{visit.home}/settings/organization"
    return visit.page(
        "organization/export.html",
        title=say("Export everything"),
        crumbs=[(say("Settings"), None), (say("Organization"), settings), (say("Export"), None)],
        place=f"{visit.home}{EXPORT}",
        settings=settings,
        contents=[(say(part.about), number(seen.rows[part.name]), part.name) for part in PARTS],
        made=[(one, _state(visit, one), f"{visit.home}/operations/{one.id}") for one in seen.made],
        under_way=seen.under_way,
        operation_id=new_id(),
    )


def _state(visit: Visit, one: MadeExport) -> tuple[str, str]:
    """The sign of how far an export is, and the words."""
    say = visit.speech.say
    if one.state == "done" and (one.expires_at is None or one.expires_at <= visit.now):
        return "info", say("No longer kept")
    return {
        "waiting": ("wait", say("Waiting to begin")),
        "running": ("wait", say("Under way")),
        "failed": ("broken", say("Failed")),
    }.get(one.state, ("ok", say("Ready")))


@post(EXPORT)
async def start(visit: Visit) -> Response[Any]:
    """Has a job make the file; while one is under way, leads to that."""
    form = await visit.request.form()
    seen = await read_exports(visit.house.db, visit.viewer, now=visit.now)
    if seen.under_way:
        return onward(visit, f"{visit.home}/operations/{seen.under_way.id}")
    operation_id = parse_id(str(form.get("operation", ""))) or new_id()
    await ask(
        visit.house.db,
        visit.viewer,
        command=export_tenant,
        operation_id=operation_id,
        request={},
        total=seen.total,
        now=visit.now,
    )
    return onward(visit, f"{visit.home}/operations/{operation_id}")


HANDLERS = [offer, start]
