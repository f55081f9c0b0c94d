"""A meeting, for whoever has its link: people of the organization by their sign-in, others by a name that they give."""

import hmac
import secrets
from asyncio import get_running_loop
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import ServerSentEvent, ServerSentEventMessage
from sqlalchemy.exc import DBAPIError

from tenantry.commands import attend_meetings as attend
from tenantry.domain.meetings import BEAT, NAME_LENGTH, Attendee, State, checked_name
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.gate import enter
from tenantry.queries.house import House
from tenantry.queries.meeting_gate import Place, find_meeting
from tenantry.web.errors import STATUS
from tenantry.web.hub import Hub, News
from tenantry.web.pages import go, html, initials
from tenantry.web.visit import FIRST, SESSION, First, Visit, csrf_of, language_of, read_visit

GUEST = "tenantry_guest"  # by which a browser without a sign-in is known again
ROOM = "room"
_AGAIN = 3000  # milliseconds after which a browser listens again


@dataclass
class Meet:
    """Somebody at a meeting's link. who: without a name as long as a guest has not given one."""

    visit: Visit
    place: Place
    token: str
    who: Attendee
    guest_token: str

    @property
    def now(self) -> datetime:
        """What time it is in the organization."""
        return self.visit.now + self.place.ahead

    @property
    def path(self) -> str:
        return f"/meet/{self.token}"


async def read_meet(request: Request[Any, Any, Any], house: House, token: str) -> Meet:
    """Who asks, at which meeting. Raises Refused("meeting_missing"), and First as the organization's own pages do."""
    visit = await read_visit(request, house)
    place = await find_meeting(house.db, token=token)
    guest = request.cookies.get(GUEST, "")[:64] or secrets.token_urlsafe(24)
    member = await _member(visit, place) if visit.account else None
    if not visit.csrf:
        visit.csrf = csrf_of(guest)
        await _check_guest(request, visit.csrf)
    name = visit.account.name or "" if visit.account else ""
    who = member or Attendee(name, browser=sha256(guest.encode()).digest())
    return Meet(visit, place, token, who, "" if member else guest)


async def _member(visit: Visit, place: Place) -> Attendee | None:
    """The person of the meeting's organization who is signed in; None for anybody else."""
    token = visit.request.cookies.get(SESSION, "")
    language = language_of(visit.request, visit.account)
    try:
        entrance = await enter(visit.house.db, token=token, slug=place.slug, language=language, now=visit.now)
    except Refused as refused:
        if refused.code != "tenant_missing":
            raise
        return None
    if entrance is None or entrance.viewer.user_id is None:
        return None
    if entrance.first:
        raise First(FIRST[entrance.first])
    return Attendee(entrance.viewer.name, entrance.viewer.user_id)


async def _check_guest(request: Request[Any, Any, Any], csrf: str) -> None:
    """A form of somebody who is not signed in carries the token of their browser."""
    if request.method in {"GET", "HEAD"}:
        return
    sent = request.headers.get("x-csrf-token") or (await request.form()).get("_csrf_token", "")
    if not hmac.compare_digest(str(sent), csrf):
        raise Refused("form_stale", Kind.CONFLICT)


# The page


@get("/")
async def meeting(meet: Meet) -> Response[Any]:
    return await _show(meet)


async def _show(meet: Meet, refused: Refused | None = None, name: str | None = None) -> Response[Any]:
    """The meeting as somebody sees it who is not there, waits, or is in; htmx gets the room alone."""
    visit, view = meet.visit, await attend.look_in(meet.visit.house.db, place=meet.place, who=meet.who, now=meet.now)
    field = refused.field if refused else None
    said = visit.speech.refused(refused) if refused else ""
    response = visit.page(
        "meet/room.html" if visit.target == ROOM else "meet/page.html",
        title=view.title,
        status=STATUS[refused.kind] if refused else 200,
        view=view,
        meet=meet,
        name=view.name if name is None else name,
        most_name=NAME_LENGTH,
        error="" if field else said,
        errors={field: said} if field else {},
        link=f"{visit.house.settings.address}{meet.path}",
        upgrade=f"/t/{meet.place.slug}/meetings",
        initials=initials,
        listening=view.state in (State.IN, State.WAITING) and not view.ended,
    )
    response.headers["X-Robots-Tag"] = "noindex"
    if meet.guest_token and meet.visit.request.cookies.get(GUEST) != meet.guest_token:
        response.cookies.append(_guest_cookie(meet))
    return response


def _guest_cookie(meet: Meet) -> Cookie:
    secure = meet.visit.house.settings.secure_cookies
    return Cookie(GUEST, value=meet.guest_token, path="/meet", httponly=True, secure=secure, samesite="lax")


# What is done there


@post("/join")
async def join(meet: Meet) -> Response[Any]:
    typed = str((await meet.visit.request.form()).get("name", ""))[:1000]
    try:
        who = meet.who if meet.who.user_id else replace(meet.who, name=checked_name(typed))
        await attend.join_meeting(
            meet.visit.house.db, place=meet.place, who=who, origin=meet.visit.origin.address, now=meet.now
        )
    except Refused as refused:
        if refused.kind is Kind.MISSING:
            raise
        return await _show(meet, refused, typed[:NAME_LENGTH])
    return await _done(meet)


async def _done(meet: Meet) -> Response[Any]:
    return await _show(meet) if meet.visit.target == ROOM else go(meet.path)


@post("/leave")
async def leave(meet: Meet) -> Response[Any]:
    await attend.leave_meeting(meet.visit.house.db, place=meet.place, who=meet.who, now=meet.now)
    return await _done(meet)


@post("/mute")
async def mute(meet: Meet) -> Response[Any]:
    muted = str((await meet.visit.request.form()).get("muted", "")) == "1"
    await attend.mute_self(meet.visit.house.db, place=meet.place, who=meet.who, muted=muted)
    return await _done(meet)


@post("/admit")
async def admit(meet: Meet) -> Response[Any]:
    try:
        await attend.let_in(
            meet.visit.house.db, place=meet.place, who=meet.who, person_id=await _person(meet), now=meet.now
        )
    except Refused as refused:
        if refused.kind in (Kind.MISSING, Kind.DENIED):
            raise
        return await _show(meet, refused)
    return await _done(meet)


@post("/refuse")
async def refuse(meet: Meet) -> Response[Any]:
    person_id = await _person(meet)
    await attend.turn_away(meet.visit.house.db, place=meet.place, who=meet.who, person_id=person_id, now=meet.now)
    return await _done(meet)


async def _person(meet: Meet) -> UUID:
    person_id = parse_id(str((await meet.visit.request.form()).get("person", "")))
    if person_id is None:
        raise Refused("form_stale", Kind.CONFLICT)
    return person_id


@post("/end")
async def end(meet: Meet) -> Response[Any]:
    """For everybody; from the list of one's meetings it leads back there."""
    await attend.end_meeting(meet.visit.house.db, place=meet.place, who=meet.who, now=meet.now)
    if str((await meet.visit.request.form()).get("back", "")):
        return go(f"/t/{meet.place.slug}/meetings")
    return await _done(meet)


# What changes, as it changes


@get("/events")
async def events(meet: Meet) -> Response[Any]:
    """A stream that says when to look again, for who is in or waits; as long as it is open, they are there."""
    hub: Hub = meet.visit.request.app.state.hub
    hub.require_room(meet.place.meeting_id, _ear_of(meet))
    if not await attend.stay_in_meeting(meet.visit.house.db, place=meet.place, who=meet.who, now=meet.now):
        return html("", status=204)
    return ServerSentEvent(_news(meet, hub))


def _ear_of(meet: Meet) -> object:
    return meet.who.user_id or meet.who.browser


async def _news(meet: Meet, hub: Hub) -> AsyncIterator[ServerSentEventMessage]:
    clock, beat = get_running_loop().time, BEAT.total_seconds()
    with hub.follow(meet.place.meeting_id, _ear_of(meet)) as ear:
        yield ServerSentEventMessage(comment="here", retry=_AGAIN)
        next_beat = clock() + beat
        while (news := await ear.hear(max(0.0, next_beat - clock()))) is not News.OVER:
            if news is News.CHANGED:
                yield ServerSentEventMessage(data="changed")
            if clock() >= next_beat:
                next_beat = clock() + beat
                if not await _is_there(meet):
                    yield ServerSentEventMessage(data="changed")
                    return
                yield ServerSentEventMessage(comment="here")


async def _is_there(meet: Meet) -> bool:
    """A database that is away for a moment sends nobody away."""
    now = datetime.now(UTC) + meet.place.ahead
    try:
        return await attend.stay_in_meeting(meet.visit.house.db, place=meet.place, who=meet.who, now=now)
    except DBAPIError:
        return True


HANDLERS = [meeting, join, leave, mute, admit, refuse, end, events]
