"""What a change of seats does to service: who loses it, who gets it back, and in how many statements."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update

from tenantry.domain.catalog import Product
from tenantry.domain.seat_conflicts import Holder, victims
from tenantry.store.database import Database
from tenantry.store.pools import Effect, after_change, reduce_pools
from tenantry.store.tables import letters, licenses, pins, subscriptions
from tests.cast import ADELE, BASIC, BOARD, DAY, NOW, PETER, PHONES, SECOND
from tests.world import Tenant, inherit, make_pool, make_tenant, make_users, query_count, rows_of

ENDS = NOW + 10 * DAY
DISABLED = ENDS + 30 * DAY


async def tenant_with(db: Database, product: Product, *, holders: int, lasting: int, ending: int) -> Tenant:
    """A tenant with `lasting` seats that renew and `ending` that expire at ENDS, and people who hold them."""
    tenant = await make_tenant(db, who=())
    await make_pool(db, tenant.id, product, lasting)
    await make_pool(db, tenant.id, product, ending, ends_at=ENDS, recurring=False)
    people = await make_users(db, tenant.id, holders)
    await inherit(db, tenant.id, product, *people)
    return tenant


async def look(db: Database, tenant: Tenant, now: datetime) -> Effect:
    async with db.transaction(tenant.id) as tx:
        return await after_change(tx, None, now)


async def without_service(db: Database, tenant: Tenant) -> set[UUID]:
    return {row["user_id"] for row in await rows_of(db, tenant.id, "service_cuts")}  # type: ignore[misc]


async def test_expired_seats_keep_service_until_they_are_disabled(db: Database) -> None:
    tenant = await tenant_with(db, BASIC, holders=13, lasting=5, ending=8)
    assert await look(db, tenant, ENDS - SECOND) == Effect()
    assert await look(db, tenant, ENDS) == Effect(began=frozenset({BASIC.sku_id}))
    assert await look(db, tenant, DISABLED - SECOND) == Effect()
    assert [row["conflict_at"] for row in await rows_of(db, tenant.id, "seat_pools")] == [ENDS]
    assert len((await look(db, tenant, DISABLED)).turns) == 8
    assert await look(db, tenant, DISABLED) == Effect()


async def test_the_newest_lose_service_but_the_pinned_and_come_back_oldest_first(db: Database) -> None:
    tenant = await tenant_with(db, BASIC, holders=6, lasting=3, ending=3)
    async with db.transaction(tenant.id) as tx:
        holders = sorted(row["user_id"] for row in await rows_of(db, tenant.id, "licenses"))  # type: ignore[type-var]
        await tx.execute(insert(pins).values(tenant_id=tenant.id, sku_id=BASIC.sku_id, user_id=holders[-1]))
    await look(db, tenant, DISABLED)
    assert await without_service(db, tenant) == set(holders[2:5])  # of one moment: the newest by id, without the pinned
    async with db.transaction(tenant.id) as tx:
        more = update(subscriptions).where(subscriptions.c.recurring).values(seats=5)
        await tx.execute(more)
        effect = await after_change(tx, [BASIC.sku_id], DISABLED)
    assert {(turn.user_id, turn.lost) for turn in effect.turns} == {(one, False) for one in holders[2:4]}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(more.values(seats=6))
        effect = await after_change(tx, [BASIC.sku_id], DISABLED)
    assert effect.ended == {BASIC.sku_id}
    assert await without_service(db, tenant) == set()


async def test_the_victims_are_those_of_the_domain(db: Database) -> None:
    tenant = await make_tenant(db, who=())
    people = await make_users(db, tenant.id, 9)
    await make_pool(db, tenant.id, BOARD, 9, ends_at=ENDS, recurring=False)
    await inherit(db, tenant.id, BOARD, *people)
    async with db.transaction(tenant.id) as tx:
        pinned = [{"tenant_id": tenant.id, "sku_id": BOARD.sku_id, "user_id": one} for one in people[3:5]]
        await tx.execute(insert(pins), pinned)
        for days, user_id in enumerate(people):
            at = NOW - timedelta(days=days // 2)
            mine = update(licenses).where(licenses.c.user_id == user_id)
            await tx.execute(mine.values(assigned_at=at, group_ids=[], disabled_plans=[]))
        await make_pool(db, tenant.id, BOARD, 1)
        held = {one: NOW - timedelta(days=days // 2) for days, one in enumerate(people)}
        expected = victims([Holder(one, at, pinned=one in people[3:5]) for one, at in held.items()], 8)
    await look(db, tenant, DISABLED)
    assert await without_service(db, tenant) == set(expected)


async def test_seats_that_a_renewal_took_keep_service_for_ninety_days(db: Database) -> None:
    tenant = await tenant_with(db, BASIC, holders=9, lasting=6, ending=4)
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(subscriptions).where(~subscriptions.c.recurring).values(ends_at=NOW, delete_at=NOW))
        await reduce_pools(tx, [BASIC.sku_id], NOW)
        await after_change(tx, [BASIC.sku_id], NOW)
    (pool,) = await rows_of(db, tenant.id, "seat_pools")
    assert (pool["reduced"], pool["reduced_at"], pool["conflict_at"]) == (3, NOW, NOW)
    assert not (await look(db, tenant, NOW + 90 * DAY - SECOND)).turns
    assert len((await look(db, tenant, NOW + 90 * DAY)).turns) == 3
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(subscriptions).where(subscriptions.c.recurring).values(seats=9))
        await after_change(tx, None, NOW + 91 * DAY)
    (pool,) = await rows_of(db, tenant.id, "seat_pools")
    assert (pool["reduced"], pool["reduced_at"], pool["conflict_at"]) == (0, None, None)


async def test_many_pools_take_as_many_statements_as_one(db: Database) -> None:
    tenant = await tenant_with(db, BASIC, holders=4, lasting=1, ending=3)
    for product in (BOARD, PHONES):
        await make_pool(db, tenant.id, product, 4, ends_at=ENDS, recurring=False)
        await inherit(db, tenant.id, product, *await make_users(db, tenant.id, 4))
    async with db.transaction(tenant.id) as tx:
        with query_count(db) as seen:
            effect = await after_change(tx, None, DISABLED)
    assert len(effect.turns) == 3 + 4 + 4
    assert seen.count == 9


async def test_admins_are_told_by_notices_and_people_by_letters(db: Database) -> None:
    tenant = await make_tenant(db, who=(ADELE, PETER))
    await make_pool(db, tenant.id, BASIC, 1)
    lost = await make_pool(db, tenant.id, BASIC, 1, ends_at=ENDS, recurring=False)
    await inherit(db, tenant.id, BASIC, *tenant.people.values())
    await look(db, tenant, ENDS)
    assert await open_notices(db, tenant) == {"conflict"}
    await look(db, tenant, DISABLED - 5 * DAY)
    assert await open_notices(db, tenant) == {"conflict", "conflict_deadline"}
    await look(db, tenant, DISABLED)
    assert await open_notices(db, tenant) == {"conflict", "service_cut"}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(subscriptions).where(subscriptions.c.id == lost).values(ends_at=DISABLED + DAY))
    await look(db, tenant, DISABLED)
    assert await open_notices(db, tenant) == set()
    async with db.transaction() as tx:
        theirs = select(letters.c.kind, letters.c.params).where(letters.c.recipient == tenant.email(PETER))
        told = (await tx.execute(theirs.order_by(letters.c.id))).all()
    assert [row.kind for row in told] == ["service_lost", "service_back"]
    assert told[0].params == {"product": BASIC.name, "organization": tenant.slug.title()}


async def open_notices(db: Database, tenant: Tenant) -> set[object]:
    return {row["kind"] for row in await rows_of(db, tenant.id, "notices") if row["ended_at"] is None}
