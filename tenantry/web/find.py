"""Ctrl K and the person picker: people, products and pages by their first letters."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from tenantry.domain.roles import Permission
from tenantry.kit.words_index import search_words
from tenantry.queries.licenses import list_products
from tenantry.queries.users import suggest_people
from tenantry.web.navigation import Entry, navigation
from tenantry.web.pages import html, initials, render
from tenantry.web.visit import Visit


@get("/find")
async def find(visit: Visit, q: str = "") -> Response[Any]:
    """People, products and pages; a fragment for the palette, else a page of its own."""
    words, say = search_words(q), visit.speech.say
    groups = [
        (say("People"), await _people(visit, words)),
        (say("Products"), await _products(visit, q)),
        (say("Pages"), _pages(visit, q)),
    ]
    view: dict[str, Any] = {"q": q, "groups": [group for group in groups if group[1]]}
    if visit.target:
        return html(render("find_results.html", visit.language, visit.frame() | view))
    return visit.page("find.html", title=say("Search"), **view)


type_result = tuple[str, str, str, str]  # label, address, icon, note


async def _people(visit: Visit, words: tuple[str, ...]) -> list[type_result]:
    if not words or not visit.viewer.can(Permission.USER_READ):
        return []
    people = await suggest_people(visit.house.db, visit.viewer, words=words, limit=8)
    place = {"member": "active", "guest": "guests"}
    return [
        (person.name, f"{visit.home}/users/{place[person.kind]}?open={person.id}", "person", person.user_name)
        for person in people
    ]


async def _products(visit: Visit, q: str) -> list[type_result]:
    wanted = q.strip().casefold()
    if not wanted or not visit.viewer.can(Permission.LICENSE_READ):
        return []
    rows = await list_products(visit.house.db, visit.viewer, now=visit.now)
    return [
        (row.name, f"{visit.home}/licenses/{row.sku_id}", "box", row.part_number)
        for row in rows
        if wanted in row.name.casefold() or wanted in row.part_number.casefold()
    ][:8]


def _pages(visit: Visit, q: str) -> list[type_result]:
    entries: list[Entry] = []
    kind = {"sandbox": visit.tenant.test_clock is not None, "group": visit.tenant.is_group}
    for entry in navigation(visit.viewer, visit.home, "", visit.speech, **kind):
        entries += entry.children or [entry]
    wanted = q.strip().casefold()
    return [(e.label, e.href, e.icon or "document", "") for e in entries if wanted in e.label.casefold()]


@get("/people")
async def people(visit: Visit, q: str = "") -> Response[Any]:
    """The person picker's answers."""
    found = await suggest_people(visit.house.db, visit.viewer, words=search_words(q), limit=10)
    shown = [(person, initials(person.name)) for person in found]
    return html(render("people_options.html", visit.language, visit.frame() | {"found": shown, "q": q}))


def parse_ids(texts: list[str]) -> tuple[UUID, ...]:
    """The ids among `texts`, each once, in their order; anything else is passed over."""
    ids: dict[UUID, None] = {}
    for text in texts:
        try:
            ids[UUID(text)] = None
        except ValueError:
            continue
    return tuple(ids)


HANDLERS = [find, people]
