"""Notices: what is open and what is over, the bell over every page, and which of them come by mail."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands.own_notices import choose_mailed, mark_seen
from tenantry.domain.notices import NoticeKind
from tenantry.kit.ids import parse_id
from tenantry.kit.paging import decode
from tenantry.queries.notices import NoticeRow, list_notices, read_mail_choices
from tenantry.web.answers import address, onward
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.notices import NOTICES, Told, tell

PLACE = "/notices"
CHOICES = "/settings/notifications"
LIMIT = 50


@get(PLACE)
async def notices(visit: Visit, after: str = "") -> Response[Any]:
    """What is open, the newest first, then what is over; further pages have only that."""
    seen = await list_notices(visit.house.db, visit.viewer, cursor=decode(after), limit=LIMIT)
    if after and not seen.ended.items:
        return go(visit.home + PLACE)
    ended, place = seen.ended, visit.home + PLACE
    return visit.page(
        "notices/list.html",
        title=visit.speech.say("Notices"),
        open=[] if after else [_line(visit, row) for row in seen.open],
        ended=[_line(visit, row) for row in ended.items],
        until=seen.newest_unseen if visit.viewer.user_id else None,
        place=place,
        choices=visit.home + CHOICES,
        later=bool(after),
        previous=address(place, after=ended.previous) if ended.previous else None,
        next=address(place, after=ended.next) if ended.next else None,
    )


def _line(visit: Visit, row: NoticeRow) -> tuple[NoticeRow, Told]:
    return row, tell(visit.speech, row.kind, row.subject_id, row.params)


@post(f"{PLACE}/seen")
async def see(visit: Visit) -> Response[Any]:
    """Marks what the page showed as seen: asked by the page itself, or by its button."""
    form = await visit.request.form()
    until = parse_id(str(form.get("until", "")))
    if until is not None:
        await mark_seen(visit.house.db, visit.viewer, until=until)
    if visit.target == "bell":
        return visit.page("notices/bell.html", title="")
    return go(visit.home + PLACE)


@get(CHOICES)
async def notifications(visit: Visit) -> Response[Any]:
    """Which kinds come by mail, of those that one may see."""
    say = visit.speech.say
    return visit.page(
        "notices/choices.html",
        title=say("Notifications"),
        crumbs=[(say("Settings"), None), (say("Notifications"), None)],
        place=visit.home + CHOICES,
        choices=[
            (one.kind, say(NOTICES[one.kind].label), one.mailed)
            for one in await read_mail_choices(visit.house.db, visit.viewer)
        ],
    )


@post(CHOICES)
async def choose(visit: Visit) -> Response[Any]:
    """What was on the form and is not ticked does not come any more."""
    form = await visit.request.form()
    offered, mailed = ([kind for kind in NoticeKind if kind in form.getall(name, [])] for name in ("offered", "mailed"))
    await choose_mailed(visit.house.db, visit.viewer, offered=offered, mailed=mailed)
    return onward(visit, visit.home + CHOICES, toast=visit.speech.say("Your choice is saved"))


HANDLERS = [notices, see, notifications, choose]
