"""The sweep of subscriptions: every tenant with something due, many at once where that is simple, else one by one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from tenantry.commands.run_subscriptions import run_many, run_subscriptions
from tenantry.domain.viewers import janitor
from tenantry.queries.due_subscriptions import DueTenant, tenants_to_run
from tenantry.queries.house import House

T = TypeVar("T")
type_batch = dict[UUID, DueTenant]

AT_ONCE = 2  # transactions; others have the rest of the connections
TOGETHER = 2000  # subscriptions in one transaction, so that no lock is held for long
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
    due = await tenants_to_run(house, now=now)
    swept, alone = Swept(tenants=len(due)), [tenant for tenant in due if not tenant.plain]

    async def together(batch: type_batch) -> None:
        alone.extend(await _run_batch(house, batch, swept, now))

    async def apart(tenant: DueTenant) -> None:
        await _run_tenant(house, tenant, swept)

    await _each(_batches(tenant for tenant in due if tenant.plain), together)
    await _each(alone, apart)
    return swept


async def _each(things: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Does the work for all of them, a few at once."""
    waiting = iter(list(things))

    async def take() -> None:
        for thing in waiting:
            await work(thing)

    await asyncio.gather(*(take() for _ in range(AT_ONCE)))


def _batches(tenants: Iterable[DueTenant]) -> Iterator[type_batch]:
    """Tenants put together, in their order, to so many subscriptions; one that has more of them is one batch."""
    batch: type_batch = {}
    size = 0
    for tenant in tenants:
        if batch and size + tenant.due > TOGETHER:
            yield batch
            batch, size = {}, 0
        batch[tenant.id] = tenant
        size += tenant.due
    if batch:
        yield batch


async def _run_batch(house: House, batch: type_batch, swept: Swept, now: datetime) -> Iterable[DueTenant]:
    """Does what is simple, and returns the tenants that are left to a transaction of their own."""
    waiting, left, more = set(batch), set[UUID](), True
    while more and waiting:
        try:
            ran = await run_many(house.jobs, tenants=sorted(waiting), now=now)
        except Exception:  # whatever it is, it will stop its own tenant only
            log.exception("many tenants' subscriptions were not run together")
            left |= waiting
            break
        left |= ran.left
        waiting -= ran.left
        swept.seen += sum(one.seen for one in ran.ran)
        swept.charged += sum(one.charged for one in ran.ran)
        more = ran.more
    return [batch[tenant_id] for tenant_id in sorted(left)]


async def _run_tenant(house: House, tenant: DueTenant, swept: Swept) -> None:
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
