"""What somebody may use, from the rows that say so."""

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.entitlements import MEETING_LIMIT, Barred, Idle
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.ids import new_id
from tenantry.queries.entitlements import entitlements_of
from tenantry.store.database import Database
from tenantry.store.tables import service_cuts, users
from tests.cast import ADELE, BASIC, BOARD, CHAT, DAY, NOW, PETER
from tests.world import Tenant, inherit, make_pool, make_users, query_count


async def give(db: Database, tenant: Tenant, *products, off=frozenset()) -> None:
    wish = Wish(assign={product.sku_id: off & product.plan_ids for product in products})
    chosen = Selection(ids=tenant.ids(PETER))
    await assign_licenses(db, tenant.viewer(ADELE), selection=chosen, wish=wish, all_or_none=True, now=NOW)


async def of_peter(db: Database, tenant: Tenant, now=NOW):
    async with db.transaction(tenant.id) as tx:
        return await entitlements_of(tx, tenant.people[PETER], now)


async def test_apps_and_limits_come_from_every_license_in_two_statements(db: Database, contoso: Tenant) -> None:
    for product in (BASIC, BOARD):
        await make_pool(db, contoso.id, product, 50)
    await make_pool(db, contoso.id, BASIC, 5, recurring=False)
    await give(db, contoso, BASIC, BOARD, off=frozenset({CHAT.id}))
    await inherit(db, contoso.id, BASIC, *await make_users(db, contoso.id, 40))
    await of_peter(db, contoso)  # the catalog is kept from here on
    with query_count(db) as asked:
        seen = await of_peter(db, contoso)
    assert asked.count == 2
    assert {one.plan.name for one in seen.plans} == {"MAIL_S", "SITES_S", "TASKS", "CALENDAR"}
    assert seen.limit(MEETING_LIMIT) == 10
    assert (await of_peter(db, contoso, NOW + 60 * DAY)).limit(MEETING_LIMIT) == 3


async def test_cut_service_a_block_and_a_stranger_are_seen(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 5)
    await give(db, contoso, BOARD)
    cut = {"tenant_id": contoso.id, "sku_id": BOARD.sku_id, "user_id": contoso.people[PETER], "since": NOW}
    async with db.transaction(contoso.id) as tx:
        await tx.execute(service_cuts.insert().values(cut))
    assert (await of_peter(db, contoso)).idle == {BOARD.sku_id: Idle.SEATS_MISSING}
    async with db.transaction(contoso.id) as tx:
        await tx.execute(service_cuts.delete())
        await tx.execute(users.update().where(users.c.id == contoso.people[PETER]).values(blocked_at=NOW))
        assert await entitlements_of(tx, new_id(), NOW) is None
    seen = await of_peter(db, contoso)
    assert (seen.holder.barred, seen.plans) == (Barred.USER_BLOCKED, ())
