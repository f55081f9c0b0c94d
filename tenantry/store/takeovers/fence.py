"""The fence of a transaction, moved from one tenant to another under way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SET_TENANT = text("SELECT set_config('app.tenant', :tenant, true)")


@asynccontextmanager
async def fenced_to(tx: AsyncConnection, tenant_id: UUID, *, back_to: UUID) -> AsyncIterator[None]:
    """Inside the block `tx` sees the rows of `tenant_id`, after it those of `back_to` again.

    Only for what two tenants have to do with at once, and only once it is known that they do. Whatever breaks inside
    ends the transaction, and the fence with it.
    """
    await tx.execute(_SET_TENANT, {"tenant": str(tenant_id)})
    yield
    await tx.execute(_SET_TENANT, {"tenant": str(back_to)})
