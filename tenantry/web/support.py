"""Support: whom to call, where help is, and service requests: their list, a new one, one with what was written."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from tenantry.commands.ask_support import go_on_request, open_request
from tenantry.domain.roles import Permission
from tenantry.domain.service_requests import (
    BODY,
    FILE_BYTES,
    FILES,
    OF_TENANT,
    TITLE,
    UNKNOWN,
    Asked,
    Attachment,
    Deed,
    State,
    attach,
    parse_deed,
)
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.kit.paging import decode
from tenantry.queries.service_requests import (
    MessageRow,
    Phone,
    Request,
    RequestRow,
    list_requests,
    read_name,
    read_request,
    read_request_file,
    read_support,
)
from tenantry.web.answers import address, onward
from tenantry.web.errors import STATUS
from tenantry.web.visit import Visit
from tenantry.words.requests import BADGES, CATEGORIES, SEVERITIES, STATES
from tenantry.words.speech import N_, Speech

PLACE = "/support"
REQUESTS = f"{PLACE}/requests"
ONE = f"{REQUESTS}/{{request_id:uuid}}"
LARGEST = FILES * FILE_BYTES + 1024 * 1024  # bytes of a form with its files
SHOWN = {
    "": (N_("All"), ()),
    "open": (N_("Open"), (State.NEW, State.WORKING, State.WAITING)),
    "waiting": (N_("Waits for your answer"), (State.WAITING,)),
    "closed": (N_("Closed"), (State.CLOSED,)),
}


@get(PLACE)
async def support(visit: Visit) -> Response[Any]:
    seen, speech = await read_support(visit.house.db, visit.viewer), visit.speech
    asks = visit.viewer.can(Permission.SUPPORT_ASK) and not visit.tenant.is_group
    return visit.page(
        "support/page.html",
        title=speech.say("Support"),
        phones=_phones(visit, seen.phones),
        community=seen.community,
        asks=asks,
        group=visit.tenant.is_group,
        place=f"{visit.home}{REQUESTS}",
    )


def _phones(visit: Visit, phones: Iterable[Phone]) -> list[tuple[str, str, str]]:
    """Country, number and hours: those of the organization's own country first, the others by their names."""
    speech, home = visit.speech, visit.tenant.country
    order = {code: place for place, (code, _) in enumerate(speech.countries)}
    some = sorted(phones, key=lambda one: (one.country != home, order.get(one.country, 0), one.phone))
    return [(speech.country(one.country), one.phone, one.hours or speech.say("Day and night")) for one in some]


@get(REQUESTS)
async def requests(visit: Visit, q: str = "", only: str = "", after: str = "") -> Response[Any]:
    state, q, say = only if only in SHOWN else "", q[:100].replace("\0", ""), visit.speech.say
    page = await list_requests(
        visit.house.db, visit.viewer, q=q, states=SHOWN[state][1], cursor=decode(after), limit=visit.own.page_rows
    )
    place = f"{visit.home}{REQUESTS}"
    return visit.page(
        "support/requests.html",
        title=say("Service requests"),
        crumbs=[(say("Support"), f"{visit.home}{PLACE}"), (say("Service requests"), None)],
        rows=[shown(visit.speech, one, f"{place}/{one.id}") for one in page.items],
        chips=[(say(label), address(place, q=q, only=one), one == state) for one, (label, _) in SHOWN.items()],
        q=q,
        state=state,
        narrowed=bool(q or state),
        previous=address(place, q=q, only=state, after=page.previous) if page.previous else None,
        next=address(place, q=q, only=state, after=page.next) if page.next else None,
        asks=visit.viewer.user_id is not None,
        place=place,
    )


def shown(speech: Speech, row: RequestRow, href: str, states: dict[str, str] | None = None) -> dict[str, Any]:
    """A request as lists and pages show it. states: their words, where they are not the tenant's."""
    return {
        "href": href,
        "number": f"#{row.number}",
        "title": row.title,
        "category": speech.say(CATEGORIES[row.category]),
        "severity": speech.say(SEVERITIES[row.severity]),
        "urgent": row.severity in ("high", "critical"),
        "state": speech.say((states or STATES)[row.state]),
        "badge": BADGES[row.state],
        "closed": row.state is State.CLOSED,
        "opened_by": row.opened_by,
        "opened_at": row.opened_at,
        "changed_at": row.changed_at,
        "unanswered": row.unanswered,
    }


@get(f"{REQUESTS}/new")
async def ask(visit: Visit) -> Response[Any]:
    visit.require(Permission.SUPPORT_ASK)
    return await _ask(visit, {})


async def _ask(visit: Visit, typed: dict[str, str], refused: Refused | None = None) -> Response[Any]:
    """The form of a new request; its files have to be chosen again where it was refused."""
    say, place = visit.speech.say, f"{visit.home}{REQUESTS}"
    about = parse_id(typed.get("user", ""))
    picks = visit.viewer.can(Permission.USER_READ)
    name = await read_name(visit.house.db, visit.viewer, user_id=about) if about and picks else None
    return visit.page(
        "support/new.html",
        title=say("New service request"),
        crumbs=[(say("Support"), f"{visit.home}{PLACE}"), (say("Service requests"), place), (say("New"), None)],
        status=STATUS[refused.kind] if refused else 200,
        typed={"category": "", "severity": "normal", "title": "", "body": "", **typed},
        categories=[(one, say(label)) for one, label in CATEGORIES.items()],
        severities=[(one, say(label)) for one, label in SEVERITIES.items()],
        chosen=[(str(about), name)] if about and name else [],
        picks=picks,
        errors={refused.field or "": visit.speech.refused(refused)} if refused else {},
        key=typed.get("key") or new_id(),
        place=place,
        **limits(visit.speech),
    )


def limits(speech: Speech) -> dict[str, Any]:
    """How much can be written and attached, for a form."""
    size = speech.size(FILE_BYTES * 1000 * 1000 // (1024 * 1024))
    return {
        "most": (TITLE, BODY),
        "files_help": speech.count(
            "Up to %(num)s file of %(size)s.", "Up to %(num)s files of %(size)s each.", FILES, size=size
        ),
    }


@post(f"{REQUESTS}/new", request_max_body_size=LARGEST)
async def send(visit: Visit) -> Response[Any]:
    typed = await typed_of(visit, "category", "severity", "title", "body", "user", "key")
    asked = Asked(*(typed.get(name, "") for name in ("category", "severity", "title", "body")))
    try:
        opened = await open_request(
            visit.house.db,
            visit.viewer,
            asked=asked,
            about=parse_id(typed.get("user", "")),
            files=await files_of(visit),
            site=visit.house.settings.address,
            now=visit.now,
            key=typed.get("key", "")[:64] or None,
        )
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _ask(visit, typed, refused)
    said = visit.speech.say("Your service request has the number %(number)s.", number=f"#{opened.number}")
    return onward(visit, f"{visit.home}{REQUESTS}/{opened.request_id}", toast=said)


async def typed_of(visit: Visit, *names: str) -> dict[str, str]:
    """What was typed into a form with files, cut where nothing that long could be kept anyway."""
    form = await visit.request.form()
    found = {name: form.get(name, "") for name in names}
    return {name: value[: 2 * BODY] for name, value in found.items() if isinstance(value, str)}


async def files_of(visit: Visit) -> tuple[Attachment, ...]:
    """The files of a form. Raises Refused with the field "files"."""
    form = await visit.request.form()
    sent = [one for one in form.getall("files", []) if isinstance(one, UploadFile)]
    return attach([(one.filename or "", await one.read()) for one in sent[: FILES + 1]])


@get(ONE)
async def request(visit: Visit, request_id: UUID) -> Response[Any]:
    return await _show(visit, request_id)


async def _show(visit: Visit, request_id: UUID, typed: str = "", refused: Refused | None = None) -> Response[Any]:
    """One request; what was typed stays where it was refused."""
    seen = await read_request(visit.house.db, visit.viewer, request_id=request_id)
    say, place = visit.speech.say, f"{visit.home}{REQUESTS}"
    return visit.page(
        "support/request.html",
        title=seen.row.title,
        crumbs=[
            (say("Support"), f"{visit.home}{PLACE}"),
            (say("Service requests"), place),
            (f"#{seen.row.number}", None),
        ],
        status=STATUS[refused.kind] if refused else 200,
        one=shown(visit.speech, seen.row, f"{place}/{request_id}"),
        facts=facts_of(visit.speech, seen),
        messages=messages_of(seen.messages, f"{place}/{request_id}"),
        typed=typed,
        key=new_id(),
        errors={refused.field or "": visit.speech.refused(refused)} if refused else {},
        asks=visit.viewer.user_id is not None,
        **limits(visit.speech),
    )


def facts_of(speech: Speech, seen: Request) -> list[tuple[str, str]]:
    """What is known of a request, beside what was written."""
    say, row = speech.say, seen.row
    facts = [
        (say("Category"), say(CATEGORIES[row.category])),
        (say("Severity"), say(SEVERITIES[row.severity])),
        (say("Opened by"), row.opened_by),
    ]
    return [*facts, (say("On behalf of"), f"{seen.about[0]} ({seen.about[1]})")] if seen.about else facts


def messages_of(messages: Iterable[MessageRow], place: str) -> list[dict[str, Any]]:
    """What was written, each file with the address that it is downloaded from."""
    return [
        {
            "author": one.author,
            "by_support": one.side == "operator",
            "at": one.at,
            "body": one.body,
            "files": [(file.name, file.size, f"{place}/files/{file.id}") for file in one.files],
        }
        for one in messages
    ]


@post(ONE, request_max_body_size=LARGEST)
async def go_on(visit: Visit, request_id: UUID) -> Response[Any]:
    """Another message, or the request closed or opened again."""
    typed = await typed_of(visit, "do", "body", "key")
    body = typed.get("body", "")
    try:
        deed = parse_deed(typed.get("do", ""), OF_TENANT)
        await go_on_request(
            visit.house.db,
            visit.viewer,
            request_id=request_id,
            deed=deed,
            body=body,
            files=await files_of(visit),
            site=visit.house.settings.address,
            now=visit.now,
            key=typed.get("key", "")[:64] or None,
        )
    except Refused as refused:
        if refused.kind in (Kind.DENIED, Kind.MISSING):
            raise
        return await _show(visit, request_id, body, refused)
    say = visit.speech.say
    said = {
        Deed.WRITE: say("Sent. We answer here, and tell you by mail."),
        Deed.CLOSE: say("The service request is closed."),
        Deed.REOPEN: say("The service request is open again."),
    }
    return onward(visit, f"{visit.home}{REQUESTS}/{request_id}", toast=said[deed])


@get(f"{ONE}/files/{{file_id:uuid}}")
async def file(visit: Visit, request_id: UUID, file_id: UUID) -> Response[bytes]:
    name, content = await read_request_file(visit.house.db, visit.viewer, request_id=request_id, file_id=file_id)
    return kept_file(name, content)


def kept_file(name: str, content: bytes) -> Response[bytes]:
    """A file of somebody else's, only ever to be saved: no browser is told a type that it could show or run."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._- ") else "_" for one in name)
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=UNKNOWN, headers=headers)


HANDLERS = [support, requests, ask, send, request, go_on, file]
