"""Work that takes longer than a page: how far it is, trying it again, and the file that came of it."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect, Stream

from tenantry.commands.long_operations import ask, try_again
from tenantry.domain.bulk import PATIENT
from tenantry.kit.ids import new_id, parse_id
from tenantry.queries.long_operations import KeptFile, LongOperation, read_file, read_file_part
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.deeds import NAMES
from tenantry.words.speech import Speech

# The same once more would be no better: there has to be a new preview.
HOPELESS = {"forecast_stale", "people_gone", "nobody_selected", "takeover_changed"}
PROGRESS = "operation-progress"  # the element that asks again and again


async def put_off(visit: Visit, command: Callable[..., Any], request: Any, people: int, key: str) -> Redirect | None:
    """Has a job do it where so many people are concerned that the page would wait, and leads there.

    key: of the form, so that one sent twice asks once. None where the page does it itself: there are few, or whoever
    asks is none of the tenant's people, in whose name no job works.
    """
    if people <= PATIENT or visit.viewer.user_id is None:
        return None
    wanted = {"command": command, "operation_id": parse_id(key) or new_id(), "request": request, "total": people}
    await ask(visit.house.db, visit.viewer, **wanted, now=visit.now)
    return go(f"{visit.home}/operations/{wanted['operation_id']}")


def whole(visit: Visit, long: LongOperation | None) -> Response[Any] | None:
    """For the page of an operation under way that asks again: once it has ended, the page is loaded whole."""
    if visit.target != PROGRESS or long is None or long.state not in ("done", "failed"):
        return None
    return Response("", media_type="text/html", headers={"HX-Refresh": "true"})


def under_way(visit: Visit, long: LongOperation) -> Response[Any]:
    """The page of an operation that has no receipt yet. It may be left."""
    say, place = visit.speech.say, f"{visit.home}/operations/{long.id}"
    return visit.page(
        "audit/under_way.html",
        title=say(NAMES.get(long.command, long.command)),
        crumbs=[(say("Home"), f"{visit.home}/"), (say("Operation"), None)],
        long=long,
        place=place,
        percent=100 * long.done // max(long.total, 1),
        pace=pace(visit.speech, long, visit.now),
        refusal=visit.speech.refusal(long.refusal["code"], long.refusal["params"]) if long.refusal else "",
        hopeless=(long.refusal or {}).get("code") in HOPELESS,
        file=file_of(visit, long),
    )


def pace(speech: Speech, long: LongOperation, now: datetime) -> str:
    """How fast it goes and how long it will last; nothing before it can be told."""
    seconds = (now - long.started_at).total_seconds() if long.started_at else 0.0
    if long.state != "running" or seconds < 1 or not long.done:
        return ""
    rate = long.done / seconds
    left = speech.span(timedelta(seconds=(long.total - long.done) / rate))
    if rate >= 1:
        return speech.say("%(rate)s per second, %(left)s left", rate=speech.number(round(rate)), left=left)
    return speech.say("%(left)s left", left=left)


def file_of(visit: Visit, long: LongOperation | None) -> dict[str, Any] | None:
    """The file of an operation as a template shows it, as long as it is kept."""
    if long is None or long.file is None or long.file.expires_at <= visit.now:
        return None
    size = visit.speech.size(long.file.size)
    place = f"{visit.home}/operations/{long.id}/file"
    return {"name": long.file.name, "size": size, "expires_at": long.file.expires_at, "href": place}


@post("/operations/{operation_id:uuid}/again")
async def again(visit: Visit, operation_id: UUID) -> Redirect:
    await try_again(visit.house.db, visit.viewer, operation_id=operation_id)
    return go(f"{visit.home}/operations/{operation_id}")


@get("/operations/{operation_id:uuid}/file")
async def download(visit: Visit, operation_id: UUID) -> Stream:
    """The file, part by part: neither memory nor a transaction is held for a slow reader."""
    file = await read_file(visit.house.db, visit.viewer, operation_id=operation_id, now=visit.now)
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Content-Length": str(file.size),
        "Cache-Control": "no-store",
    }
    return Stream(_parts(visit, file), media_type=file.media_type, headers=headers)


async def _parts(visit: Visit, file: KeptFile) -> AsyncIterator[bytes]:
    number = 0
    while part := await read_file_part(visit.house.db, visit.viewer, file_id=file.id, number=number):
        yield part
        number += 1


HANDLERS = [again, download]
