"""Service requests: the operator's queue, one with what was written, and what is done about it."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.answer_requests import answer_request
from tenantry.domain.service_requests import OF_OPERATOR, Deed, Severity, State, parse_deed
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import decode
from tenantry.queries.operator_requests import list_all_requests, read_house_file, read_house_request
from tenantry.web.answers import address
from tenantry.web.errors import STATUS
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.support import LARGEST, facts_of, files_of, kept_file, limits, messages_of, shown, typed_of
from tenantry.web.visit import Visit
from tenantry.words.requests import HOUSE_STATES, SEVERITIES
from tenantry.words.speech import N_

PLACE = f"{HOME}/requests"
ONE = "/requests/{tenant_id:uuid}/{request_id:uuid}"
OPEN = (State.NEW, State.WORKING, State.WAITING)
SHOWN: dict[str, tuple[str, tuple[State, ...]]] = {
    "": (N_("Open"), OPEN),
    "unanswered": (N_("Unanswered"), ()),
    "new": (N_("New"), (State.NEW,)),
    "working": (N_("In progress"), (State.WORKING,)),
    "waiting": (N_("Waits for an answer"), (State.WAITING,)),
    "closed": (N_("Closed"), (State.CLOSED,)),
    "all": (N_("All"), ()),
}


@get("/requests")
async def requests(visit: Visit, q: str = "", only: str = "", severity: str = "", after: str = "") -> Response[Any]:
    state, q, say = only if only in SHOWN else "", q[:100].replace("\0", ""), visit.speech.say
    wanted = next((one for one in Severity if one.value == severity), None)
    queue = await list_all_requests(
        visit.house,
        operator(visit),
        q=q,
        states=SHOWN[state][1],
        severity=wanted,
        unanswered=state == "unanswered",
        cursor=decode(after),
        limit=visit.own.page_rows,
    )
    held = {"q": q, "severity": wanted.value if wanted else ""}
    page = queue.page
    return operator_page(
        visit,
        "operator/requests.html",
        title=say("Service requests"),
        rows=[
            (one.tenant, shown(visit.speech, one.row, _place(one.tenant_id, one.row.id), HOUSE_STATES))
            for one in page.items
        ],
        chips=[
            (
                say(label),
                queue.unanswered if one == "unanswered" else None,
                address(PLACE, **held, only=one),
                one == state,
            )
            for one, (label, _) in SHOWN.items()
        ],
        severities=[
            (label, address(PLACE, q=q, only=state, severity=one), one == held["severity"])
            for one, label in [("", say("Every severity")), *((one, say(name)) for one, name in SEVERITIES.items())]
        ],
        q=q,
        severity=held["severity"],
        state=state,
        narrowed=bool(q or state or wanted),
        previous=address(PLACE, **held, only=state, after=page.previous) if page.previous else None,
        next=address(PLACE, **held, only=state, after=page.next) if page.next else None,
        place=PLACE,
    )


def _place(tenant_id: UUID, request_id: UUID) -> str:
    return f"{PLACE}/{tenant_id}/{request_id}"


@get(ONE)
async def request(visit: Visit, tenant_id: UUID, request_id: UUID) -> Response[Any]:
    return await _show(visit, tenant_id, request_id)


async def _show(
    visit: Visit, tenant_id: UUID, request_id: UUID, typed: str = "", refused: Refused | None = None
) -> Response[Any]:
    """One request; what was typed stays where it was refused."""
    where = {"tenant_id": tenant_id, "request_id": request_id}
    name, seen = await read_house_request(visit.house, operator(visit), **where)
    place = _place(tenant_id, request_id)
    return operator_page(
        visit,
        "operator/request.html",
        title=seen.row.title,
        crumbs=[(visit.speech.say("Service requests"), PLACE)],
        status=STATUS[refused.kind] if refused else 200,
        tenant=(name, f"{HOME}/tenants/{tenant_id}"),
        one=shown(visit.speech, seen.row, place, HOUSE_STATES),
        is_new=seen.row.state is State.NEW,
        facts=facts_of(visit.speech, seen),
        messages=messages_of(seen.messages, place),
        typed=typed,
        errors={refused.field or "": visit.speech.refused(refused)} if refused else {},
        **limits(visit.speech),
    )


@post(ONE, request_max_body_size=LARGEST)
async def answer(visit: Visit, tenant_id: UUID, request_id: UUID) -> Response[Any]:
    typed = await typed_of(visit, "do", "body")
    body, where = typed.get("body", ""), {"tenant_id": tenant_id, "request_id": request_id}
    try:
        deed = parse_deed(typed.get("do", ""), OF_OPERATOR)
        sent = {"deed": deed, "body": body, "files": await files_of(visit), "site": visit.house.settings.address}
        await answer_request(visit.house.db, operator(visit), **where, **sent, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.MISSING:
            raise
        return await _show(visit, tenant_id, request_id, body, refused)
    say = visit.speech.say
    said = {
        Deed.TAKE: say("Work has begun. Its people see that somebody is on it."),
        Deed.ANSWER: say("Answered, and mailed."),
        Deed.ASK_BACK: say("Asked back, and mailed."),
        Deed.FINISH: say("Closed, and mailed."),
    }
    return go(_place(tenant_id, request_id), toast={"kind": "ok", "text": said[deed]})


@get(f"{ONE}/files/{{file_id:uuid}}")
async def file(visit: Visit, tenant_id: UUID, request_id: UUID, file_id: UUID) -> Response[bytes]:
    where = {"tenant_id": tenant_id, "request_id": request_id, "file_id": file_id}
    return kept_file(*await read_house_file(visit.house, operator(visit), **where))


HANDLERS = [requests, request, answer, file]
