"""What every command of the operator has in common: the same four beats, told in the house's own log.

What is done to one tenant stands in that tenant's audit log as well, by the operator's real name.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from tenantry.commands.frame import Tx, refusal_of
from tenantry.domain.operators import Operator
from tenantry.kit.ids import new_id
from tenantry.kit.logs import note
from tenantry.store.database import Database
from tenantry.store.tables import house_operations, operations

R = TypeVar("R")
type_work = Callable[..., Awaitable[R]]

OPERATOR_COMMANDS: set[str] = set()


def operator_command(work: type_work[R]) -> type_work[R]:
    """Makes `async def c(tx, operator, *, ..., now)` callable as `await c(db, operator, ..., now=now)`.

    tenant_id: given where the command is about one tenant; its transaction is fenced to that.
    Raises Refused: what the command itself refuses, or a broken constraint's code.
    """
    name = work.__name__
    OPERATOR_COMMANDS.add(name)

    @wraps(work)
    async def run(db: Database, operator: Operator, /, *, now: datetime, **wishes: Any) -> R:
        tenant_id: UUID | None = wishes.get("tenant_id")
        try:
            async with db.transaction(tenant_id) as connection:
                tx = Tx(connection, new_id())
                answer = await work(tx, operator, now=now, **wishes)
                await _tell(tx, operator, name, tenant_id, now)
                return answer
        except IntegrityError as error:
            raise refusal_of(error) from error

    return run


async def _tell(tx: Tx, operator: Operator, name: str, tenant_id: UUID | None, now: datetime) -> None:
    if tx.told is None:
        return
    told = {"subject": tx.told["subject"], "facts": msgspec.to_builtins(tx.told["facts"])}
    row = {"id": tx.operation_id, "command": name, "actor_name": operator.name, "at": now, **told}
    await tx.db.execute(insert(house_operations).values(actor_id=operator.account_id, **row))
    note(operation=str(tx.operation_id), command=name)
    if tenant_id is not None:
        await tx.db.execute(insert(operations).values(tenant_id=tenant_id, via=operator.via, **row))
