"""Colleagues: the people of a group, by name and address. Where there is an admin, that list is the admin's."""

from typing import Any

from litestar import Response, get

from tenantry.kit.paging import decode
from tenantry.kit.words_index import search_words
from tenantry.queries.apps import list_colleagues
from tenantry.web.answers import address
from tenantry.web.pages import go, initials
from tenantry.web.visit import Visit


@get("/colleagues")
async def colleagues(visit: Visit, q: str = "", after: str = "") -> Response[Any]:
    q, place = q[:100], f"{visit.home}/colleagues"
    words, cursor = search_words(q), decode(after)
    page = await list_colleagues(visit.house.db, visit.viewer, words=words, cursor=cursor, limit=visit.own.page_rows)
    if not page.items and after:
        return go(address(place, q=q))
    return visit.page(
        "apps/colleagues.html",
        title=visit.speech.say("Colleagues"),
        rows=[(row, initials(row.name)) for row in page.items],
        q=q,
        place=place,
        previous=address(place, q=q, after=page.previous) if page.previous else None,
        next=address(place, q=q, after=page.next) if page.next else None,
    )


HANDLERS = [colleagues]
