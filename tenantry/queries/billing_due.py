"""Credits to use and invoices to mail: asked across all tenants, as the jobs role."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select

from tenantry.queries.house import House
from tenantry.queries.payments import TenantsTime
from tenantry.store.tables import invoices, tenants

LOOKED_AT = timedelta(days=2)  # a new credit note, for whether a payment can be given back


async def tenants_with_credit(house: House, *, now: datetime, only: UUID | None = None) -> tuple[TenantsTime, ...]:
    """Tenants with a credit that may be of use: new, or beside an open invoice (`commands.use_credits`).

    only: this tenant, if it has any credit.
    """
    credit, owed = invoices.c, invoices.alias("owed")
    same = and_(owed.c.tenant_id == credit.tenant_id, owed.c.currency == credit.currency)
    beside = exists().where(same, owed.c.state == "open").correlate(invoices)
    useful = or_(credit.issued_at > now - LOOKED_AT, beside)
    some = select(credit.tenant_id).where(credit.state == "credited", credit.paid_at.is_(None))
    return await _tenants(house, some.where(credit.tenant_id == only if only else useful), now)


async def tenants_with_unmailed_invoices(house: House, *, now: datetime) -> tuple[TenantsTime, ...]:
    """Tenants with invoices that no letter was written of yet (`commands.mail_invoices`)."""
    return await _tenants(house, select(invoices.c.tenant_id).where(invoices.c.mailed_at.is_(None)), now)


async def _tenants(house: House, some: Select[tuple[UUID]], now: datetime) -> tuple[TenantsTime, ...]:
    found = select(tenants.c.tenant_id, tenants.c.test_clock).where(
        tenants.c.tenant_id.in_(some), tenants.c.deleted_at.is_(None)
    )
    async with house.jobs.transaction() as tx:
        rows = await tx.execute(found.order_by(tenants.c.tenant_id))
        return tuple(TenantsTime(row.tenant_id, now + timedelta(seconds=row.test_clock or 0)) for row in rows)
