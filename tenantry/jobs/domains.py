"""Looks into the DNS, each for one domain of one tenant: outside every transaction, then written down in one."""

import asyncio
from datetime import datetime
from uuid import UUID

from tenantry.clients.dns import PORT, Ways, look
from tenantry.commands.prove_domains import note_look
from tenantry.domain.viewers import janitor
from tenantry.kit.networks import read_endpoints
from tenantry.kit.settings import Settings
from tenantry.queries.domains import domains_to_check, look_due
from tenantry.queries.house import House
from tenantry.queries.zone import look_into_zone

AT_ONCE, MOST = 20, 400  # looks under way; looks of one run of the timetable


def ways_of(settings: Settings) -> Ways:
    """How the settings have the DNS asked. They were read before: what is misspelled was refused at the start."""
    validating = read_endpoints(settings.dns_validating_resolver, PORT)
    return Ways(
        read_endpoints(settings.dns_resolvers, PORT),
        validating[0] if validating else None,
        settings.dns_allow_private,
        float(settings.dns_timeout),
    )


async def look_at(house: House, *, tenant_id: UUID, name: str, now: datetime) -> None:
    """Looks at a domain if that is due. now: of the wall clock."""
    at = await look_due(house.db, tenant_id=tenant_id, name=name, now=now)
    if at is None:
        return
    demo = house.settings.demo_zone
    found = await look_into_zone(house.db, name=name) if demo else await look(name, ways_of(house.settings))
    await note_look(house.db, janitor(tenant_id), name=name, look=found, now=at)


async def look_at_due(house: House, *, now: datetime) -> None:
    """Looks at every domain that is due, some at a time: one whose servers are silent holds nobody up."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(tenant_id: UUID, name: str) -> None:
        async with free:
            await look_at(house, tenant_id=tenant_id, name=name, now=now)

    due = await domains_to_check(house, now=now, most=MOST)
    failed = await asyncio.gather(*(one(*wanted) for wanted in due), return_exceptions=True)
    for error in failed:
        if isinstance(error, BaseException):
            raise error
