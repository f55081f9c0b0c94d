"""Work that takes longer than a page: asked for by a door, done by a job, looked at while it runs.

    door: ask(add_many_people, …)  ─ one transaction ─>  a row that waits, and a job
    job:  start ─> the command itself, in a transaction of its own ─> finish, or fail with its refusal

What a command does to a tenant is in the command; here is only how far it has come. A job may be done twice (its worker
died before `finish`): it hands the command its `key`, and the second time gets the first answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.commands.frame import COMMANDS
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.database import Database
from tenantry.store.files import KEPT, SECRET_KEPT
from tenantry.store.queue import defer
from tenantry.store.tables import files, long_operations, tenants

_C = long_operations.c


@dataclass(frozen=True)
class Asked:
    """What a job has to do. `now` is the tenant's: a sandbox may be ahead of the clock. `secret` is not for eyes."""

    tenant_id: UUID
    id: UUID
    command: str
    actor_id: UUID
    language: str
    request: Any
    secret: str | None
    now: datetime

    @property
    def wishes(self) -> dict[str, Any]:
        """What the command is called with beside its own: the operation's id, its key and the time."""
        return {"operation_id": self.id, "key": f"long/{self.id}", "now": self.now}


async def ask(
    db: Database,
    viewer: Viewer,
    *,
    command: Callable[..., Any],
    operation_id: UUID,
    request: Any,
    total: int,
    now: datetime,
    secret: str | None = None,
) -> None:
    """Has a job do `command` for the viewer, with the roles they have by then; `jobs/long.py` says how.

    operation_id: made with the form, so that a form sent twice asks once; the page is /operations/{operation_id}.
    request: plain data, what the job makes the command's arguments of. total: how many steps `progress` will count.
    Raises Refused: "permission_missing" of the command; "person_needed" for who is none of the tenant's people;
    "key_reused".
    """
    viewer.require(COMMANDS[command.__name__])
    if viewer.user_id is None:
        raise Refused("person_needed", Kind.DENIED)
    row = {
        "tenant_id": viewer.tenant_id,
        "id": operation_id,
        "command": command.__name__,
        "actor_id": viewer.user_id,
        "actor_name": viewer.name,
        "language": viewer.language,
        "total": total,
        "request": msgspec.to_builtins(request),
        "secret": secret,
        "asked_at": now,
    }
    async with db.transaction(viewer.tenant_id) as tx:
        fresh = insert(long_operations).values(row).on_conflict_do_nothing().returning(_C.id)
        if (await tx.execute(fresh)).first():
            await _put_off(tx, viewer.tenant_id, operation_id)
            return
        theirs = select(_C.actor_id, _C.command).where(_C.id == operation_id)
        if tuple((await tx.execute(theirs)).one()) != (viewer.user_id, command.__name__):
            raise Refused("key_reused", Kind.CONFLICT)


async def _put_off(tx: AsyncConnection, tenant_id: UUID, operation_id: UUID) -> None:
    """One long operation of a tenant at a time: they want the same rows."""
    await defer(tx, "run_long_operation", lock=f"long/{tenant_id}", tenant_id=tenant_id, operation_id=operation_id)


async def start(db: Database, *, tenant_id: UUID, operation_id: UUID, now: datetime) -> Asked | None:
    """Takes a long operation up, also one whose worker died under way. None if it is over, or its tenant is gone."""
    async with db.transaction(tenant_id) as tx:
        ahead = (await tx.execute(select(tenants.c.test_clock))).scalar()
        now += timedelta(seconds=ahead or 0)
        taken = (
            update(long_operations)
            .where(_C.id == operation_id, _C.state.in_(("waiting", "running")))
            .values(state="running", done=0, started_at=now)
            .returning(_C.tenant_id, _C.id, _C.command, _C.actor_id, _C.language, _C.request, _C.secret)
        )
        row = (await tx.execute(taken)).one_or_none()
    return Asked(**row._mapping, now=now) if row else None


async def note_progress(db: Database, asked: Asked, *, done: int) -> None:
    """How many steps are done; in a transaction of its own, or nobody would see it before the end."""
    await _write(db, asked, {"done": func.least(done, _C.total)})


async def finish(db: Database, asked: Asked, *, file_id: UUID | None, keep_secret: bool, now: datetime) -> None:
    """It is done. The secret is forgotten, unless who asked has yet to be shown it (`take_secret`)."""
    ends = {"state": "done", "done": _C.total, "file_id": file_id, "finished_at": now}
    await _write(db, asked, ends if keep_secret else ends | {"secret": None})


async def fail(db: Database, asked: Asked, *, code: str, params: Mapping[str, Any], now: datetime) -> None:
    """It was refused, or broke: nothing of it is done. It can be tried again (`try_again`)."""
    refusal = {"code": code, "params": msgspec.to_builtins(dict(params))}
    await _write(db, asked, {"state": "failed", "refusal": refusal, "finished_at": now})


async def _write(db: Database, asked: Asked, values: dict[str, Any]) -> None:
    running = update(long_operations).where(_C.id == asked.id, _C.state == "running")
    async with db.transaction(asked.tenant_id) as tx:
        await tx.execute(running.values(values))


async def try_again(db: Database, viewer: Viewer, *, operation_id: UUID) -> None:
    """Has one's own failed operation done again as it was asked for. Raises Refused("operation_missing")."""
    values = {"state": "waiting", "done": 0, "refusal": None, "started_at": None, "finished_at": None}
    failed = (_C.id == operation_id) & (_C.actor_id == viewer.user_id) & (_C.state == "failed")
    async with db.transaction(viewer.tenant_id) as tx:
        if not (await tx.execute(update(long_operations).where(failed).values(values))).rowcount:
            raise Refused("operation_missing", Kind.MISSING)
        await _put_off(tx, viewer.tenant_id, operation_id)


async def take_secret(db: Database, viewer: Viewer, *, operation_id: UUID) -> str | None:
    """What one's own operation kept for its asker, once: the second call, and everybody else's, gets None."""
    mine = (_C.id == operation_id) & (_C.actor_id == viewer.user_id) & (_C.state == "done")
    async with db.transaction(viewer.tenant_id) as tx:
        secret: str | None = (await tx.execute(select(_C.secret).where(mine).with_for_update())).scalar()
        await tx.execute(update(long_operations).where(mine).values(secret=None))
    return secret


async def take_up(db: Database, *, tenant_id: UUID, operation_id: UUID) -> None:
    """Puts off anew what lost its job (`queries/waiting.py` finds it)."""
    async with db.transaction(tenant_id) as tx:
        await _put_off(tx, tenant_id, operation_id)


async def sweep_long_operations(db: Database, viewer: Viewer, *, now: datetime) -> None:
    """Drops what a tenant's files and ended operations keep for a week: contents and requests; secrets after a day.

    The audit log stays. For the janitor of a tenant that `queries.waiting.tenants_to_sweep` names.
    """
    async with db.transaction(viewer.tenant_id) as tx:
        await tx.execute(delete(long_operations).where(_C.finished_at <= now - KEPT))
        told = update(long_operations).where(_C.finished_at <= now - SECRET_KEPT, _C.secret.is_not(None))
        await tx.execute(told.values(secret=None))
        used = select(_C.file_id).where(_C.file_id.is_not(None))
        await tx.execute(delete(files).where(files.c.expires_at <= now, files.c.id.not_in(used)))
