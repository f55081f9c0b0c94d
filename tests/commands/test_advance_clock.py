"""A sandbox's clock: what falls due on the way is done in order, each at its own moment."""

from typing import Any

import pytest
from sqlalchemy import select, update

from tenantry.commands.advance_clock import Advanced, advance_clock
from tenantry.commands.run_subscriptions import run_subscriptions
from tenantry.domain.viewers import janitor
from tenantry.kit.errors import Refused
from tenantry.queries.test_clock import read_clock
from tenantry.store.database import Database
from tenantry.store.tables import orders, tenants
from tests.cast import ADELE, BASIC, DAY, NOW, PREMIUM, RASMUS, SECOND, ULLA
from tests.commands.test_run_subscriptions import book, money, with_card
from tests.world import Tenant, inherit, make_pool, make_users, rows_of

YEAR = NOW + 364 * DAY


@pytest.fixture
def sandbox(db: Database, contoso: Tenant, run: Any) -> Tenant:
    run(set_clock(db, contoso, 0))
    return contoso


async def set_clock(db: Database, tenant: Tenant, seconds: int | None) -> None:
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(tenants).values(test_clock=seconds))


async def clock(db: Database, tenant: Tenant) -> int:
    async with db.transaction(tenant.id) as tx:
        return int((await tx.execute(select(tenants.c.test_clock))).scalar_one())


async def move(db: Database, tenant: Tenant, days: int | None, now: Any = NOW) -> Advanced:
    return await advance_clock(db, tenant.viewer(ADELE), days=days, now=now)


async def test_what_falls_due_on_the_way_is_done_at_its_own_moment(db: Database, sandbox: Tenant) -> None:
    bought = await make_pool(db, sandbox.id, BASIC, 10, ends_at=NOW + 27 * DAY, term_months=1)
    await make_pool(db, sandbox.id, PREMIUM, 5, ends_at=NOW + 40 * DAY, recurring=False)
    await inherit(db, sandbox.id, BASIC, *await make_users(db, sandbox.id, 9))
    await book(db, sandbox, bought, seats=6)
    told = await move(db, sandbox, 60)
    assert (told.at, told.charged, told.waiting) == (NOW + 60 * DAY, 2, False)
    assert await clock(db, sandbox) == 60 * 86400
    rows = await rows_of(db, sandbox.id, "invoices")
    assert sorted(row["issued_at"] for row in rows) == [NOW + 27 * DAY, NOW + 58 * DAY]
    expired = [row["at"] for row in await rows_of(db, sandbox.id, "notices") if row["kind"] == "expired"]
    assert expired == [NOW + 40 * DAY]
    pools = {row["sku_id"]: row for row in await rows_of(db, sandbox.id, "seat_pools")}
    assert pools[BASIC.sku_id]["conflict_at"] == NOW + 27 * DAY
    (operation,) = await rows_of(db, sandbox.id, "operations")
    assert (operation["command"], operation["facts"]["charged"]) == ("advance_clock", 2)


async def test_day_by_day_comes_to_the_same_as_one_jump_and_as_a_late_sweep(
    db: Database, sandbox: Tenant, northwind: Tenant
) -> None:
    for tenant in (sandbox, northwind):
        await make_pool(db, tenant.id, BASIC, 10, ends_at=NOW + 27 * DAY, term_months=1)
    now = NOW
    for days in (5, 20, 30, 60, 1):
        now = (await move(db, sandbox, days, now)).at
    await run_subscriptions(db, janitor(northwind.id), now=now)
    assert await money(db, sandbox) == await money(db, northwind)


async def test_to_the_next_thing_is_a_second_after_it(db: Database, sandbox: Tenant) -> None:
    await make_pool(db, sandbox.id, BASIC, 10)
    await move(db, sandbox, 20)
    told = await move(db, sandbox, None, NOW + 20 * DAY)
    assert told.at == YEAR - 30 * DAY + SECOND
    seen = await read_clock(db, sandbox.viewer(ADELE), now=told.at)
    assert (seen.ahead[0].at, seen.ahead[0].product) == (YEAR - 7 * DAY, BASIC.name)


async def test_the_clock_stops_where_a_card_has_to_pay_and_then_goes_on(db: Database, sandbox: Tenant) -> None:
    await with_card(db, sandbox)
    await make_pool(db, sandbox.id, BASIC, 10, ends_at=NOW + 5 * DAY)
    told = await move(db, sandbox, 60)
    assert (told.waiting, told.at) == (True, NOW + 5 * DAY + SECOND)
    async with db.transaction(sandbox.id) as tx:
        await tx.execute(update(orders).values(state="failed"))
    again = await move(db, sandbox, 60, told.at)
    assert (again.waiting, again.at) == (False, told.at + 60 * DAY)
    assert {row["kind"] for row in await rows_of(db, sandbox.id, "notices") if row["ended_at"] is None} >= {"disabled"}


@pytest.mark.parametrize("days", [0, -1, 367])
async def test_only_forward_and_not_too_far(db: Database, sandbox: Tenant, days: int) -> None:
    with pytest.raises(Refused, match="clock_days"):
        await move(db, sandbox, days)


async def test_where_nothing_ever_happens_there_is_no_next_thing(db: Database, sandbox: Tenant) -> None:
    with pytest.raises(Refused, match="clock_idle"):
        await move(db, sandbox, None)


async def test_others_have_no_clock_and_not_everybody_may_move_it(db: Database, sandbox: Tenant) -> None:
    for who in (ULLA, RASMUS):
        with pytest.raises(Refused, match="permission_missing"):
            await advance_clock(db, sandbox.viewer(who), days=1, now=NOW)
    await set_clock(db, sandbox, None)
    with pytest.raises(Refused, match="clock_missing"):
        await move(db, sandbox, 1)
    with pytest.raises(Refused, match="clock_missing"):
        await read_clock(db, sandbox.viewer(ADELE), now=NOW)
