"""Notices whose letters are due: asked across all tenants, as the jobs role."""

from datetime import datetime

from sqlalchemy import func, select

from tenantry.domain.notices import is_mailed_now
from tenantry.queries.due import type_due
from tenantry.queries.house import House
from tenantry.store.clocks import there
from tenantry.store.tables import notices, tenants

_C = notices.c
_NEW = _C.ended_at.is_(None) & _C.mailed_at.is_(None)


async def tenants_to_mail(house: House, *, now: datetime) -> type_due:
    """The tenants to write letters in, each with its own time (`commands.mail_notices.mail_notices`)."""
    at, kinds = there(now).label("at"), func.array_agg(_C.kind).filter(_NEW).label("kinds")
    new = select(_C.tenant_id).where(_NEW)
    found = (
        select(tenants.c.tenant_id, at, kinds, func.max(_C.mailed_at).label("last_at"))
        .join(notices, _C.tenant_id == tenants.c.tenant_id)
        .where(tenants.c.tenant_id.in_(new), tenants.c.deleted_at.is_(None))
        .group_by(tenants.c.tenant_id)
        .order_by(tenants.c.tenant_id)
    )
    async with house.jobs.transaction() as tx:
        rows = await tx.execute(found)
        return tuple((row.tenant_id, row.at) for row in rows if is_mailed_now(row.kinds, row.last_at, row.at))
