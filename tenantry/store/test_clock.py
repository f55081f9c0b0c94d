"""The clock of a sandbox: what happens next there."""

from datetime import datetime

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.falling_due import NEVER
from tenantry.domain.seat_conflicts import REDUCED_GRACE
from tenantry.store.falling_due import LOOKED_AT

_NEXT = text("""
    SELECT min(at) FROM (
        SELECT due_at AS at FROM subscriptions WHERE due_at < :never
        UNION ALL SELECT reduced_at + :looked_at FROM seat_pools WHERE reduced_at + :looked_at > :now
        UNION ALL SELECT reduced_at + :grace FROM seat_pools WHERE reduced_at + :grace > :now
    ) AS moments
""").bindparams(bindparam("now", type_=DateTime(timezone=True)), never=NEVER, looked_at=LOOKED_AT, grace=REDUCED_GRACE)


async def next_due(tx: AsyncConnection, now: datetime) -> datetime | None:
    """When something falls due in the tenant next, `now` at the earliest; None if nothing ever will."""
    at = (await tx.execute(_NEXT, {"now": now})).scalar_one()
    return None if at is None else max(at, now)
