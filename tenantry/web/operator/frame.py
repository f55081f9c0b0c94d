"""The operator's pages: who may come in, and the way around."""

from typing import Any

from litestar import Request, Response
from litestar.exceptions import NotFoundException

from tenantry.domain.operators import Operator
from tenantry.queries.house import House
from tenantry.queries.operator_gate import operator_of
from tenantry.web.navigation import Entry
from tenantry.web.visit import First, Visit, read_visit

HOME = "/operator"


async def read_operator(request: Request[Any, Any, Any], house: House) -> Visit:
    """A visit to the operator's pages, which are not there for anybody else. Raises SignedOut; First; 404."""
    visit = await read_visit(request, house)
    if not visit.own.is_operator:
        raise NotFoundException
    if visit.own.must_change_password:
        raise First("password")
    return visit


def operator(visit: Visit) -> Operator:
    """Who runs the house, on a page that `read_operator` let in."""
    found = operator_of(visit.own)
    if found is None:
        raise NotFoundException
    return found


def operator_page(
    visit: Visit, template: str, *, title: str, crumbs: list[tuple[str, str | None]] | None = None, **context: Any
) -> Response[str]:
    """A page in the frame of every page, with the operator's own navigation. crumbs: what it stands below."""
    path = [*crumbs, (title, None)] if crumbs else None
    return visit.page(template, title=title, crumbs=path, nav=_navigation(visit), **context)


def _navigation(visit: Visit) -> list[Entry]:
    say, path = visit.speech.say, visit.request.url.path

    def entry(label: str, place: str, icon: str) -> Entry:
        return Entry(label, f"{HOME}/{place}", icon, f"{path}/".startswith(f"{HOME}/{place}/"))

    return [
        entry(say("Organizations"), "tenants", "building"),
        entry(say("Catalog"), "catalog", "box"),
        entry(say("Doors"), "doors", "open"),
        entry(say("Mail domains"), "mail-domains", "prohibited"),
        entry(say("Takeovers"), "takeovers", "person_swap"),
        entry(say("App keys"), "app-keys", "key"),
        entry(say("Invoices"), "invoices", "receipt"),
        entry(say("Service requests"), "requests", "headset"),
        entry(say("Editions"), "editions", "globe"),
        entry(say("Help pages"), "help", "question_circle"),
        entry(say("Jobs"), "jobs", "arrow_sync"),
        entry(say("Timetable"), "timetable", "clock"),
        entry(say("Letters"), "letters", "mail"),
        entry(say("Events"), "events", "flash"),
        entry(say("Doctor"), "doctor", "beaker"),
        entry(say("Settings in force"), "settings", "settings"),
        entry(say("Log"), "log", "history"),
    ]
