"""Long operations: how each is done, and the one way in which all of them are run.

To add one: a command with `progress` among its arguments, an entry of `LONG` that makes its arguments of the request,
and a door that calls `commands.long_operations.ask` with the command.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tenantry.commands.add_people import add_people
from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.delete_people import delete_people
from tenantry.commands.export_tenant import export_tenant
from tenantry.commands.long_operations import Asked, fail, finish, note_progress, start
from tenantry.commands.take_over_tenant import take_over_tenant
from tenantry.domain.bulk import ManyDeleted, ManyLicenses
from tenantry.domain.newcomers import NewPeople
from tenantry.domain.takeovers import Wanted
from tenantry.domain.viewers import Viewer
from tenantry.jobs.frame import Job
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.passwords import derive_password, hash_each
from tenantry.queries.house import House
from tenantry.queries.long_operations import find_actor

MOST_ATTEMPTS = 4
TOLD_EVERY = 0.5  # seconds
log = logging.getLogger("tenantry.jobs")


@dataclass(frozen=True)
class Done:
    """What came of it. file_id: of `store.files.keep_file`. keep_secret: who asked has yet to be shown it."""

    file_id: UUID | None = None
    keep_secret: bool = False


class Progress:
    """Told `await progress(done)` as often as one likes; written twice a second, outside the command's transaction."""

    def __init__(self, house: House, asked: Asked) -> None:
        self.house = house
        self.asked = asked
        self.told_at = time.monotonic()

    async def __call__(self, done: int) -> None:
        if time.monotonic() - self.told_at >= TOLD_EVERY:
            self.told_at = time.monotonic()
            await note_progress(self.house.db, self.asked, done=done)


type_long = Callable[[House, Viewer, Asked, Progress], Awaitable[Done]]


async def _add_people(house: House, viewer: Viewer, asked: Asked, progress: Progress) -> Done:
    """The hashing of the passwords is what takes the time, and is done before the one transaction."""
    wanted, hashes = msgspec.convert(asked.request, NewPeople, strict=False), dict[int, str]()
    if wanted.sign_in:
        seed = asked.secret or ""
        hashes = await hash_each({row.line: derive_password(seed, row.person.key) for row in wanted.rows}, progress)
    wishes = {"rows": wanted.rows, "password_hashes": hashes, "wish": wanted.wish}
    try:
        done = await add_people(house.db, viewer, **wishes, **asked.wishes)
    except Refused as refused:
        if refused.code != "user_name_taken":
            raise
        # Somebody else took a name between the look and the writing: now it is seen, as that person's result.
        done = await add_people(house.db, viewer, **wishes, **asked.wishes)
    return Done(keep_secret=bool(hashes and done.added))


async def _export_tenant(house: House, viewer: Viewer, asked: Asked, progress: Progress) -> Done:
    made = await export_tenant(house.db, viewer, progress=progress, **asked.wishes)
    return Done(file_id=made.file_id)


async def _assign_licenses(house: House, viewer: Viewer, asked: Asked, progress: Progress) -> Done:
    wanted = msgspec.convert(asked.request, ManyLicenses, strict=False)
    wishes = {"selection": wanted.selection, "wish": wanted.wish, "expected": wanted.expected, "all_or_none": False}
    await assign_licenses(house.db, viewer, **wishes, **asked.wishes)
    return Done()


async def _delete_people(house: House, viewer: Viewer, asked: Asked, progress: Progress) -> Done:
    wanted = msgspec.convert(asked.request, ManyDeleted, strict=False)
    wishes = {"selection": wanted.selection, "expected": wanted.expected}
    await delete_people(house.db, viewer, **wishes, **asked.wishes)
    return Done()


async def _take_over_tenant(house: House, viewer: Viewer, asked: Asked, progress: Progress) -> Done:
    wanted = msgspec.convert(asked.request, Wanted, strict=False)
    wishes = {"domain": wanted.domain, "mark": wanted.mark, "forced": wanted.forced, "typed": wanted.typed}
    await take_over_tenant(house.db, viewer, progress=progress, **wishes, **asked.wishes)
    return Done()


# By the name of the command. Each makes one call in: `await command(house.db, viewer, …, **asked.wishes)`.
LONG: dict[str, type_long] = {
    "add_people": _add_people,
    "assign_licenses": _assign_licenses,
    "delete_people": _delete_people,
    "export_tenant": _export_tenant,
    "take_over_tenant": _take_over_tenant,
}


async def run(job: Job, *, tenant_id: UUID, operation_id: UUID) -> None:
    """Does a long operation to its end: done, or failed with a refusal. One that breaks is tried again some times."""
    db, begun = job.house.db, time.monotonic()
    asked = await start(db, tenant_id=tenant_id, operation_id=operation_id, now=job.now)
    if asked is None:
        return
    try:
        done = await _attempt(job, asked)
    except Refused as refused:
        await fail(db, asked, code=refused.code, params=refused.params, now=_after(asked, begun))
    except Exception:
        if job.attempt < MOST_ATTEMPTS:
            raise
        log.exception("a long operation is given up: %s %s", asked.command, asked.id)
        await fail(db, asked, code="operation_broken", params={}, now=_after(asked, begun))
    else:
        now = _after(asked, begun)
        await finish(db, asked, file_id=done.file_id, keep_secret=done.keep_secret, now=now)


def _after(asked: Asked, begun: float) -> datetime:
    """The moment, by the tenant's clock."""
    return asked.now + timedelta(seconds=time.monotonic() - begun)


async def _attempt(job: Job, asked: Asked) -> Done:
    if job.attempt > MOST_ATTEMPTS:  # its worker died each time: it may be what kills it
        raise Refused("operation_broken", Kind.CONFLICT)
    viewer = await find_actor(job.house.db, tenant_id=asked.tenant_id, user_id=asked.actor_id, language=asked.language)
    return await LONG[asked.command](job.house, viewer, asked, Progress(job.house, asked))
