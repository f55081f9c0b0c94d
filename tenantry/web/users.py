"""Active users and guests: the list, whoever is open beside it, and the list as a file."""

import codecs
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.response import Redirect, Stream

from tenantry.domain.roles import Permission
from tenantry.kit.csvfile import write_rows
from tenantry.kit.paging import decode
from tenantry.queries.people import PeopleView, read_people
from tenantry.queries.users import UserRow, list_users
from tenantry.web.bulk_people import bulk_commands
from tenantry.web.filters import Listing, read_listing
from tenantry.web.pages import go, initials
from tenantry.web.user_pane import Draft, pane_context
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech

EXPORT_LIMIT = 1000  # people per statement of a file


@get("/users/active")
async def active_users(visit: Visit) -> Response[Any]:
    return await show_people(visit, read_listing(visit.home, visit.request.query_params, "member"))


@get("/users/guests")
async def guest_users(visit: Visit) -> Response[Any]:
    return await show_people(visit, read_listing(visit.home, visit.request.query_params, "guest"))


@get(["/users/{user_id:uuid}", "/users/{user_id:uuid}/location"])
async def one_user(visit: Visit, user_id: UUID) -> Redirect:
    """A person's own address."""
    return go(read_listing(visit.home, visit.request.query_params).pane(user_id))


@get("/users/{user_id:uuid}/edit")
async def edit_of_user(visit: Visit, user_id: UUID) -> Redirect:
    return go(read_listing(visit.home, visit.request.query_params).pane(user_id, "edit"))


@get("/users/{user_id:uuid}/block")
async def block_of_user(visit: Visit, user_id: UUID) -> Redirect:
    return go(read_listing(visit.home, visit.request.query_params).pane(user_id, "block"))


@get("/users/{user_id:uuid}/licenses")
async def licenses_of_user(visit: Visit, user_id: UUID) -> Redirect:
    return go(read_listing(visit.home, visit.request.query_params).pane(user_id, "licenses"))


async def show_people(
    visit: Visit, listing: Listing, *, draft: Draft | None = None, status: int = 200
) -> Response[Any]:
    """The list with whoever is open; only the pane's inside where htmx asks for that."""
    only_pane = visit.target == "pane" and listing.open is not None
    view = await read_people(
        visit.house.db,
        visit.viewer,
        wanted=listing.wanted,
        cursor=listing.cursor,
        limit=page_rows(visit),
        sort=listing.sort,
        now=visit.now,
        open=listing.open,
        tab=listing.tab,
        older=decode(listing.older),
        counted=not only_pane,
    )
    if not view.people.page.items and listing.after:
        return go(listing.href(after=None, at=None))
    title = visit.speech.say("Active users") if listing.kind == "member" else visit.speech.say("Guest users")
    context = _list_context(visit, listing, view) | pane_context(visit, listing, view, draft)
    if not only_pane:
        crumbs = [(visit.speech.say("Users"), f"{visit.home}/users/active"), (title, None)]
        return visit.page("users/list.html", title=title, crumbs=crumbs, status=status, **context)
    row = next((row for row in context["rows"] if row.id == listing.open), None)
    response = visit.page("users/pane_answer.html", title=title, status=status, **context, row=row)
    if visit.toasts and listing.open:  # a form was saved: the address is that of what is shown, not of the form
        response.headers["HX-Replace-Url"] = listing.pane(listing.open)
        response.headers["HX-Trigger"] = json.dumps({"toast": visit.toasts[0]})
    return response


def page_rows(visit: Visit) -> int:
    """How many rows the reader wants on a page."""
    return visit.account.page_rows if visit.account else 50


@dataclass(frozen=True)
class Row:
    """A person of the list, as the template shows them."""

    id: UUID
    name: str
    initials: str
    user_name: str
    products: tuple[str, ...]
    department: str | None
    sign_in: str


def _row(row: UserRow) -> Row:
    return Row(row.id, row.name, initials(row.name), row.user_name, row.products, row.department, row.sign_in)


def _list_context(visit: Visit, listing: Listing, view: PeopleView) -> dict[str, Any]:
    page, speech = view.people.page, visit.speech
    names = {str(sku_id): name for sku_id, name in view.products}
    last = listing.at + len(page.items) - 1
    total = max(view.people.total, last)
    more = view.people.more or (page.next is not None and total == last)
    shown = speech.say("more than %(count)s", count=speech.number(total)) if more else speech.number(total)
    return {
        "listing": listing,
        "view": view,
        "rows": [_row(row) for row in page.items],
        "can_assign": visit.viewer.can(Permission.LICENSE_ASSIGN),
        "bulk": bulk_commands(visit, listing.kind),
        "products": list(names.items()),
        "departments": sorted({row.department for row in page.items if row.department}),
        "countries": speech.countries,
        "sign_ins": list(sign_in_words(speech).items()),
        "chips": _chips(listing, names, speech),
        "kept": {name: value for name, value in listing.state.items() if name not in ("q", "after", "at")},
        "nothing_text": _nothing(listing, speech),
        "range_text": speech.say("%(first)s–%(last)s of %(total)s", **_numbers(listing.at, last, speech), total=shown),
        "previous": listing.page(page.previous, listing.at - page_rows(visit)) if page.previous else None,
        "next": listing.page(page.next, last + 1) if page.next else None,
        "matching": total if more or len(page.items) < total else None,
        "matching_more": more,
        "matching_text": speech.say("Select all that match")
        if more
        else speech.say("Select all %(count)s that match", count=speech.number(total)),
    }


def _numbers(first: int, last: int, speech: Speech) -> dict[str, str]:
    return {"first": speech.number(first), "last": speech.number(last)}


def sign_in_words(speech: Speech) -> dict[str, str]:
    return {
        "allowed": speech.say("Allowed"),
        "blocked": speech.say("Blocked"),
        "none": speech.say("No password yet"),
    }


def _chips(listing: Listing, names: dict[str, str], speech: Speech) -> list[tuple[str, str]]:
    """The filters in force: what each says, and the list without it."""
    found = []
    for name, value in listing.query.items():
        if name != "q":
            found.append((_chip(name, value, names, speech), listing.href(**{name: None})))
    return found


def _chip(name: str, value: str, names: dict[str, str], speech: Speech) -> str:
    match name, value:
        case "license", "none":
            return speech.say("Unlicensed")
        case "license", _:
            unknown = speech.say("unknown")
            return speech.say("License: %(product)s", product=names.get(value, unknown))
        case "location", "none":
            return speech.say("Usage location missing")
        case "location", _:
            return speech.say("Usage location: %(country)s", country=speech.country(value))
        case "sign_in", _:
            return speech.say("Sign-in: %(state)s", state=sign_in_words(speech)[value])
        case _:
            return speech.say("Department: %(name)s", name=value)


def _nothing(listing: Listing, speech: Speech) -> str:
    if q := listing.query.get("q"):
        return speech.say("Nobody whose name or address begins with “%(query)s” is among them.", query=q)
    return speech.say("Nobody is left with these filters.")


@get("/users/export.csv")
async def export_users(visit: Visit) -> Stream:
    """Exactly the people that the address filters, as a file."""
    listing = read_listing(visit.home, visit.request.query_params)
    first = await list_users(
        visit.house.db,
        visit.viewer,
        wanted=listing.wanted,
        cursor=None,
        limit=EXPORT_LIMIT,
        sort=listing.sort,
        counted=False,
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{"users" if listing.kind == "member" else "guests"}.csv"',
        "Cache-Control": "no-store",
    }
    return Stream(_file(visit, listing, first.page), media_type="text/csv; charset=utf-8", headers=headers)


async def _file(visit: Visit, listing: Listing, page: Any) -> AsyncIterator[bytes]:
    speech = visit.speech
    say, words = speech.say, sign_in_words(speech)
    headings = (
        say("Name"),
        say("Username"),
        say("Licenses"),
        say("Department"),
        say("Usage location"),
        say("Sign-in"),
    )
    yield write_rows(headings, [_cells(row, words) for row in page.items])
    while page.next:
        more = await list_users(
            visit.house.db,
            visit.viewer,
            wanted=listing.wanted,
            cursor=decode(page.next),
            limit=EXPORT_LIMIT,
            sort=listing.sort,
            counted=False,
        )
        page = more.page
        cells = [_cells(row, words) for row in page.items]
        if cells:
            yield write_rows(cells[0], cells[1:]).removeprefix(codecs.BOM_UTF8)


def _cells(row: UserRow, sign_ins: dict[str, str]) -> Sequence[str]:
    held = "; ".join(row.products)
    return row.name, row.user_name, held, row.department or "", row.usage_location or "", sign_ins[row.sign_in]


HANDLERS = [active_users, guest_users, export_users, one_user, licenses_of_user, edit_of_user, block_of_user]
