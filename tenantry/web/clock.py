"""A sandbox's own clock: what time it is there, what happens next, and moving it ahead."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands.advance_clock import Advanced, advance_clock
from tenantry.domain.roles import Permission
from tenantry.domain.subscriptions import Status
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.test_clock import Ahead, read_clock
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.subscription_words import KINDS, status_word
from tenantry.web.visit import Visit

CLOCK = "/settings/clock"
JUMPS = (1, 30, 60)


@get(CLOCK)
async def clock(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, refused: Refused | None = None) -> Response[Any]:
    seen = await read_clock(visit.house.db, visit.viewer, now=visit.now)
    speech, say = visit.speech, visit.speech.say
    return visit.page(
        "organization/clock.html",
        title=say("Test clock"),
        crumbs=[(say("Settings"), None), (say("Test clock"), None)],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{visit.home}{CLOCK}",
        ahead_by=speech.count("%(num)s day ahead", "%(num)s days ahead", seen.seconds // 86400),
        ahead=[_ahead(visit, one) for one in seen.ahead],
        jumps=[(days, speech.count("%(num)s day", "%(num)s days", days)) for days in JUMPS],
        may_move=visit.viewer.can(Permission.ORGANIZATION_CHANGE),
        error=speech.refused(refused) if refused else "",
    )


def _ahead(visit: Visit, one: Ahead) -> dict[str, Any]:
    """A subscription that is looked at next. What is past is done with the next step, or by a job within minutes."""
    status = Status(one.status)
    return {
        "at": one.at if one.at > visit.now else None,
        "product": one.product,
        "seats": visit.speech.count("%(num)s seat", "%(num)s seats", one.seats),
        "status": (KINDS[status], status_word(visit.speech, status)),
    }


@post(CLOCK)
async def move(visit: Visit) -> Response[Any]:
    """By a number of days, or to the next thing that happens."""
    days = str((await visit.request.form()).get("days", ""))
    try:
        if days != "next" and not (days.isdecimal() and len(days) < 6):
            raise Refused("clock_days", Kind.INVALID, field="days", most=366)
        wanted = None if days == "next" else int(days)
        moved = await advance_clock(visit.house.db, visit.viewer, days=wanted, now=visit.now)
    except Refused as refused:
        if refused.kind in (Kind.DENIED, Kind.MISSING):
            raise
        return await _show(visit, refused)
    return onward(visit, f"{visit.home}{CLOCK}", toast=_said(visit, moved))


def _said(visit: Visit, moved: Advanced) -> str:
    say, date = visit.speech.say, visit.speech.date(moved.at)
    if moved.waiting:
        return say("It is %(date)s now. The clock stopped there, because a payment is under way.", date=date)
    charges = visit.speech.count("%(num)s charge", "%(num)s charges", moved.charged)
    return say("It is %(date)s now. On the way: %(charges)s.", date=date, charges=charges)


HANDLERS = [clock, move]
