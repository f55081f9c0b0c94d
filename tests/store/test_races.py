"""Many at once, and the power cut: nothing is sold twice and nothing is half done."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tenantry.commands.assign_licenses import Assigned, assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.store import licenses as engine
from tenantry.store.catalog import load_catalog
from tenantry.store.database import Database
from tenantry.store.subscriptions import lock_pools
from tests.cast import ADELE, BASIC, BOARD, CONTOSO, LIDIA, NOW, PETER, PREMIUM, Character
from tests.conftest import Base, type_run
from tests.world import Tenant, consumed, held, make_pool, make_tenant, make_users, rows_of


@pytest.fixture(scope="session")
def crowded(base: Base, open_db: Callable[..., Database]) -> Database:
    """A pool of more connections than there are seats."""
    return open_db(base.app_url, pool_size=20)


def wish_of(*products: object) -> Wish:
    return Wish({product.sku_id: frozenset() for product in products})  # type: ignore[attr-defined]


async def assign(
    db: Database,
    tenant: Tenant,
    wish: Wish,
    *people: UUID,
    by: Character = LIDIA,
    key: str | None = None,
    all_or_none: bool = True,
) -> Assigned | Refused:
    """The assignment, or its refusal."""
    viewer, selection = tenant.viewer(by), Selection(ids=people)
    try:
        return await assign_licenses(
            db, viewer, selection=selection, wish=wish, all_or_none=all_or_none, now=NOW, key=key
        )
    except Refused as refused:
        return refused


def refusals(answers: list[Assigned | Refused]) -> list[str]:
    """The reasons of those who were refused, sorted."""
    return sorted(answer.params["people"][0]["code"] for answer in answers if isinstance(answer, Refused))


async def test_fifty_at_once_get_the_last_ten_seats(crowded: Database, contoso: Tenant) -> None:
    people = await make_users(crowded, contoso.id, 50)
    await make_pool(crowded, contoso.id, BOARD, 10)
    wish = wish_of(BOARD)
    answers = await asyncio.gather(*(assign(crowded, contoso, wish, user_id) for user_id in people))
    assert sum(isinstance(answer, Assigned) for answer in answers) == 10
    assert refusals(answers) == ["seats_short"] * 40
    assert len(await held(crowded, contoso.id)) == 10
    assert await consumed(crowded, contoso.id) == {BOARD.sku_id: 10}


async def test_sets_that_overlap_share_the_seats_without_a_seat_too_many(crowded: Database, contoso: Tenant) -> None:
    people = await make_users(crowded, contoso.id, 40)
    for product in (BOARD, BASIC):
        await make_pool(crowded, contoso.id, product, 25)
    wishes = [
        wish_of(BOARD),
        wish_of(BOARD, BASIC),
        wish_of(BASIC, BOARD),
        wish_of(BASIC),
        Wish({}, remove_others=True),
    ]
    calls = [
        assign(crowded, contoso, wish, *people[start : start + 20], all_or_none=False)
        for start in (0, 10, 20)
        for wish in wishes
    ]
    answers = await asyncio.gather(*calls)
    assert not [answer for answer in answers if isinstance(answer, Refused)]
    rows, counters = await held(crowded, contoso.id), await consumed(crowded, contoso.id)
    assert counters == {p.sku_id: sum(sku_id == p.sku_id for _, sku_id in rows) for p in (BOARD, BASIC)}
    assert max(counters.values()) <= 25


async def test_of_two_products_that_exclude_each_other_one_wins(crowded: Database, contoso: Tenant) -> None:
    people = await make_users(crowded, contoso.id, 10)
    for product in (BASIC, PREMIUM):
        await make_pool(crowded, contoso.id, product, 50)
    calls = [assign(crowded, contoso, wish_of(product), user_id) for user_id in people for product in (BASIC, PREMIUM)]
    answers = await asyncio.gather(*calls)
    assert refusals(answers) == ["plan_conflict"] * 10
    assert len({user_id for user_id, _ in await held(crowded, contoso.id)}) == 10
    assert len(await held(crowded, contoso.id)) == 10


async def test_a_form_sent_twice_at_once_is_done_once(crowded: Database, contoso: Tenant) -> None:
    await make_pool(crowded, contoso.id, BOARD, 5)
    peter = contoso.people[PETER]
    answers = await asyncio.gather(*(assign(crowded, contoso, wish_of(BOARD), peter, key="form-1") for _ in range(8)))
    assert isinstance(answers[0], Assigned)
    assert answers == [answers[0]] * 8
    assert len(await rows_of(crowded, contoso.id, "operations")) == 1
    assert await consumed(crowded, contoso.id) == {BOARD.sku_id: 1}


async def test_two_people_may_use_the_same_key(crowded: Database, contoso: Tenant) -> None:
    await make_pool(crowded, contoso.id, BOARD, 5)
    first, second = contoso.ids(PETER, ADELE)
    one, other = await asyncio.gather(
        assign(crowded, contoso, wish_of(BOARD), first, by=LIDIA, key="same"),
        assign(crowded, contoso, wish_of(BOARD), second, by=ADELE, key="same"),
    )
    assert one != other
    assert await consumed(crowded, contoso.id) == {BOARD.sku_id: 2}


@pytest.mark.parametrize("written", [False, True])
def test_a_connection_that_is_killed_midway_leaves_nothing_behind(
    written: bool, base: Base, run: type_run, open_db: Callable[..., Database]
) -> None:
    db = open_db(base.app_url, pool_size=1)

    async def killed() -> Tenant:
        tenant = await make_tenant(db, "killed", CONTOSO)
        people = await make_users(db, tenant.id, 30)
        await make_pool(db, tenant.id, BOARD, 20)
        await assign(db, tenant, wish_of(BOARD), *people[:5])
        with pytest.raises(DBAPIError):
            await die_midway(tenant, people)
        return tenant

    async def die_midway(tenant: Tenant, people: tuple[UUID, ...]) -> None:
        async with db.transaction(tenant.id) as tx:
            catalog, seats = await load_catalog(tx), await lock_pools(tx, None, NOW)
            plan = await engine.forecast(tx, Selection(ids=people), wish_of(BOARD), catalog, seats)
            if written:
                await engine.apply(tx, plan, engine.Stamp(new_id(), NOW))
            pid = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            with psycopg.connect(base.server.url("postgres", base.name)) as connection:
                connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            await engine.apply(tx, plan, engine.Stamp(new_id(), NOW))

    tenant = run(killed())
    assert len(run(held(db, tenant.id))) == 5
    assert run(consumed(db, tenant.id)) == {BOARD.sku_id: 5}
    after = run(assign(db, tenant, wish_of(BOARD), tenant.people[PETER]))
    assert isinstance(after, Assigned)
