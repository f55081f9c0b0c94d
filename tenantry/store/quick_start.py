"""The quick-start page of a tenant, kept with the token of the link that leads to it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.quick_start import QuickStart
from tenantry.store.handles import handle_hash
from tenantry.store.tables import handles, tenants

KIND = "quick_start"


@dataclass(frozen=True)
class Kept:
    """The page as it was saved. token: of its link; None as long as nothing was saved."""

    page: QuickStart
    token: str | None


async def load_quick_start(tx: AsyncConnection, *, lock: bool = False) -> Kept:
    """The page of the tenant that `tx` is fenced to, empty if there is none."""
    mine = select(tenants.c.quick_start)
    row: dict[str, Any] | None = (await tx.execute(mine.with_for_update(key_share=True) if lock else mine)).scalar_one()
    return Kept(msgspec.convert(row["page"], QuickStart), row["token"]) if row else Kept(QuickStart(), None)


async def put_quick_start(tx: AsyncConnection, tenant_id: UUID, page: QuickStart, token: str) -> None:
    """Saves the page. The link by another token leads nowhere any more."""
    row = {"page": msgspec.to_builtins(page), "token": token}
    await tx.execute(update(tenants).values(quick_start=row))
    mine = (handles.c.kind == KIND) & (handles.c.tenant_id == tenant_id)
    await tx.execute(delete(handles).where(mine))
    link = {"kind": KIND, "hash": handle_hash(token), "tenant_id": tenant_id, "row_id": tenant_id}
    await tx.execute(insert(handles).values(link))


async def tenant_of_link(tx: AsyncConnection, token: str) -> UUID | None:
    """Whose page a link leads to; `tx` is fenced to no tenant."""
    found = select(handles.c.tenant_id).where(handles.c.kind == KIND, handles.c.hash == handle_hash(token))
    tenant_id: UUID | None = (await tx.execute(found)).scalar_one_or_none()
    return tenant_id
