"""Licenses that nobody misses: few are all looked at; of many the same come first, and there may be more."""

from datetime import datetime

import pytest
from sqlalchemy import insert, update

from tenantry.domain.seat_conflicts import UNUSED, Holder, propose
from tenantry.store.database import Database
from tenantry.store.seat_conflicts import IdleLicenses, count_unlike, load_idle
from tenantry.store.tables import licenses, pins, users
from tests.cast import BASIC, DAY, MAIL_SMALL, NOW
from tests.world import Tenant, inherit, make_pool, make_tenant, make_users


@pytest.fixture
def held(db: Database, run) -> tuple[Tenant, list[Holder]]:
    """Ten who hold a license for long: two blocked, two pinned, some seen lately, some long ago, some never."""
    seen = [None, NOW - 200 * DAY, NOW - 300 * DAY, NOW - DAY, None, NOW - 100 * DAY, None, NOW - DAY, NOW, None]

    async def make() -> tuple[Tenant, list[Holder]]:
        tenant = await make_tenant(db, "idle", ())
        await make_pool(db, tenant.id, BASIC, 4)
        ids = await make_users(db, tenant.id, len(seen))
        assigned: list[datetime] = [NOW - UNUSED - number * DAY for number in range(len(ids))]
        await inherit(db, tenant.id, BASIC, *ids, direct=True)
        holders = []
        async with db.transaction(tenant.id) as tx:
            await tx.execute(insert(pins), [{"tenant_id": tenant.id, "sku_id": BASIC.sku_id, "user_id": ids[4]}])
            for number, (id, seen_at, assigned_at) in enumerate(zip(ids, seen, assigned, strict=True)):
                blocked_at = NOW - number * DAY if number in (3, 7) else None
                facts = update(users).where(users.c.id == id).values(seen_at=seen_at, blocked_at=blocked_at)
                await tx.execute(facts)
                mine = update(licenses).where(licenses.c.user_id == id)
                await tx.execute(mine.values(assigned_at=assigned_at, group_ids=[]))
                holders.append(Holder(id, assigned_at, blocked_at, seen_at, pinned=number == 4))
        return tenant, holders

    return run(make())


async def idle_of(db: Database, tenant: Tenant, *, limit: int = 100) -> IdleLicenses:
    async with db.transaction(tenant.id) as tx:
        return await load_idle(tx, BASIC.sku_id, 10, NOW, limit)


@pytest.mark.parametrize("few", [0, 10])
async def test_they_are_those_of_the_domain_whether_all_are_looked_at_or_the_first(few, held, db, monkeypatch) -> None:
    tenant, holders = held
    monkeypatch.setattr("tenantry.store.seat_conflicts.FEW", few)
    found, wanted = await idle_of(db, tenant), propose(100, holders, NOW)
    assert propose(100, found.first, NOW).release == wanted.release
    assert (found.found, found.more) == (len(wanted.release), False)
    assert propose(3, (await idle_of(db, tenant, limit=3)).first, NOW).release == wanted.release[:3]


async def test_of_many_some_are_looked_at_and_there_may_be_more(held, db, monkeypatch) -> None:
    tenant, holders = held
    monkeypatch.setattr("tenantry.store.seat_conflicts.FEW", 9)
    monkeypatch.setattr("tenantry.store.seat_conflicts.LOOKED_AT", 1)
    found = await idle_of(db, tenant)
    longest = {holders[7].user_id, holders[2].user_id, holders[0].user_id}  # blocked; seen; never seen
    assert ({one.user_id for one in found.first}, found.more) == (longest, True)


async def test_people_of_each_app_are_counted_from_those_that_differ(held, db) -> None:
    tenant, holders = held
    async with db.transaction(tenant.id) as tx:
        mine = update(licenses).where(licenses.c.user_id.in_([one.user_id for one in holders[:3]]))
        await tx.execute(mine.values(disabled_plans=[MAIL_SMALL.id]))
        from_group = update(licenses).where(licenses.c.user_id == holders[5].user_id)
        await tx.execute(from_group.values(disabled_plans=None, group_ids=[holders[0].user_id]))
        assert await count_unlike(tx, BASIC.sku_id) == ({MAIL_SMALL.id: 3}, 1)
