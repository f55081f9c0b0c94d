"""The sweep of subscriptions: every tenant with something due, a few at a time, each in transactions of its own."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from tenantry.commands.run_subscriptions import run_subscriptions
from tenantry.domain.viewers import janitor
from tenantry.queries.due_subscriptions import DueTenant, tenants_to_run
from tenantry.queries.house import House

AT_ONCE = 3  # tenants; pages have the other connections
log = logging.getLogger(__name__)


@dataclass
class Swept:
    """What a sweep came to. failed: tenants in which nothing was done; the next sweep tries them again."""

    tenants: int = 0
    seen: int = 0
    charged: int = 0
    failed: int = 0


async def run_due_subscriptions(house: House, *, now: datetime) -> Swept:
    """Does what fell due in every tenant; one that fails keeps no other from it."""
    swept, waiting = Swept(), list(await tenants_to_run(house, now=now))

    async def work() -> None:
        while waiting:
            await _run_tenant(house, waiting.pop(), swept)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return swept


async def _run_tenant(house: House, tenant: DueTenant, swept: Swept) -> None:
    swept.tenants += 1
    more = True
    while more:
        try:
            ran = await run_subscriptions(house.db, janitor(tenant.id), now=tenant.now)
        except Exception:  # whatever it is, the other tenants have their turn
            log.exception("a tenant's subscriptions were not run", extra={"tenant": str(tenant.id)})
            swept.failed += 1
            return
        swept.seen += ran.seen
        swept.charged += ran.charged
        more = ran.more
