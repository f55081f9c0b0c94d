"""The keys of the vendor's apps, as the operator looks at them: never the key itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.queries.operator_frame import operator_query
from tenantry.store.tables import app_keys

MOST = 200  # shown


@dataclass(frozen=True)
class AppKey:
    """used_at: to the minute; None: never."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


_COLUMNS = [app_keys.c[name] for name in AppKey.__dataclass_fields__]


@operator_query
async def list_app_keys(tx: AsyncConnection, operator: Operator) -> tuple[AppKey, ...]:
    """Those that open something first, then the newest."""
    order = app_keys.c.revoked_at.is_not(None), app_keys.c.id.desc()
    return tuple(AppKey(*row) for row in await tx.execute(select(*_COLUMNS).order_by(*order).limit(MOST)))
