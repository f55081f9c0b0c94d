"""The sweep: late or in time, once or twice, for one subscription or for many, it comes to the same."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.run_subscriptions import run_subscriptions
from tenantry.commands.settle_payment import settle_payment
from tenantry.domain.licenses import Wish
from tenantry.domain.payments import Outcome, PaymentState
from tenantry.domain.selections import Selection
from tenantry.domain.subscriptions import Seats
from tenantry.domain.viewers import janitor
from tenantry.kit.ids import new_id
from tenantry.queries.due_subscriptions import DueTenant, tenants_to_run
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.subscriptions import read_pools
from tenantry.store.tables import (
    orders,
    payment_methods,
    scheduled_changes,
    seat_pools,
    subscriptions,
    tenants,
)
from tests.cast import ADELE, BASIC, DAY, NOW, PETER, PREMIUM, PRODUCTS, ULLA
from tests.world import Tenant, consumed, held, inherit, make_payer, make_pool, make_users, query_count, rows_of

START = NOW - DAY
YEAR = START + 365 * DAY


async def run_at(db: Database, tenant: Tenant, now: datetime) -> Any:
    return await run_subscriptions(db, janitor(tenant.id), now=now)


async def change(db: Database, tenant: Tenant, subscription_id: UUID, **values: Any) -> None:
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(values))


async def book(db: Database, tenant: Tenant, subscription_id: UUID, **wish: Any) -> None:
    row = {"subscription_id": subscription_id, "made_at": NOW, "made_by": "Bill", "operation_id": new_id()}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(scheduled_changes).values(tenant_id=tenant.id, **row, **wish))


async def money(db: Database, tenant: Tenant) -> list[tuple[str, str, int]]:
    rows = await rows_of(db, tenant.id, "charges")
    assert all(row["invoice_id"] and row["operation_id"] for row in rows)
    return sorted((str(row["from_at"])[:10], str(row["kind"]), int(str(row["net"]))) for row in rows)


async def notices(db: Database, tenant: Tenant) -> set[str]:
    return {str(row["kind"]) for row in await rows_of(db, tenant.id, "notices") if row["ended_at"] is None}


async def seats(db: Database, tenant: Tenant, now: datetime) -> Seats:
    async with db.transaction(tenant.id) as tx:
        return (await read_pools(tx, now))[BASIC.sku_id]


async def test_a_term_that_ends_goes_on_and_is_charged_on_an_invoice(db: Database, contoso: Tenant) -> None:
    bought = await make_pool(db, contoso.id, BASIC, 10)
    ran = await run_at(db, contoso, YEAR)
    assert (ran.charged, ran.renewed, ran.products) == (1, 1, {BASIC.name})
    assert await money(db, contoso) == [("2027-03-01", "renewal", 70_000)]
    (row,) = await rows_of(db, contoso.id, "subscriptions")
    assert (row["id"], row["term_at"], row["ends_at"]) == (bought, YEAR, START + (365 + 366) * DAY)
    (batch,) = await rows_of(db, contoso.id, "seat_batches")
    assert (batch["seats"], batch["bought_at"]) == (10, YEAR)
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert (operation["command"], operation["actor_name"], operation["via"]) == ("run_subscriptions", "Tenantry", "job")
    assert [row["state"] for row in await rows_of(db, contoso.id, "invoices")] == ["open"]


async def test_a_second_sweep_does_nothing_and_leaves_no_operation(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 10)
    await run_at(db, contoso, YEAR)
    before = await rows_of(db, contoso.id, "subscriptions")
    assert (await run_at(db, contoso, YEAR)).seen == 0
    assert await rows_of(db, contoso.id, "subscriptions") == before
    assert len(await rows_of(db, contoso.id, "operations")) == 1


async def test_two_sweeps_at_once_charge_once(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 10)
    ran = await asyncio.gather(*(run_at(db, contoso, YEAR) for _ in range(4)))
    assert sorted(one.charged for one in ran) == [0, 0, 0, 1]
    assert len(await money(db, contoso)) == 1


async def test_late_by_years_changes_nothing(db: Database, contoso: Tenant, northwind: Tenant) -> None:
    late = YEAR + 800 * DAY
    for tenant in (contoso, northwind):
        monthly = await make_pool(db, tenant.id, BASIC, 10, term_months=1, ends_at=START + 28 * DAY)
        await make_pool(db, tenant.id, PREMIUM, 4)
        await change(db, tenant, monthly, frequency="monthly")
    now = NOW
    while now < late:
        await run_at(db, contoso, now)
        now += timedelta(days=17)
    for tenant in (contoso, northwind):
        await run_at(db, tenant, late)
    assert await money(db, contoso) == await money(db, northwind)
    terms = ("seats", "term_at", "ends_at", "billed_until", "due_at", "anchor_at")
    both = [await rows_of(db, tenant.id, "subscriptions") for tenant in (contoso, northwind)]
    told = [sorted(str([row[name] for name in terms]) for row in rows) for rows in both]
    assert told[0] == told[1]
    assert await notices(db, contoso) == await notices(db, northwind)


async def test_a_renewal_with_fewer_seats_than_licenses_makes_a_conflict_with_days_of_grace(
    db: Database, contoso: Tenant
) -> None:
    bought = await make_pool(db, contoso.id, BASIC, 10)
    await inherit(db, contoso.id, BASIC, *await make_users(db, contoso.id, 9))
    await book(db, contoso, bought, seats=6)
    await run_at(db, contoso, YEAR)
    (pool,) = await rows_of(db, contoso.id, "seat_pools")
    assert (pool["reduced"], pool["reduced_at"], pool["conflict_at"]) == (3, YEAR, YEAR)
    assert (await seats(db, contoso, YEAR)).short == 3
    assert await rows_of(db, contoso.id, "service_cuts") == []
    assert await rows_of(db, contoso.id, "scheduled_changes") == []
    await run_at(db, contoso, YEAR + 90 * DAY)
    assert len(await rows_of(db, contoso.id, "service_cuts")) == 3


async def test_what_is_booked_comes_with_the_renewal_at_the_price_that_was_kept(db: Database, contoso: Tenant) -> None:
    bought = await make_pool(db, contoso.id, BASIC, 10)
    await book(db, contoso, bought, seats=3, sku_id=PREMIUM.sku_id, frequency="yearly", unit_price=84_000)
    await run_at(db, contoso, YEAR)
    (row,) = await rows_of(db, contoso.id, "subscriptions")
    assert (row["sku_id"], row["seats"], row["frequency"], row["unit_price"]) == (PREMIUM.sku_id, 3, "yearly", 84_000)
    assert await money(db, contoso) == [("2027-03-01", "renewal", 252_000)]
    assert {row["sku_id"] for row in await rows_of(db, contoso.id, "seat_pools")} == {BASIC.sku_id, PREMIUM.sku_id}


async def test_licenses_follow_their_subscription_to_another_product(db: Database, contoso: Tenant) -> None:
    bought = await make_pool(db, contoso.id, BASIC, 10)
    wish, people = Wish(assign={BASIC.sku_id: frozenset()}), Selection(ids=contoso.ids(PETER, ULLA))
    await assign_licenses(db, contoso.viewer(ADELE), selection=people, wish=wish, all_or_none=True, now=NOW)
    await book(db, contoso, bought, sku_id=PREMIUM.sku_id, unit_price=8_000)
    await run_at(db, contoso, YEAR)
    assert await held(db, contoso.id) == {(user, PREMIUM.sku_id): frozenset() for user in contoso.ids(PETER, ULLA)}
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 0, PREMIUM.sku_id: 2}


async def test_an_ended_subscription_goes_from_expired_to_disabled_to_deleted_and_service_with_it(
    db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 2, recurring=False, ends_at=YEAR)
    await inherit(db, contoso.id, BASIC, *await make_users(db, contoso.id, 2))
    told = []
    for now in (YEAR, YEAR + 30 * DAY, YEAR + 106 * DAY, YEAR + 120 * DAY):
        await run_at(db, contoso, now)
        told.append((await notices(db, contoso), len(await rows_of(db, contoso.id, "service_cuts"))))
    assert [cut for _, cut in told] == [0, 2, 2, 2]
    mine = {"expired", "disabled", "deleted_soon"}
    assert [kinds & mine for kinds, _ in told] == [{"expired"}, {"disabled"}, {"disabled", "deleted_soon"}, set()]
    assert await money(db, contoso) == []


async def test_before_a_renewal_people_are_warned_twice(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 10)
    for days in (31, 30, 20, 7, 1):
        await run_at(db, contoso, YEAR - days * DAY)
    raised = [row for row in await rows_of(db, contoso.id, "notices") if row["kind"] == "renewal_ahead"]
    assert sorted(str(row["at"]) for row in raised) == [str(YEAR - 30 * DAY), str(YEAR - 7 * DAY)]
    assert [row["ended_at"] for row in raised].count(None) == 1
    await run_at(db, contoso, YEAR)
    assert "renewal_ahead" not in await notices(db, contoso)


async def test_a_trial_with_a_way_to_pay_becomes_a_purchase(db: Database, contoso: Tenant) -> None:
    trial = await make_pool(db, contoso.id, BASIC, 25, trial=True, ends_at=START + 30 * DAY, term_months=1)
    await change(db, contoso, trial, converts=True, unit_price=0)
    await run_at(db, contoso, START + 30 * DAY)
    assert await money(db, contoso) == [("2026-03-31", "purchase", 175_000)]
    assert (await seats(db, contoso, START + 40 * DAY)).enabled == 25


async def test_tax_is_that_of_the_buyer_and_all_charges_stand_on_one_invoice(db: Database, contoso: Tenant) -> None:
    for product in PRODUCTS[:3]:
        await make_pool(db, contoso.id, product, 10)
    await make_payer(db, contoso)
    await run_at(db, contoso, YEAR)
    (invoice,) = await rows_of(db, contoso.id, "invoices")
    assert (invoice["net"], len(await money(db, contoso))) == (210_000, 3)


async def test_many_take_as_many_statements_as_one(db: Database, contoso: Tenant, northwind: Tenant) -> None:
    for tenant, n in ((contoso, 1), (northwind, 40)):
        for product in PRODUCTS[:3]:
            for _ in range(n):
                await make_pool(db, tenant.id, product, 2)
    with query_count(db) as few:
        await run_at(db, contoso, YEAR)
    with query_count(db) as many:
        assert (await run_at(db, northwind, YEAR)).charged == 120
    assert many.count == few.count <= 25


# Cards


async def with_card(db: Database, tenant: Tenant) -> UUID:
    card = {"id": new_id(), "provider": "sandbox", "label": "Card", "external_id": "card", "is_default": True}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(payment_methods).values(tenant_id=tenant.id, **card, made_at=NOW))
    return UUID(str(card["id"]))


async def test_a_term_that_a_card_pays_does_not_go_on_before_it_is_paid(db: Database, contoso: Tenant) -> None:
    card = await with_card(db, contoso)
    await make_pool(db, contoso.id, BASIC, 10)
    for hours in (0, 1, 2):
        await run_at(db, contoso, YEAR + timedelta(hours=hours))
    (order,) = await rows_of(db, contoso.id, "orders")
    (payment,) = await rows_of(db, contoso.id, "payments")
    assert (order["kind"], order["state"], order["net"], order["method_id"]) == ("renewal", "waiting", 70_000, card)
    assert (payment["order_id"], payment["amount"], payment["state"]) == (order["id"], 70_000, "waiting")
    (row,) = await rows_of(db, contoso.id, "subscriptions")
    assert (row["ends_at"], await money(db, contoso)) == (YEAR, [])


async def pay(db: Database, tenant: Tenant, now: datetime) -> None:
    """The renewal that is asked for at `now`, paid a bit later."""
    await run_at(db, tenant, now)
    (payment,) = [row for row in await rows_of(db, tenant.id, "payments") if row["state"] == "waiting"]
    terms = {"payment_id": payment["id"], "outcome": Outcome(PaymentState.PAID, "x"), "now": now + timedelta(hours=2)}
    await settle_payment(db, janitor(tenant.id), **terms)


async def test_a_month_that_a_card_pays_ends_on_the_31st_again(db: Database, contoso: Tenant) -> None:
    await with_card(db, contoso)
    january, february, march = (datetime(2026, *day, tzinfo=UTC) for day in ((1, 31), (2, 28), (3, 31)))
    bought = await make_pool(db, contoso.id, BASIC, 10, starts_at=january, ends_at=february, term_months=1)
    await change(db, contoso, bought, frequency="monthly")
    for ends_at in (february, march):
        await pay(db, contoso, ends_at)
    (row,) = await rows_of(db, contoso.id, "subscriptions")
    assert (row["anchor_at"], row["term_at"], row["ends_at"]) == (january, march, datetime(2026, 4, 30, tzinfo=UTC))
    assert row["billed_until"] == row["ends_at"]
    assert [net for _, _, net in await money(db, contoso)] == [70_000, 70_000]


async def test_paid_by_card_or_by_invoice_a_renewal_comes_to_the_same(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await with_card(db, contoso)
    for tenant in (contoso, northwind):
        bought = await make_pool(db, tenant.id, BASIC, 10)
        await book(db, tenant, bought, seats=6, frequency="yearly", unit_price=80_000)
    await pay(db, contoso, YEAR)
    await run_at(db, northwind, YEAR)
    terms = (
        "sku_id",
        "seats",
        "frequency",
        "unit_price",
        "anchor_at",
        "term_at",
        "ends_at",
        "billed_until",
        "recurring",
    )
    both = [(await rows_of(db, tenant.id, "subscriptions"))[0] for tenant in (contoso, northwind)]
    assert [both[0][name] for name in terms] == [both[1][name] for name in terms]
    assert await money(db, contoso) == await money(db, northwind)
    assert await rows_of(db, contoso.id, "scheduled_changes") == []


async def test_a_part_becomes_a_subscription_of_its_own_by_card_as_by_invoice(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await with_card(db, contoso)
    for tenant in (contoso, northwind):
        bought = await make_pool(db, tenant.id, BASIC, 10)
        await inherit(db, tenant.id, BASIC, *await make_users(db, tenant.id, 9))
        await book(db, tenant, bought, seats=7, part_sku_id=PREMIUM.sku_id, part_seats=3, part_price=9_000)
    await pay(db, contoso, YEAR)
    assert (await run_at(db, northwind, YEAR)).renewed == 2
    told = (
        "sku_id",
        "seats",
        "unit_price",
        "frequency",
        "anchor_at",
        "term_at",
        "ends_at",
        "billed_until",
        "recurring",
    )
    rows = [await rows_of(db, tenant.id, "subscriptions") for tenant in (contoso, northwind)]
    by_card, by_invoice = (sorted(str([row[name] for name in told]) for row in some) for some in rows)
    assert by_card == by_invoice
    assert {row["sku_id"]: row["seats"] for row in rows[1]} == {BASIC.sku_id: 7, PREMIUM.sku_id: 3}
    assert await money(db, contoso) == await money(db, northwind)
    assert await money(db, northwind) == [("2027-03-01", "purchase", 27_000), ("2027-03-01", "renewal", 49_000)]
    for tenant in (contoso, northwind):
        assert len(await rows_of(db, tenant.id, "invoices")) == 1
        assert await consumed(db, tenant.id) == {BASIC.sku_id: 9, PREMIUM.sku_id: 0}
        assert sorted(int(str(row["seats"])) for row in await rows_of(db, tenant.id, "seat_batches")) == [3, 7]
        assert await rows_of(db, tenant.id, "scheduled_changes") == []
        assert len(await rows_of(db, tenant.id, "service_cuts")) == 0


async def test_a_part_that_a_late_sweep_finds_is_charged_for_all_its_months(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    for tenant in (contoso, northwind):
        bought = await make_pool(db, tenant.id, BASIC, 10, term_months=1, ends_at=START + 28 * DAY)
        await book(db, tenant, bought, seats=7, part_sku_id=PREMIUM.sku_id, part_seats=3, part_price=9_000)
    for days in (28, 60, 90, 120):
        await run_at(db, contoso, START + days * DAY)
    await run_at(db, northwind, START + 120 * DAY)
    assert await money(db, contoso) == await money(db, northwind)
    assert [net for _, _, net in await money(db, northwind)].count(27_000) == 4
    told = ("sku_id", "term_at", "ends_at", "due_at", "starts_at")
    rows = [await rows_of(db, tenant.id, "subscriptions") for tenant in (contoso, northwind)]
    assert len({str(sorted(str([row[name] for name in told]) for row in some)) for some in rows}) == 1


async def test_fewer_seats_that_a_card_pays_leave_days_of_grace_too(db: Database, contoso: Tenant) -> None:
    await with_card(db, contoso)
    bought = await make_pool(db, contoso.id, BASIC, 10)
    await inherit(db, contoso.id, BASIC, *await make_users(db, contoso.id, 9))
    await book(db, contoso, bought, seats=6)
    await pay(db, contoso, YEAR)
    (pool,) = await rows_of(db, contoso.id, "seat_pools")
    assert (pool["reduced"], pool["reduced_at"]) == (3, YEAR + timedelta(hours=2))
    assert await rows_of(db, contoso.id, "service_cuts") == []
    await run_at(db, contoso, YEAR + 91 * DAY)
    assert len(await rows_of(db, contoso.id, "service_cuts")) == 3


async def test_licenses_follow_to_the_product_that_a_card_pays(db: Database, contoso: Tenant) -> None:
    await with_card(db, contoso)
    bought = await make_pool(db, contoso.id, BASIC, 10)
    people = contoso.ids(PETER, ULLA)
    wish = Wish(assign={BASIC.sku_id: frozenset()})
    await assign_licenses(
        db, contoso.viewer(ADELE), selection=Selection(ids=people), wish=wish, all_or_none=True, now=NOW
    )
    await book(db, contoso, bought, sku_id=PREMIUM.sku_id, seats=1, unit_price=8_000)
    await pay(db, contoso, YEAR)
    licensed = await held(db, contoso.id)
    assert sorted(user for user, _ in licensed) == sorted(people)
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1, PREMIUM.sku_id: 1}
    pools = {row["sku_id"]: row["reduced"] for row in await rows_of(db, contoso.id, "seat_pools")}
    assert pools == {BASIC.sku_id: 1, PREMIUM.sku_id: 0}
    assert await rows_of(db, contoso.id, "service_cuts") == []


async def test_turned_off_while_the_card_is_asked_it_is_the_last_term(db: Database, contoso: Tenant) -> None:
    await with_card(db, contoso)
    bought = await make_pool(db, contoso.id, BASIC, 10)
    await book(db, contoso, bought, seats=9, part_sku_id=PREMIUM.sku_id, part_seats=1, part_price=9_000)
    await run_at(db, contoso, YEAR)
    await change(db, contoso, bought, recurring=False)
    (payment,) = await rows_of(db, contoso.id, "payments")
    paid = Outcome(PaymentState.PAID, "x")
    await settle_payment(db, janitor(contoso.id), payment_id=payment["id"], outcome=paid, now=YEAR)
    rows = await rows_of(db, contoso.id, "subscriptions")
    assert [(row["term_at"], row["recurring"]) for row in rows] == [(YEAR, False)] * 2


async def test_a_term_whose_payment_failed_lives_on_as_if_it_had_ended(db: Database, contoso: Tenant) -> None:
    await with_card(db, contoso)
    await make_pool(db, contoso.id, BASIC, 10)
    await run_at(db, contoso, YEAR)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(orders).values(state="failed"))
    for hours in (1, 2):
        await run_at(db, contoso, YEAR + timedelta(hours=hours))
    assert (await seats(db, contoso, YEAR + DAY)).warning == 10
    assert "expired" in await notices(db, contoso)
    assert len(await rows_of(db, contoso.id, "orders")) == 1


async def test_a_period_of_a_running_term_is_owed_and_taken_from_the_card(db: Database, contoso: Tenant) -> None:
    await with_card(db, contoso)
    bought = await make_pool(db, contoso.id, BASIC, 10)
    await change(db, contoso, bought, billed_until=START + 31 * DAY)
    await run_at(db, contoso, START + 31 * DAY)
    (payment,) = await rows_of(db, contoso.id, "payments")
    (invoice,) = await rows_of(db, contoso.id, "invoices")
    assert (payment["invoice_id"], payment["amount"]) == (invoice["id"], 70_000)


# Which tenants


async def test_only_tenants_with_something_due_are_found_and_sandboxes_by_their_own_clock(
    house: House, contoso: Tenant, northwind: Tenant
) -> None:
    for tenant in (contoso, northwind):
        await make_pool(house.db, tenant.id, BASIC, 10)
        await run_at(house.db, tenant, NOW)
    mine = {contoso.id, northwind.id}

    async def due(now: datetime) -> set[DueTenant]:
        return {one for one in await tenants_to_run(house, now=now) if one.id in mine}

    assert await due(NOW) == set()
    async with house.db.transaction(contoso.id) as tx:
        await tx.execute(update(tenants).values(test_clock=400 * 86400))
    assert await due(NOW) == {DueTenant(contoso.id, NOW + 400 * DAY, 1, plain=False)}
    assert {one.id for one in await due(YEAR)} == mine
    async with house.db.transaction(northwind.id) as tx:
        await tx.execute(update(tenants).values(deleted_at=NOW))
    assert {one.id for one in await due(YEAR)} == {contoso.id}


async def test_pools_near_the_end_of_their_grace_are_found(house: House, contoso: Tenant) -> None:
    await make_pool(house.db, contoso.id, BASIC, 10)
    await run_at(house.db, contoso, NOW)
    async with house.db.transaction(contoso.id) as tx:
        await tx.execute(update(seat_pools).values(reduced=1, reduced_at=NOW - 80 * DAY))
        assert (await tx.execute(select(subscriptions.c.due_at))).scalar_one() > NOW
    assert contoso.id in {one.id for one in await tenants_to_run(house, now=NOW)}
