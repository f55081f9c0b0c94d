"""The sweep of many tenants: row for row what the sweep of each by itself comes to, and nothing that it may not do."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.buy import place_order
from tenantry.commands.run_subscriptions import run_many, run_subscriptions
from tenantry.domain.licenses import Wish
from tenantry.domain.orders import Deed, OrderWish
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import janitor
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.queries.quotes import quote_order
from tenantry.store.database import Database
from tenantry.store.tables import payment_methods, scheduled_changes, seat_pools, subscriptions
from tests.cast import ADELE, BASIC, BILL, DAY, NOW, PREMIUM, PRODUCTS
from tests.world import (
    Tenant,
    consumed,
    held,
    inherit,
    make_payer,
    make_pool,
    make_tenant,
    make_users,
    query_count,
    rows_of,
)

YEAR = NOW + 364 * DAY
COMPARED = (
    "subscriptions",
    "seat_batches",
    "scheduled_changes",
    "seat_pools",
    "charges",
    "invoices",
    "operations",
    "notices",
    "orders",
    "payments",
    "service_cuts",
)

# What may be bought: the terms of `make_pool`, columns that are set afterwards, and what is booked.
LIVES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "yearly": ({}, {"frequency": "yearly"}, {}),
    "yearly, paid by the month": ({}, {"frequency": "monthly", "billed_until": NOW + 30 * DAY}, {}),
    "monthly": ({"term_months": 1, "ends_at": NOW + 30 * DAY}, {"frequency": "monthly"}, {}),
    "free": ({"term_months": 1, "ends_at": NOW + 30 * DAY, "channel": "free"}, {"unit_price": 0}, {}),
    "ends": ({"recurring": False, "term_months": 1, "ends_at": NOW + 30 * DAY}, {}, {}),
    "ends at once": ({"recurring": False, "term_months": 1, "ends_at": NOW + 30 * DAY, "channel": "reseller"}, {}, {}),
    "canceled": ({}, {"canceled_at": NOW + DAY, "recurring": False}, {}),
    "trial": ({"trial": True, "term_months": 1, "ends_at": NOW + 29 * DAY}, {"unit_price": 0}, {}),
    "booked fewer": ({"term_months": 1, "ends_at": NOW + 30 * DAY}, {}, {"seats": 1}),
    "booked a part": (
        {"term_months": 1, "ends_at": NOW + 30 * DAY},
        {},
        {"seats": 1, "part_sku_id": PREMIUM.sku_id, "part_seats": 2, "part_price": 90},
    ),
    "booked another": ({"term_months": 1, "ends_at": NOW + 30 * DAY}, {}, {"sku_id": PREMIUM.sku_id, "unit_price": 90}),
}
BOUGHT = st.tuples(st.sampled_from(PRODUCTS[:2]), st.sampled_from(sorted(LIVES)), st.integers(1, 4))
TENANT = st.fixed_dictionaries(
    {
        "bought": st.lists(BOUGHT, min_size=1, max_size=4),
        "holders": st.integers(0, 5),
        "payer": st.booleans(),
        "card": st.sampled_from([False, False, True]),
    }
)


async def live(db: Database, told: dict[str, Any]) -> tuple[Tenant, dict[UUID, str]]:
    """A tenant as told, and what its ids are called."""
    tenant = await make_tenant(db, "many", ())
    names = {tenant.id: "tenant"}
    if told["payer"]:
        await make_payer(db, tenant)
    for number, (product, life, seats) in enumerate(told["bought"]):
        terms, columns, booked = LIVES[life]
        id = await make_pool(db, tenant.id, product, seats, **terms)
        names[id] = f"subscription {number}"
        async with db.transaction(tenant.id) as tx:
            if columns:
                await tx.execute(update(subscriptions).where(subscriptions.c.id == id).values(columns))
            if booked:
                row = {"subscription_id": id, "made_at": NOW, "made_by": "Bill", "operation_id": new_id()}
                await tx.execute(insert(scheduled_changes).values(tenant_id=tenant.id, **row, **booked))
    if told["holders"]:
        users = await make_users(db, tenant.id, told["holders"])
        await inherit(db, tenant.id, told["bought"][0][0], *users)
        names |= {id: f"user {number}" for number, id in enumerate(users)}
    if told["card"]:
        card = {"id": new_id(), "provider": "sandbox", "label": "Card", "external_id": "card", "is_default": True}
        async with db.transaction(tenant.id) as tx:
            await tx.execute(insert(payment_methods).values(tenant_id=tenant.id, **card, made_at=NOW))
    return tenant, names


async def picture(db: Database, tenant: Tenant, names: dict[UUID, str]) -> dict[str, list[str]]:
    """Every row, with names for ids; a row that is referred to stands for its id."""
    known: dict[object, str] = {}
    for table in ("operations", "invoices", "orders"):
        for row in await rows_of(db, tenant.id, table):
            known[row["id"]] = f"{table} {row.get('subject') or row.get('net')} {row.get('at') or row.get('issued_at')}"

    def told(name: str, value: object) -> str:
        if isinstance(value, UUID):
            unknown = str(value) if name == "sku_id" else "-"
            return names.get(value) or ("-" if name in ("id", "order_id") else known.get(value, unknown))
        return str(value).replace(tenant.slug, "slug").replace(tenant.slug.title(), "Slug")

    found = {}
    for table in COMPARED:
        rows = await rows_of(db, tenant.id, table)
        found[table] = sorted(
            str([(name, told(name, value)) for name, value in row.items() if name not in ("number", "lines")])
            for row in rows
        )
    return found


async def alone(db: Database, tenant_id: UUID, now: datetime) -> None:
    while (await run_subscriptions(db, janitor(tenant_id), now=now)).more:
        pass


async def together(house: House, tenants: list[UUID], now: datetime) -> frozenset[UUID]:
    """As the job does it: returns the tenants that were left to themselves."""
    ran = await run_many(house.jobs, tenants=tenants, now=now)
    for tenant_id in ran.left:
        await alone(house.db, tenant_id, now)
    return ran.left


@settings(max_examples=8)
@given(told=st.lists(TENANT, min_size=1, max_size=2), days=st.lists(st.integers(1, 200), min_size=2, max_size=3))
def test_many_at_once_come_to_what_each_comes_to_alone(
    told: list[dict[str, Any]], days: list[int], house: House, run: Callable[..., Any]
) -> None:
    async def compare() -> None:
        ones = [await live(house.db, one) for one in told]
        twins = [await live(house.db, one) for one in told]
        now = NOW
        for wait in [0, *days]:
            now += timedelta(days=wait)
            await together(house, [tenant.id for tenant, _ in ones], now)
            for (one, names), (twin, others) in zip(ones, twins, strict=True):
                await alone(house.db, twin.id, now)
                assert await picture(house.db, one, names) == await picture(house.db, twin, others)

    run(compare())


async def two(house: House) -> tuple[Tenant, Tenant]:
    """Two tenants whose year ends at the same moment."""
    made = [await make_tenant(house.db, "many", ()) for _ in range(2)]
    for tenant in made:
        await make_pool(house.db, tenant.id, BASIC, 5)
    return made[0], made[1]


async def charged(house: House, *tenants: Tenant) -> list[int]:
    return [len(await rows_of(house.db, tenant.id, "charges")) for tenant in tenants]


async def test_what_is_simple_is_done_together_and_once(house: House) -> None:
    one, other = await two(house)
    await inherit(house.db, other.id, BASIC, *await make_users(house.db, other.id, 5))
    ran = await run_many(house.jobs, tenants=[one.id, other.id], now=YEAR)
    assert (len(ran.ran), ran.left) == (2, set())
    assert (await run_many(house.jobs, tenants=[one.id, other.id], now=YEAR)).ran == ()
    assert await charged(house, one, other) == [1, 1]
    numbers = [(await rows_of(house.db, tenant.id, "invoices"))[0]["number"] for tenant in (one, other)]
    assert len(set(numbers)) == 2


async def test_several_sweeps_at_once_together_and_alone_charge_once(house: House) -> None:
    tenants = [tenant for _ in range(3) for tenant in await two(house)]
    ids = [tenant.id for tenant in tenants]
    each = [alone(house.db, id, YEAR) for id in reversed(ids)]
    await asyncio.gather(together(house, ids, YEAR), together(house, ids[::-1], YEAR), *each)
    assert await charged(house, *tenants) == [1] * 6


async def test_a_tenant_that_is_busy_keeps_no_other_waiting_and_is_left_to_itself(house: House) -> None:
    one, other = await two(house)
    async with house.db.transaction(one.id) as tx:
        await tx.execute(select(seat_pools).with_for_update())
        await tx.execute(select(subscriptions).with_for_update())
        ran = await run_many(house.jobs, tenants=[one.id, other.id], now=YEAR)
    assert ran.left == {one.id}
    assert await charged(house, one, other) == [0, 1]


async def test_where_more_than_terms_would_change_a_tenant_is_left_to_itself(house: House) -> None:
    bought = [(BASIC, "monthly", 2)]
    plain = {"bought": bought, "holders": 2, "payer": False, "card": False}
    odd = [
        {"card": True},
        {"holders": 3},
        *({"bought": [(BASIC, life, 2)]} for life in ("trial", "booked fewer", "booked a part")),
    ]
    simple, *others = [(await live(house.db, plain | told))[0] for told in ({}, *odd)]
    ran = await run_many(house.jobs, tenants=[simple.id, *(one.id for one in others)], now=NOW + 30 * DAY)
    assert ran.left == {one.id for one in others}
    assert await charged(house, simple, *others) == [1, 0, 0, 0, 0, 0]


async def test_a_transaction_that_dies_leaves_everything_to_the_next(house: House, monkeypatch) -> None:
    one, other = await two(house)
    with monkeypatch.context() as patched:
        patched.setattr("tenantry.commands.run_subscriptions.operation_of", lambda *_: 1 / 0)
        try:
            await run_many(house.jobs, tenants=[one.id, other.id], now=YEAR)
        except ZeroDivisionError:
            assert await charged(house, one, other) == [0, 0]
    await run_many(house.jobs, tenants=[one.id, other.id], now=YEAR)
    assert await charged(house, one, other) == [1, 1]


KILLED = """
import asyncio, os, signal, sys
from datetime import datetime
from uuid import UUID
from tenantry.commands import run_subscriptions
from tenantry.store.database import connect
url, now, *ids = sys.argv[1:]
run_subscriptions.operation_of = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # all else is written by then
work = run_subscriptions.run_many(connect(url), tenants=[UUID(id) for id in ids], now=datetime.fromisoformat(now))
asyncio.run(work)
"""


async def test_a_worker_that_is_killed_in_the_middle_is_followed_by_one_that_does_it_once(house: House) -> None:
    one, other = await two(house)
    told = house.jobs.address, YEAR.isoformat(), str(one.id), str(other.id)
    died = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", KILLED, *told], check=False)
    assert died.returncode == -signal.SIGKILL
    assert await charged(house, one, other) == [0, 0]
    await together(house, [one.id, other.id], YEAR)
    await together(house, [one.id, other.id], YEAR)
    assert await charged(house, one, other) == [1, 1]
    for table in ("invoices", "operations", "seat_batches"):
        assert len(await rows_of(house.db, one.id, table)) == 1


async def bought_more(house: House, tenant: Tenant, total: int) -> None:
    """Another total of its only subscription, quoted anew for as long as it changes meanwhile."""
    viewer = tenant.viewer(BILL)
    (row,) = await rows_of(house.db, tenant.id, "subscriptions")
    wishes = [OrderWish(Deed.SEATS, subscription_id=row["id"], seats=total)]
    while row["seats"] != total:
        with suppress(Refused):
            quote, _ = await quote_order(house.db, viewer, wishes=wishes, now=YEAR)
            terms = {"method_id": None, "po_number": "", "fingerprint": quote.fingerprint}
            await place_order(house.db, viewer, wishes=wishes, now=YEAR, **terms)
        (row,) = await rows_of(house.db, tenant.id, "subscriptions")


@pytest.mark.parametrize("sweep_first", [True, False])
async def test_a_sweep_among_people_who_buy_and_assign_oversells_nothing_and_waits_for_nobody_forever(
    sweep_first: bool, house: House
) -> None:
    tenant, beside = await make_tenant(house.db), await make_tenant(house.db)
    for one in (tenant, beside):
        await make_payer(house.db, one)
        await make_pool(house.db, one.id, BASIC, 4)
    people = await make_users(house.db, tenant.id, 12)
    wish = Wish({BASIC.sku_id: frozenset()})

    async def assigned(user_id: UUID) -> None:
        with suppress(Refused):
            facts = {"selection": Selection(ids=(user_id,)), "wish": wish, "all_or_none": True, "now": YEAR}
            await assign_licenses(house.db, tenant.viewer(ADELE), **facts)

    sweeps = [together(house, [tenant.id, beside.id], YEAR) for _ in range(2)]
    others = [*map(assigned, people[:6]), bought_more(house, tenant, 7), *map(assigned, people[6:])]
    work = [*sweeps, *others] if sweep_first else [*others, *sweeps]
    await asyncio.wait_for(asyncio.gather(*work), 30)
    await together(house, [tenant.id, beside.id], YEAR)
    (bought,) = await rows_of(house.db, tenant.id, "subscriptions")
    rows = len(await held(house.db, tenant.id))
    assert await consumed(house.db, tenant.id) == {BASIC.sku_id: rows}
    assert bought["seats"] == 7
    assert 4 <= rows <= 7
    kinds = [row["kind"] for row in await rows_of(house.db, tenant.id, "charges")]
    assert kinds.count("renewal") == 1
    assert sum(row["seats"] for row in await rows_of(house.db, tenant.id, "seat_batches")) == bought["seats"]
    assert await charged(house, beside) == [1]


async def test_many_tenants_take_as_many_statements_as_one(house: House) -> None:
    one, *others = [tenant for _ in range(4) for tenant in await two(house)]
    with query_count(house.jobs) as few:
        await run_many(house.jobs, tenants=[one.id], now=YEAR)
    with query_count(house.jobs) as many:
        await run_many(house.jobs, tenants=[tenant.id for tenant in others], now=YEAR)
    assert await charged(house, *others) == [1] * 7
    assert many.count == few.count <= 8
