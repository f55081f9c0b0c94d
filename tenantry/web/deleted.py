"""Deleted users: the list of those who can still be restored, the list as a file, and the end of one of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.delete_people import purge_person
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import decode
from tenantry.kit.words_index import search_words
from tenantry.queries.deleted import DeletedPage, DeletedRow, each_deleted, list_deleted, read_return
from tenantry.web.answers import address
from tenantry.web.pages import go, initials
from tenantry.web.spool import Spool
from tenantry.web.users import page_rows
from tenantry.web.visit import Visit

PLACE = "/users/deleted"
SOON = 7  # days left that are marked as few


@dataclass(frozen=True)
class Line:
    """Somebody of the list, as the template shows them."""

    row: DeletedRow
    initials: str
    kind: str
    left: str
    soon: bool
    restore: str
    purge: str


@get(PLACE)
async def deleted_users(visit: Visit, q: str = "", after: str = "") -> Response[Any]:
    """Who was deleted in the last thirty days, the last one first."""
    q = q.replace("\0", "").strip()[:256]
    seen = await list_deleted(
        visit.house.db,
        visit.viewer,
        words=search_words(q),
        cursor=decode(after),
        limit=page_rows(visit),
        now=visit.now,
    )
    if not seen.page.items and after:
        return go(address(f"{visit.home}{PLACE}", q=q))
    say, title = visit.speech.say, visit.speech.say("Deleted users")
    return visit.page(
        "people/deleted.html",
        title=title,
        crumbs=[(say("Users"), f"{visit.home}/users/active"), (title, None)],
        q=q,
        place=f"{visit.home}{PLACE}",
        lines=[_line(visit, row) for row in seen.page.items],
        may_restore=visit.viewer.can(Permission.USER_DELETE),
        export=address(f"{visit.home}{PLACE}.csv", q=q),
        **_pages(visit, seen, q),
    )


def _line(visit: Visit, row: DeletedRow) -> Line:
    days = row.days_left(visit.now)
    return Line(
        row=row,
        initials=initials(row.name),
        kind=kind_word(visit, row),
        left=visit.speech.count("%(num)s day left", "%(num)s days left", days),
        soon=days <= SOON,
        restore=address(f"{visit.home}/users/restore", user=str(row.id)),
        purge=f"{visit.home}/users/{row.id}/purge",
    )


def kind_word(visit: Visit, row: DeletedRow) -> str:
    return visit.speech.say("Guest user") if row.kind == "guest" else visit.speech.say("Member")


def _pages(visit: Visit, seen: DeletedPage, q: str) -> dict[str, Any]:
    speech, place, page = visit.speech, f"{visit.home}{PLACE}", seen.page
    count = speech.count("%(num)s deleted user", "%(num)s deleted users", seen.total)
    return {
        "text": speech.say("More than %(count)s", count=count) if seen.more else count,
        "previous": address(place, q=q, after=page.previous) if page.previous else None,
        "next": address(place, q=q, after=page.next) if page.next else None,
    }


@get(f"{PLACE}.csv")
async def deleted_csv(visit: Visit, q: str = "") -> Response[Any]:
    """The list as it is searched, as a file; times in UTC."""
    visit.require(Permission.USER_READ)
    say = visit.speech.say
    headings = [say("Name"), say("Username"), say("Kind"), say("Department")]
    headings += [say("Deleted (UTC)"), say("Can be restored until (UTC)")]

    def cells(row: DeletedRow) -> list[str]:
        times = [at.isoformat(timespec="seconds") for at in (row.deleted_at, row.until)]
        return [row.name, row.user_name, kind_word(visit, row), row.department or "", *times]

    file = Spool(headings, cells)
    await each_deleted(visit.house.db, visit.viewer, words=search_words(q[:256]), now=visit.now, take=file.take)
    return file.answer(f"deleted-{visit.tenant.slug}.csv")


@get("/users/{user_id:uuid}/purge")
async def ask_purge(visit: Visit, user_id: UUID) -> Response[Any]:
    """What deleting somebody permanently means, and the field to confirm it in."""
    return await _show(visit, user_id)


async def _show(visit: Visit, user_id: UUID, typed: str = "", error: str | None = None) -> Response[Any]:
    seen = await read_return(visit.house.db, visit.viewer, user_ids=(user_id,), now=visit.now)
    say, row = visit.speech.say, seen.people[0].row
    title = say("Delete %(name)s permanently", name=row.name)
    return visit.page(
        "people/purge.html",
        title=title,
        crumbs=[
            (say("Users"), f"{visit.home}/users/active"),
            (say("Deleted users"), f"{visit.home}{PLACE}"),
            (title, None),
        ],
        status=422 if error else 200,
        line=_line(visit, row),
        typed=typed,
        error=error,
        back=f"{visit.home}{PLACE}",
    )


@post("/users/{user_id:uuid}/purge")
async def purge(visit: Visit, user_id: UUID) -> Response[Any]:
    """Ends somebody for good, if their user name was typed."""
    typed = str((await visit.request.form()).get("typed", ""))[:320]
    try:
        await purge_person(visit.house.db, visit.viewer, user_id=user_id, typed=typed, now=visit.now)
    except Refused as refused:
        if refused.kind is not Kind.INVALID:
            raise
        return await _show(visit, user_id, typed, visit.speech.refused(refused))
    done = visit.speech.say("%(name)s was deleted permanently", name=typed)
    return go(f"{visit.home}{PLACE}", toast={"kind": "ok", "text": done})


HANDLERS = [deleted_users, deleted_csv, ask_purge, purge]
