"""The sweep across tenants: sandboxes by their own clock, and one that fails keeps no other from its turn."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tenantry.commands import run_subscriptions as sweep
from tenantry.jobs.due_subscriptions import run_due_subscriptions
from tenantry.store import falling_due
from tenantry.store.tables import tenants
from tests.cast import BASIC, DAY, NOW
from tests.world import make_pool, make_tenant, rows_of

YEAR = NOW + 364 * DAY


@pytest.fixture
def two(own, make_house, run):
    """A house with two tenants that bought at the same moment."""
    house = make_house(own)
    made = [run(make_tenant(house.db, slug)) for slug in ("contoso", "fabrikam")]
    for tenant in made:
        run(make_pool(house.db, tenant.id, BASIC, 10))
    return house, *made


async def test_every_tenant_is_charged_once(two) -> None:
    house, *tenants_ = two
    assert (await run_due_subscriptions(house, now=YEAR)).charged == 2
    assert (await run_due_subscriptions(house, now=YEAR)).tenants == 0
    for tenant in tenants_:
        assert len(await rows_of(house.db, tenant.id, "charges")) == 1


async def test_a_sandbox_lives_by_its_own_clock(two) -> None:
    house, contoso, fabrikam = two
    async with house.db.transaction(fabrikam.id) as tx:
        await tx.execute(update(tenants).values(test_clock=int(timedelta(days=400).total_seconds())))
    await run_due_subscriptions(house, now=NOW)
    assert min(row["from_at"] for row in await rows_of(house.db, fabrikam.id, "charges")) == YEAR
    assert await rows_of(house.db, contoso.id, "charges") == []


async def test_a_tenant_that_fails_is_tried_again_and_keeps_no_other_from_its_turn(two, monkeypatch) -> None:
    house, contoso, fabrikam = two
    together, alone = falling_due.run_many, sweep.run_due

    async def none(tx, tenants, now):
        await together(tx, tenants, now)
        raise RuntimeError("not together")

    async def broken(tx, tenant_id, stamp):
        if tenant_id == contoso.id:
            raise RuntimeError("no")
        return await alone(tx, tenant_id, stamp)

    with monkeypatch.context() as patched:
        patched.setattr(falling_due, "run_many", none)
        patched.setattr(sweep, "run_due", broken)
        told = await run_due_subscriptions(house, now=YEAR)
    assert (told.failed, told.charged) == (1, 1)
    assert (await run_due_subscriptions(house, now=YEAR)).charged == 1
    assert len(await rows_of(house.db, fabrikam.id, "charges")) == 1


async def test_one_with_more_than_fits_is_done_in_several_transactions(two, monkeypatch) -> None:
    house, contoso, _ = two
    for _ in range(4):
        await make_pool(house.db, contoso.id, BASIC, 1)
    monkeypatch.setattr("tenantry.store.falling_due.load.AT_ONCE", 2)
    monkeypatch.setattr("tenantry.store.falling_due.many.AT_ONCE", 2)
    assert (await run_due_subscriptions(house, now=YEAR)).charged == 6
    assert len(await rows_of(house.db, contoso.id, "invoices")) == 3
