"""Organizations: all of them by name, and what the operator may do to one."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.support_access import HOURS, leave_support_access, open_support_access
from tenantry.commands.suspend_tenant import resume_tenant, suspend_tenant
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Page, decode
from tenantry.queries.operator_editions import edition_choice
from tenantry.queries.operator_tenants import TenantRow, find_my_access, list_all_tenants, read_one_tenant
from tenantry.web.answers import address
from tenantry.web.errors import STATUS
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/tenants"
STATES = ("", "suspended", "deleted")


@get("/tenants")
async def tenants(visit: Visit, q: str = "", only: str = "", after: str = "") -> Response[Any]:
    state = only if only in STATES else ""
    page = await list_all_tenants(
        visit.house,
        operator(visit),
        q=q[:100],
        state=state,
        cursor=decode(after),
        limit=visit.own.page_rows,
        now=visit.now,
    )
    return operator_page(
        visit, "operator/tenants.html", title=visit.speech.say("Organizations"), **_list(visit, page, q[:100], state)
    )


def _list(visit: Visit, page: Page[TenantRow], q: str, state: str) -> dict[str, Any]:
    say = visit.speech.say
    names = {"": say("All"), "suspended": say("Suspended"), "deleted": say("Deleted")}
    return {
        "rows": [(row, *_state(visit, row)) for row in page.items],
        "q": q,
        "narrowed": bool(q or state),
        "state": state,
        "chips": [(names[one], address(PLACE, q=q, only=one), one == state) for one in STATES],
        "previous": address(PLACE, q=q, only=state, after=page.previous) if page.previous else None,
        "next": address(PLACE, q=q, only=state, after=page.next) if page.next else None,
        "place": PLACE,
    }


def _state(visit: Visit, row: TenantRow) -> tuple[str, str]:
    """The badge of a tenant's state, and its words."""
    say = visit.speech.say
    if row.merged and row.purged_at:
        return "soon", say("Taken over, ends on %(date)s", date=visit.speech.date(row.purged_at))
    if row.purged_at:
        return "broken", say("Deleted, ends on %(date)s", date=visit.speech.date(row.purged_at))
    return ("soon", say("Suspended")) if row.suspended_at else ("ok", say("Active"))


@get("/tenants/{tenant_id:uuid}")
async def tenant(visit: Visit, tenant_id: UUID) -> Response[Any]:
    return await _show(visit, tenant_id)


async def _show(
    visit: Visit, tenant_id: UUID, typed: dict[str, str] | None = None, error: Refused | None = None
) -> Response[Any]:
    """One tenant in numbers, with the forms; what was typed stays where it was refused."""
    row = await read_one_tenant(visit.house, operator(visit), tenant_id=tenant_id, now=visit.now)
    edition, known = await edition_choice(visit.house, operator(visit), tenant_id=tenant_id)
    say, speech = visit.speech.say, visit.speech
    facts = [
        (say("Address"), f"/t/{row.slug}"),
        (say("Domains"), speech.all_of(row.domains)),
        (say("Country"), speech.country(row.country)),
        (say("People"), speech.number(row.people)),
        (
            say("Seats in use"),
            say("%(used)s of %(seats)s", used=speech.number(row.used), seats=speech.number(row.seats)),
        ),
        (say("Since"), speech.date(row.created_at)),
    ]
    return operator_page(
        visit,
        "operator/tenant.html",
        title=row.name,
        crumbs=[(say("Organizations"), PLACE)],
        status=STATUS[error.kind] if error else 200,
        row=row,
        access=await find_my_access(visit.house, operator(visit), tenant_id=tenant_id, now=visit.now),
        state=_state(visit, row),
        facts=facts,
        place=f"{PLACE}/{row.id}",
        edition=edition,
        editions=list(known.items()),
        hours=[(str(one), speech.count("%(num)s hour", "%(num)s hours", one)) for one in range(1, HOURS + 1)],
        typed={"reason": "", "level": "look", "hours": "2", "why": "", **(typed or {})},
        errors={error.field or "": speech.refused(error)} if error else {},
    )


@post("/tenants/{tenant_id:uuid}/support")
async def open_support(visit: Visit, tenant_id: UUID, data: type_form) -> Response[Any]:
    """Opens the way in, and goes it."""
    hours = data.get("hours", "")
    wish = {
        "reason": data.get("reason", ""),
        "level": data.get("level", ""),
        "hours": int(hours) if hours.isdecimal() else 0,
    }
    try:
        await open_support_access(visit.house.db, operator(visit), tenant_id=tenant_id, **wish, now=visit.now)
    except Refused as refused:
        return await _again(visit, tenant_id, data, refused)
    row = await read_one_tenant(visit.house, operator(visit), tenant_id=tenant_id, now=visit.now)
    return go(f"/t/{row.slug}/")


@post("/tenants/{tenant_id:uuid}/leave")
async def leave(visit: Visit, tenant_id: UUID) -> Response[Any]:
    """Ends one's own support access at once."""
    await leave_support_access(visit.house.db, operator(visit), tenant_id=tenant_id, now=visit.now)
    said = visit.speech.say("You have left. The support access is ended.")
    return go(f"{PLACE}/{tenant_id}", toast={"kind": "ok", "text": said})


@post("/tenants/{tenant_id:uuid}/suspend")
async def suspend(visit: Visit, tenant_id: UUID, data: type_form) -> Response[Any]:
    wish = {"reason": data.get("why", ""), "typed": data.get("typed", "")}
    try:
        await suspend_tenant(visit.house.db, operator(visit), tenant_id=tenant_id, **wish, now=visit.now)
    except Refused as refused:
        field = "why" if refused.field == "reason" else refused.field
        return await _again(visit, tenant_id, data, Refused(refused.code, refused.kind, field=field, **refused.params))
    said = visit.speech.say("Suspended. Nobody of this organization gets in until it is resumed.")
    return go(f"{PLACE}/{tenant_id}", toast={"kind": "ok", "text": said})


@post("/tenants/{tenant_id:uuid}/resume")
async def resume(visit: Visit, tenant_id: UUID) -> Response[Any]:
    await resume_tenant(visit.house.db, operator(visit), tenant_id=tenant_id, now=visit.now)
    said = visit.speech.say("Resumed. Its people get in again.")
    return go(f"{PLACE}/{tenant_id}", toast={"kind": "ok", "text": said})


async def _again(visit: Visit, tenant_id: UUID, data: dict[str, str], refused: Refused) -> Response[Any]:
    if refused.kind is Kind.MISSING:
        raise refused
    return await _show(visit, tenant_id, data, refused)


HANDLERS = [tenants, tenant, open_support, leave, suspend, resume]
