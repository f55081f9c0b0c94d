"""Meetings of one's own: the list, a new one, and what one chose for them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from litestar import Response, get, post

from tenantry.commands.plan_meetings import change_habits, plan_meeting
from tenantry.domain.editions import Feature
from tenantry.domain.entitlements import LimitNow
from tenantry.domain.meetings import REMINDERS, TITLE_LENGTH, Habits, Plan
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.kit.paging import decode
from tenantry.queries.meetings import Allowance, Meetings, list_meetings, read_habits
from tenantry.web.answers import address, onward
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.visit import Visit

PLACE = "/meetings"
ENDED = "ended"


def place_of(visit: Visit, below: str = "") -> str:
    return f"{visit.home}{PLACE}{below}"


def crumbs_of(visit: Visit, *here: str) -> list[tuple[str, str | None]]:
    say = visit.speech.say
    way: list[tuple[str, str | None]] = [(say("Apps"), f"{visit.home}/apps")]
    return [*way, (say("Meetings"), place_of(visit) if here else None), *((name, None) for name in here)]


@get(PLACE)
async def meetings(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, typed: dict[str, str] | None = None, refused: Refused | None = None) -> Response[Any]:
    query = visit.request.query_params
    ended, after = query.get("show") == ENDED, query.get("after", "")
    rows = visit.own.page_rows
    seen = await list_meetings(
        visit.house.db, visit.viewer, ended=ended, cursor=decode(after), limit=rows, now=visit.now
    )
    speech, show = visit.speech, ENDED if ended else ""
    return visit.page(
        "meetings/list.html",
        title=speech.say("Meetings"),
        crumbs=crumbs_of(visit),
        status=STATUS[refused.kind] if refused else 200,
        place=place_of(visit),
        seen=seen,
        ended=ended,
        site=visit.house.settings.address,
        prev=address(place_of(visit), show=show, after=seen.page.previous) if seen.page.previous else None,
        next=address(place_of(visit), show=show, after=seen.page.next) if seen.page.next else None,
        allowed=_allowed(visit, seen.allowance),
        more=_more(visit, seen.allowance),
        typed=typed or _fresh(seen),
        own_zone=visit.own.time_zone or "",
        most_title=TITLE_LENGTH,
        errors={refused.field: speech.refused(refused)} if refused and refused.field else {},
        error=speech.refused(refused) if refused and not refused.field else "",
    )


def _fresh(seen: Meetings) -> dict[str, str]:
    """The form of a new meeting as one's habits fill it in."""
    habits = {"lobby": "1" if seen.habits.lobby else "", "mute_on_entry": "1" if seen.habits.mute_on_entry else ""}
    return {"id": str(new_id()), "title": "", "starts_at": ""} | habits


def _allowed(visit: Visit, allowance: Allowance) -> str:
    """How many may meet, and when that changes."""
    speech, limit = visit.speech, allowance.limit
    if limit is None:
        return ""
    most = speech.count(
        "Up to %(num)s person can be in a meeting", "Up to %(num)s people can be in a meeting", limit.value
    )
    return f"{most}. {_change(visit, limit)}".strip()


def _change(visit: Visit, limit: LimitNow) -> str:
    say = visit.speech.say
    if limit.changes_at is None:
        return ""
    date = visit.speech.date(limit.changes_at)
    if limit.then is None:
        return say("From %(date)s on you can hold no meetings.", date=date)
    return say("From %(date)s on it is %(number)s.", date=date, number=visit.speech.number(limit.then))


def _more(visit: Visit, allowance: Allowance) -> dict[str, str]:
    """The way to more: a button of who can go it, else whom to ask. Nothing for who has what is bought."""
    if allowance.limit is not None and not allowance.free and not allowance.group:
        return {}
    if allowance.group and Feature.TAKEOVER not in visit.tenant.features:
        return {}
    if allowance.group:
        return {"href": f"{visit.home}/become-admin?door=meetings", "ask": ""}
    if visit.viewer.can(Permission.SUBSCRIPTION_CHANGE):
        return {"href": f"{visit.home}/purchase", "ask": ""}
    return {"href": "", "ask": visit.speech.either(f"{one.name} ({one.address})" for one in allowance.ask)}


@post(PLACE)
async def create(visit: Visit) -> Response[Any]:
    """One without a time begins now: on to it. One with a time is in the list."""
    form = await visit.request.form()
    names = ("id", "title", "starts_at", "zone", "lobby", "mute_on_entry")
    typed = {name: str(form.get(name, ""))[:500] for name in names}
    try:
        meeting_id = parse_id(typed["id"])
        if meeting_id is None:
            raise Refused("form_stale", Kind.CONFLICT)
        plan = Plan(typed["title"], _time(visit, typed), bool(typed["lobby"]), bool(typed["mute_on_entry"]))
        token = await plan_meeting(visit.house.db, visit.viewer, meeting_id=meeting_id, plan=plan, now=visit.now)
    except Refused as refused:
        if refused.kind in (Kind.DENIED, Kind.MISSING):
            raise
        return await _show(visit, typed, refused)
    if plan.starts_at is None:
        return go(f"/meet/{token}")
    said = visit.speech.say("The meeting is planned. Send its link to the others.")
    return onward(visit, place_of(visit), toast=said)


def _time(visit: Visit, typed: dict[str, str]) -> datetime | None:
    """What a browser's field for a time sends, in the zone of the account, else of the browser, else in UTC.

    Raises Refused("meeting_time_form").
    """
    if not typed["starts_at"]:
        return None
    zone = visit.own.time_zone or (typed["zone"] if typed["zone"] in available_timezones() else "UTC")
    try:
        at = datetime.fromisoformat(typed["starts_at"])
        if at.tzinfo is not None:
            raise ValueError(typed["starts_at"])
        return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused("meeting_time_form", Kind.INVALID, field="starts_at") from error


# Habits


@get(f"{PLACE}/settings")
async def settings(visit: Visit) -> Response[Any]:
    return _settings(visit, await read_habits(visit.house.db, visit.viewer))


def _settings(visit: Visit, habits: Habits, refused: Refused | None = None) -> Response[Any]:
    speech = visit.speech
    title = speech.say("Meeting settings")
    return visit.page(
        "meetings/settings.html",
        title=title,
        crumbs=crumbs_of(visit, title),
        status=STATUS[refused.kind] if refused else 200,
        place=place_of(visit),
        habits=habits,
        reminders=[
            (minutes, speech.count("%(num)s minute before", "%(num)s minutes before", minutes)) for minutes in REMINDERS
        ],
        errors={refused.field: speech.refused(refused)} if refused else {},
    )


@post(f"{PLACE}/settings")
async def change(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    reminder = str(form.get("reminder", ""))
    minutes = int(reminder) if reminder.isascii() and reminder.isdecimal() and len(reminder) < 5 else None
    habits = Habits("lobby" in form, "mute_on_entry" in form, minutes)
    try:
        await change_habits(visit.house.db, visit.viewer, habits=habits)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return _settings(visit, habits, refused)
    return onward(visit, place_of(visit), toast=visit.speech.say("Your settings are saved."))


HANDLERS = [meetings, create, settings, change]
