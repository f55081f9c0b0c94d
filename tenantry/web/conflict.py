"""A product's seat conflict: what happened and by when, the ways out, and a repair that is tried before it is done."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.repair_conflict import repair_conflict
from tenantry.domain.charges import Running, running
from tenantry.domain.orders import Deed, Line
from tenantry.domain.roles import Permission
from tenantry.domain.seat_changes import SEATS_LIMIT
from tenantry.domain.seat_conflicts import REDUCED_GRACE
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.queries.conflict import MOST, ConflictView, read_conflict
from tenantry.web.conflict_words import cause_of
from tenantry.web.find import parse_ids
from tenantry.web.pages import go, initials
from tenantry.web.visit import Visit

PLACE = "/licenses/{sku_id:uuid}/conflict"


@dataclass(frozen=True)
class Choice:
    """A repair as its form tells it; None: as proposed."""

    release: tuple[UUID, ...] | None = None
    buy: int | None = None
    error: str = ""


@get(PLACE)
async def conflict(visit: Visit, sku_id: UUID) -> Response[Any]:
    return await _page(visit, sku_id, Choice())


@post(PLACE, status_code=200)
async def repair(visit: Visit, sku_id: UUID) -> Response[Any]:
    """*Run again* tries the repair as it is ticked; the other button does what the last dry run showed."""
    visit.require(Permission.LICENSE_ASSIGN)
    form = await visit.request.form()
    release = parse_ids(form.getall("user", []))[:MOST]
    choice = Choice(release, _number(str(form.get("buy", ""))))
    if form.get("do") != "repair":
        return await _page(visit, sku_id, choice)
    try:
        if form.get("tried") != tried(release, choice.buy or 0):
            raise Refused("forecast_stale", Kind.CONFLICT)
        done = await repair_conflict(
            visit.house.db,
            visit.viewer,
            sku_id=sku_id,
            release=release,
            buy=choice.buy or 0,
            fingerprint=str(form.get("fingerprint", ""))[:64],
            now=visit.now,
            key=str(form.get("key", ""))[:64] or None,
        )
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _page(visit, sku_id, Choice(release, choice.buy, visit.speech.refused(refused)))
    return go(f"{visit.home}/operations/{done.operation_id}")


def tried(release: tuple[UUID, ...], buy: int) -> str:
    """A dry run's mark: what was ticked after it has to be tried first."""
    return " ".join([*sorted(map(str, release)), str(buy)])


def _number(text: str) -> int:
    digits = text.strip()[:9]
    return min(int(digits), SEATS_LIMIT) if digits.isdecimal() else 0


async def _page(visit: Visit, sku_id: UUID, choice: Choice) -> Response[Any]:
    view = await read_conflict(
        visit.house.db, visit.viewer, sku_id=sku_id, release=choice.release, buy=choice.buy, now=visit.now
    )
    say, place = visit.speech.say, f"{visit.home}/licenses"
    crumbs = [(say("Billing"), None), (say("Licenses"), place)]
    if not isinstance(view, ConflictView):
        crumbs.append((view.name, f"{place}/{sku_id}"))
        return visit.page("licenses/no_conflict.html", title=say("Seat conflict"), crumbs=crumbs, row=view)
    crumbs.append((view.row.name, f"{place}/{sku_id}"))
    return visit.page(
        "licenses/conflict.html",
        title=view.row.name,
        status=409 if choice.error else 200,
        crumbs=crumbs,
        place=f"{place}/{sku_id}",
        view=view,
        row=view.row,
        cause=cause_of(visit.speech, view.conflict, view.row),
        days=(visit.now - view.conflict.since).days,
        bought=_cost(view.bought),
        renewed=_cost(view.renewed),
        tried=_cost(view.trial.quote.lines[0] if view.trial.quote else None),
        refused=visit.speech.refused(view.trial.refused) if view.trial.refused else "",
        trial_mark=tried(view.trial.people, view.trial.buy),
        kept_until=visit.now + timedelta(days=min((app.kept for app in view.apps), default=0)),
        grace=REDUCED_GRACE.days,
        apps=_by_people(view),
        may_assign=visit.viewer.can(Permission.LICENSE_ASSIGN),
        may_buy=visit.viewer.can(Permission.SUBSCRIPTION_CHANGE),
        error=choice.error,
        key=new_id(),
        initials=initials,
    )


def _by_people(view: ConflictView) -> list[tuple[int, list[str]]]:
    """The apps by how many people have them, those of the most people first."""
    numbers = sorted({app.people for app in view.apps}, reverse=True)
    return [(number, [app.name for app in view.apps if app.people == number]) for number in numbers]


@dataclass(frozen=True)
class Cost:
    """What the seats of a line cost: today with tax, and by the month and the year without; seats: of the way out."""

    line: Line
    running: Running
    seats: int


def _cost(line: Line | None) -> Cost | None:
    if line is None:
        return None
    seats = line.seats if line.deed is Deed.RENEW else line.seats - line.before
    return Cost(line, running(line.price, seats), seats)


HANDLERS = [conflict, repair]
