"""Something done to many people from their list: a page says what will happen to whom, its button does it.

Such a deed is two handlers at one address. The selection bar (`bulk_commands`) leads to the GET with the selection as
the list sends it; it answers `show_bulk` with what a query of `queries.bulk_people` found. The page's form posts to the
same address; the handler makes one command of `read_whom(visit).selection`, with `expected=read_expected(form)` and
`key=form.get("key")`, and goes back to `whom.list` with a toast. Where the command refuses with a code of STALE, or
with anything else that the page can tell, the handler answers the page again with `error`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from litestar import Response

from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.kit.ids import new_id
from tenantry.queries.bulk_people import Group, Grouped
from tenantry.queries.manage_licenses import Chosen
from tenantry.web.filters import PLACES
from tenantry.web.outcomes import OPENED, Row, who
from tenantry.web.pages import initials
from tenantry.web.visit import Visit
from tenantry.web.whom import Whom

STALE = {"forecast_stale", "nobody_selected"}
NOBODY = Grouped(Chosen(Selection(ids=()), 0, ()), {})


@dataclass(frozen=True)
class Deed:
    """A deed as its page tells it.

    place: its address below the tenant's pages. title: what and to how many. rows: of `outcome_row`. button: what will
    really happen, with its number; `expected` people, which the form sends back. idle: why there is nothing to press.
    notes: (heading, text) of what else to know. fields: what belongs to its address besides who is meant.
    """

    place: str
    title: str
    rows: tuple[Row, ...]
    button: str
    expected: int
    notes: tuple[tuple[str, str], ...] = ()
    idle: str = ""
    danger: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def bulk_commands(visit: Visit, kind: str) -> list[tuple[str, str, str]]:
    """What may be done to those who are selected in a list of `kind`, as (label, icon, address)."""
    say = visit.speech.say
    offered = [
        (Permission.LICENSE_ASSIGN, say("Manage product licenses"), "ticket_diagonal", "/users/manage-licenses"),
        (Permission.USER_LOCATION, say("Set usage location"), "location", "/users/set-location"),
        (Permission.USER_BLOCK, say("Block sign-in"), "prohibited", "/users/block"),
        (Permission.USER_BLOCK, say("Unblock sign-in"), "person_available", "/users/unblock"),
        (Permission.PASSWORD_RESET, say("Reset passwords"), "key", "/users/reset-password"),
        (Permission.USER_DELETE, say("Delete users"), "delete", "/users/delete"),
    ]
    return [(label, icon, visit.home + place) for right, label, icon, place in offered if visit.viewer.can(right)]


def outcome_row(
    visit: Visit, whom: Whom, group: Group, kind: str, label: str, why: str, *, action: tuple[str, str] | None = None
) -> Row:
    """A line of the page. kind: will, quiet, soon or broken. action: the way out of it, as (label, address)."""
    people = tuple(
        (
            person.name,
            initials(person.name),
            f"{visit.home}/users/{PLACES[person.kind]}?open={person.id}&tab=account",
            person.user_name,
        )
        for person in group.people
    )
    wrong = kind in ("soon", "broken")
    return Row(kind, label, group.count, why, people, action, open=wrong and group.count <= OPENED)


def leave_out(visit: Visit, whom: Whom, place: str, group: Group) -> tuple[str, str] | None:
    """The way out of a line whose people cannot be served: the page without them, if they were ticked one by one."""
    if not group.ids:
        return None
    rest = replace(whom, people=tuple(one for one in whom.people if one not in group.ids))
    return visit.speech.say("Leave them out"), bulk_address(rest, place)


def bulk_address(whom: Whom, place: str, fields: Mapping[str, str] | None = None) -> str:
    """The address of a deed's page."""
    return f"{whom.home}{place}?{urlencode([*whom.whom, *(fields or {}).items()])}"


def read_expected(form: Mapping[str, Any]) -> int:
    """How many people the page promised; a form that does not say is as good as stale."""
    text = str(form.get("expected", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def show_bulk(
    visit: Visit,
    whom: Whom,
    found: Grouped,
    deed: Deed,
    *,
    template: str = "people/bulk.html",
    error: str = "",
    **more: Any,
) -> Response[Any]:
    """The page of a deed, 409 with an `error`, or 404 if nobody of the selection is here.

    template: one that extends people/bulk.html, where a deed asks for something first (its blocks tell).
    """
    say, chosen = visit.speech.say, found.chosen
    people = say("Guest users") if whom.kind == "guest" else say("Active users")
    status = 404 if not chosen.count else 409 if error else 200
    return visit.page(
        template if chosen.count else "people/nobody.html",
        title=deed.title,
        crumbs=[(say("Users"), None), (people, whom.list), (deed.title, None)],
        status=status,
        whom=whom,
        chosen=chosen,
        who=who(visit, chosen, whom.filters),
        deed=deed,
        action=bulk_address(whom, deed.place, deed.fields),
        error=error,
        key=str(new_id()),
        **more,
    )
