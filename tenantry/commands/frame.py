"""What every command has in common: load, decide, write, tell, in one transaction.

`@command(permission)` checks the right, opens the transaction fenced to the viewer's tenant, answers a
repeated key with the first answer, turns a broken constraint into a refusal and writes the operation.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.logs import note
from tenantry.store.database import Database, constraint_of
from tenantry.store.tables import operation_people, operations, receipts

R = TypeVar("R")
type_work = Callable[..., Awaitable[R]]

TOLD = 1000  # people in whose own history an operation stands; of more, only the log tells
COMMANDS: dict[str, Permission] = {}

# What a broken constraint means, where the code could not have known before.
CONSTRAINTS: dict[str, tuple[str, Kind, str | None]] = {
    "users_name_key": ("user_name_taken", Kind.CONFLICT, "user_name"),
    "accounts_email_key_key": ("user_name_taken", Kind.CONFLICT, "user_name"),
    "handles_tenant_address_key": ("tenant_address_taken", Kind.CONFLICT, "slug"),
    "domain_registry_pk": ("domain_taken", Kind.CONFLICT, "domain"),
    "role_assignments_pk": ("role_held", Kind.CONFLICT, "role"),
}


@dataclass
class Tx:
    """A command's transaction: the connection, and what it will tell the audit log."""

    db: AsyncConnection
    operation_id: UUID
    told: dict[str, Any] | None = field(default=None)

    def tell(self, subject: str, /, people: Collection[UUID] = (), **facts: Any) -> None:
        """What was done, to whom or what. A command that changed nothing tells nothing and leaves no operation.

        people: the users it was about, in whose own history it is to stand (not for licenses: their rows say it).
        """
        self.told = {"subject": subject, "people": people, "facts": facts}


def command(permission: Permission, *, snapshot: bool = False) -> Callable[[type_work[R]], type_work[R]]:
    """Makes `async def c(tx, viewer, *, ..., now)` callable as `await c(db, viewer, ..., now=now, key=key)`.

    key: the idempotency key of a form or request; the second call with it gets the first one's answer.
    operation_id: where it is known before, as of a long operation.
    snapshot: all that the command reads is of one moment, however long it takes.
    Raises Refused: "permission_missing", what the command itself refuses, or a broken constraint's code.
    """

    def wrap(work: type_work[R]) -> type_work[R]:
        name = work.__name__
        COMMANDS[name] = permission
        answer_type = get_type_hints(work)["return"]

        @wraps(work)
        async def run(
            db: Database,
            viewer: Viewer,
            /,
            *,
            now: datetime,
            key: str | None = None,
            operation_id: UUID | None = None,
            **wishes: Any,
        ) -> R:
            viewer.require(permission)
            try:
                async with db.transaction(viewer.tenant_id, snapshot=snapshot) as connection:
                    if key and (kept := await _receipt(connection, viewer, name, key)) is not None:
                        return msgspec.convert(kept, answer_type, strict=False)  # type: ignore[no-any-return]
                    tx = Tx(connection, operation_id or new_id())
                    answer = await work(tx, viewer, now=now, **wishes)
                    await _tell(tx, viewer, name, now)
                    if key:
                        await _keep(tx, viewer, name, key, answer, now)
                    return answer
            except IntegrityError as error:
                raise refusal_of(error) from error
            except Refused as refused:
                note(refused=refused.code)
                raise

        return run

    return wrap


def refusal_of(error: DBAPIError) -> Exception:
    """The refusal that a broken constraint means, or the error itself."""
    known = CONSTRAINTS.get(constraint_of(error) or "")
    return Refused(known[0], known[1], field=known[2]) if known else error


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


async def _receipt(tx: AsyncConnection, viewer: Viewer, name: str, key: str) -> Any:
    """The answer that this key already got; a second click waits here for the first to finish."""
    await tx.execute(_ONE_AT_A_TIME, {"key": f"{viewer.tenant_id}/{viewer.user_id}/{key}"})
    kept = select(receipts.c.command, receipts.c.answer).where(
        receipts.c.actor_id == (viewer.user_id or viewer.tenant_id), receipts.c.key == key
    )
    row = (await tx.execute(kept)).one_or_none()
    if row is not None and row.command != name:
        raise Refused("key_reused", Kind.CONFLICT)
    return row.answer if row else None


async def _keep(tx: Tx, viewer: Viewer, name: str, key: str, answer: Any, now: datetime) -> None:
    row = {"tenant_id": viewer.tenant_id, "actor_id": viewer.user_id or viewer.tenant_id, "key": key}
    await tx.db.execute(insert(receipts), row | {"command": name, "answer": msgspec.to_builtins(answer), "at": now})


async def _tell(tx: Tx, viewer: Viewer, name: str, now: datetime) -> None:
    if tx.told is None:
        return
    row = operation_of(tx, viewer, name, now)
    await tx.db.execute(insert(operations), row)
    note(operation=str(tx.operation_id), command=name)
    about = [
        {"tenant_id": viewer.tenant_id, "user_id": one, "operation_id": tx.operation_id} for one in tx.told["people"]
    ]
    if about:
        await tx.db.execute(insert(operation_people), about)


def operation_of(tx: Tx, viewer: Viewer, name: str, now: datetime) -> dict[str, Any]:
    """The row of `operations` for what `tx` told; by itself only for what is done in many tenants at once."""
    told = tx.told or {}
    return {
        "tenant_id": viewer.tenant_id,
        "id": tx.operation_id,
        "command": name,
        "actor_id": viewer.user_id,
        "actor_name": viewer.name,
        "via": viewer.via,
        "at": now,
        "subject": told["subject"],
        "facts": msgspec.to_builtins(told["facts"]),
    }
