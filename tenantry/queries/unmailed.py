"""Notices that wait for their letters: asked across all tenants, as the jobs role."""

from datetime import datetime

from sqlalchemy import select

from tenantry.queries.due import each, type_due
from tenantry.queries.house import House
from tenantry.store.clocks import there
from tenantry.store.tables import notices, tenants


async def tenants_to_mail(house: House, *, now: datetime) -> type_due:
    """The tenants with notices that were not mailed yet, each with its own time (`commands.mail_notices`)."""
    new = select(notices.c.tenant_id).where(notices.c.ended_at.is_(None), notices.c.mailed_at.is_(None))
    return await each(house, select(tenants.c.tenant_id, there(now)).where(tenants.c.tenant_id.in_(new)))
