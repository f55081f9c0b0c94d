"""Data after a license: kept for its days, gone then, and told to the vendor's app once."""

from datetime import datetime, timedelta

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.purge_data import DataPurged, purge_data
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import janitor
from tenantry.store.database import Database
from tenantry.store.kept_data import kept_until
from tests.cast import ADELE, BASIC, CHAT, DAY, NOW, PETER, PREMIUM, SECOND
from tests.world import Tenant, make_pool, make_tenant, rows_of

GONE = NOW + 30 * DAY  # the days of every app of the cast


async def wish(db: Database, tenant: Tenant, wanted: Wish, now: datetime) -> None:
    chosen = Selection(ids=tenant.ids(PETER))
    viewer = tenant.viewer(ADELE)
    await assign_licenses(db, viewer, selection=chosen, wish=wanted, all_or_none=True, now=now)


async def had_and_lost(db: Database) -> Tenant:
    """Peter had Business Basic until NOW."""
    tenant = await make_tenant(db)
    await make_pool(db, tenant.id, BASIC, 5)
    await make_pool(db, tenant.id, PREMIUM, 5)
    await wish(db, tenant, Wish(assign={BASIC.sku_id: frozenset()}), NOW - timedelta(hours=1))
    await wish(db, tenant, Wish(assign={}, remove=frozenset([BASIC.sku_id])), NOW)
    return tenant


async def test_data_goes_after_its_days_once_and_the_apps_are_told(db: Database) -> None:
    tenant = await had_and_lost(db)
    janitor_of = janitor(tenant.id)
    assert await purge_data(db, janitor_of, now=GONE - SECOND) == DataPurged(0, 0)
    assert await purge_data(db, janitor_of, now=GONE) == DataPurged(1, 3)
    assert await purge_data(db, janitor_of, now=GONE) == DataPurged(0, 0)
    told = await rows_of(db, tenant.id, "outbox")
    expected = {(str(tenant.people[PETER]), str(plan)) for plan in BASIC.plan_ids}
    assert {(row["payload"]["user_id"], row["payload"]["plan_id"]) for row in told} == expected  # type: ignore[index]


async def test_what_is_assigned_again_in_time_is_kept(db: Database) -> None:
    tenant = await had_and_lost(db)
    async with db.transaction(tenant.id) as tx:
        assert await kept_until(tx, tenant.people[PETER], NOW) == {BASIC.sku_id: GONE}
    await wish(db, tenant, Wish(assign={BASIC.sku_id: frozenset()}), NOW + DAY)
    assert await purge_data(db, janitor(tenant.id), now=GONE) == DataPurged(1, 0)
    async with db.transaction(tenant.id) as tx:
        assert await kept_until(tx, tenant.people[PETER], NOW + DAY) == {}


async def test_an_app_that_another_license_gives_keeps_its_data(db: Database) -> None:
    tenant = await had_and_lost(db)
    await wish(db, tenant, Wish(assign={PREMIUM.sku_id: frozenset()}), NOW + DAY)
    assert await purge_data(db, janitor(tenant.id), now=GONE) == DataPurged(1, 2)
    told = await rows_of(db, tenant.id, "outbox")
    assert str(CHAT.id) not in {row["payload"]["plan_id"] for row in told}  # type: ignore[index]


async def test_a_license_that_ended_later_keeps_the_data_of_its_apps(db: Database) -> None:
    tenant = await had_and_lost(db)
    await wish(db, tenant, Wish(assign={BASIC.sku_id: frozenset()}), NOW + DAY)
    await wish(db, tenant, Wish(assign={}, remove=frozenset([BASIC.sku_id])), NOW + 2 * DAY)
    assert await purge_data(db, janitor(tenant.id), now=GONE) == DataPurged(1, 0)
    assert await purge_data(db, janitor(tenant.id), now=GONE + 2 * DAY) == DataPurged(1, 3)
