"""Notices that wait for their letters: asked across all tenants, as the jobs role."""

from uuid import UUID

from sqlalchemy import select

from tenantry.queries.house import House
from tenantry.store.tables import notices


async def tenants_to_mail(house: House) -> tuple[UUID, ...]:
    """The tenants with notices that were not mailed yet (`commands.mail_notices.mail_notices`)."""
    due = select(notices.c.tenant_id).where(notices.c.ended_at.is_(None), notices.c.mailed_at.is_(None)).distinct()
    async with house.jobs.transaction() as tx:
        return tuple((await tx.execute(due.order_by(notices.c.tenant_id))).scalars())
