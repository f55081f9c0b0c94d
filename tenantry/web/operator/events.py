"""Events for the vendor's app: what waits, what was answered, and sending again what was given up."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.retry_work import retry_all_events, retry_events
from tenantry.kit.ids import parse_id
from tenantry.kit.paging import decode
from tenantry.queries.events import EventRow, list_events
from tenantry.web.answers import address
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.events import event_name

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/events"
STATES = ("", "waiting", "failed", "sent")


@get("/events")
async def events(visit: Visit, only: str = "", after: str = "") -> Response[Any]:
    state = only if only in STATES else ""
    limit = visit.own.page_rows
    seen = await list_events(visit.house, operator(visit), state=state, cursor=decode(after), limit=limit)
    say, number = visit.speech.say, visit.speech.number
    names = {"": say("All"), "waiting": say("Waiting"), "failed": say("Given up"), "sent": say("Sent")}
    counts = {"": sum(seen.counts.values()), **seen.counts}
    page = seen.page
    return operator_page(
        visit,
        "operator/events.html",
        title=say("Events"),
        rows=[_row(visit, row) for row in page.items],
        chips=[(names[one], number(counts.get(one, 0)), address(PLACE, only=one), one == state) for one in STATES],
        kept=not visit.house.settings.events_url,
        failures=counts.get("failed", 0),
        narrowed=bool(state),
        previous=address(PLACE, only=state, after=page.previous) if page.previous else None,
        next=address(PLACE, only=state, after=page.next) if page.next else None,
        place=PLACE,
    )


def _row(visit: Visit, row: EventRow) -> dict[str, Any]:
    say = visit.speech.say
    states = {"waiting": ("wait", say("Waiting")), "failed": ("broken", say("Given up")), "sent": ("ok", say("Sent"))}
    return {
        "row": row,
        "about": event_name(visit.speech, row.kind),
        "state": states[row.state],
        "tenant": f"{HOME}/tenants/{row.tenant_id}",
    }


@post("/events/retry")
async def retry_event(visit: Visit, data: type_form) -> Response[Any]:
    """One event of a tenant, or all that were given up."""
    tenant_id, event_id = parse_id(data.get("tenant", "")), parse_id(data.get("event", ""))
    boss, house = operator(visit), visit.house
    if tenant_id is None or event_id is None:
        tried = await retry_all_events(house, boss, now=visit.now)
    else:
        tried = await retry_events(house.db, boss, tenant_id=tenant_id, event_id=event_id, now=visit.now)
    said = visit.speech.count("%(num)s event is sent again.", "%(num)s events are sent again.", tried)
    return go(PLACE, toast={"kind": "ok", "text": said})


HANDLERS = [events, retry_event]
