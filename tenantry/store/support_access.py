"""The operator's access to a tenant: a row that the tenant sees, and the handle that the gate goes by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.store.handles import handle_hash
from tenantry.store.tables import handles, support_access


async def find_open(tx: AsyncConnection, account_id: UUID, now: datetime) -> Row[Any] | None:
    """The access that an operator has to the tenant at `now`."""
    living = (support_access.c.ended_at.is_(None), support_access.c.ends_at > now)
    found = select(support_access).where(support_access.c.account_id == account_id, *living)
    return (await tx.execute(found)).one_or_none()


async def put_access(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """A new access; the operator's way in leads to it, wherever it led before."""
    await tx.execute(insert(support_access).values(row))
    account_id, tenant_id = row["account_id"], row["tenant_id"]
    handle = {"kind": "support", "hash": handle_hash(account_id), "tenant_id": tenant_id, "row_id": row["id"]}
    put = insert_new(handles).values(handle)
    there = put.on_conflict_do_update(index_elements=["kind", "hash", "tenant_id"], set_={"row_id": row["id"]})
    await tx.execute(there)


async def end_access(tx: AsyncConnection, access_id: UUID, by: str, now: datetime) -> Row[Any] | None:
    """Ends an access that still runs, and its way in; None if it had ended already, or never was."""
    running = (support_access.c.id == access_id, support_access.c.ended_at.is_(None), support_access.c.ends_at > now)
    ended = update(support_access).where(*running).values(ended_at=now, ended_by=by).returning(support_access)
    row: Row[Any] | None = (await tx.execute(ended)).one_or_none()
    if row is not None:
        await tx.execute(delete(handles).where(handles.c.kind == "support", handles.c.row_id == access_id))
    return row
