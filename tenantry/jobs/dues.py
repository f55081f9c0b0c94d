"""What is past its days in one tenant, by the tenant's own clock: done to its end."""

from datetime import datetime
from uuid import UUID

from tenantry.commands.delete_people import PURGED_AT_ONCE, Purged, purge_people
from tenantry.commands.mail_notices import mail_notices
from tenantry.commands.pay_again import chase_payments
from tenantry.commands.purge_data import AT_ONCE, purge_data
from tenantry.domain.viewers import janitor
from tenantry.queries.due import tenant_there
from tenantry.queries.house import House


async def end_people(house: House, tenant_id: UUID, *, now: datetime) -> None:
    """now: in the tenant, as below."""
    while await purge_people(house.db, janitor(tenant_id), now=now) == Purged(PURGED_AT_ONCE):
        pass


async def end_data(house: House, tenant_id: UUID, *, now: datetime) -> None:
    while (await purge_data(house.db, janitor(tenant_id), now=now)).ended == AT_ONCE:
        pass


async def follow_clock(house: House, tenant_id: UUID, *, now: datetime) -> None:
    """After a sandbox's clock was moved: what the timetable would do there, tomorrow or within the hour.

    now: of the wall clock. Subscriptions and conflicts were run on the way.
    """
    for tenant, there in await tenant_there(house, tenant_id=tenant_id, now=now):
        await end_people(house, tenant, now=there)
        await end_data(house, tenant, now=there)
        await chase_payments(house.db, janitor(tenant), now=there)
        await mail_notices(house.db, janitor(tenant), site=house.settings.address, now=there)
