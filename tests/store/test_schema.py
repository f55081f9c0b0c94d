"""The schema at work: the plans of the hot statements, read as the application role, reach an index."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.domain.viewers import Viewer, operator
from tenantry.kit.paging import decode
from tenantry.kit.words_index import search_words
from tenantry.queries.licenses import preview_assignment, read_product, read_user_licenses
from tenantry.queries.users import COUNTED, list_users, suggest_people
from tenantry.store.database import Database
from tenantry.store.embedded import Embedded
from tenantry.store.migrate import migrate, newest
from tests.cast import ADELE, BASIC, NORTHWIND, NOW, PREMIUM
from tests.conftest import SMALL, Base, clone, type_run
from tests.world import make_pool, make_tenant, make_users, query_count

CROWD = 20_000
BIG = {"users", "licenses", "search_tokens"}
_LICENSES = text("""
    INSERT INTO licenses (tenant_id, sku_id, user_id, disabled_plans, operation_id, assigned_at)
    SELECT tenant_id, :sku_id, id, '{}', uuidv7(), :now FROM users ORDER BY id
""")


@pytest.fixture(scope="module")
def base(templates: Embedded) -> Base:
    return clone(templates, SMALL)


@pytest.fixture(scope="module")
def db(base: Base, open_db: Callable[..., Database]) -> Database:
    return open_db(base.app_url)


@pytest.fixture(scope="module")
def crowd(base: Base, db: Database, run: type_run) -> Viewer:
    """The operator of a tenant of twenty thousand, all licensed, beside another one as large."""

    async def build() -> UUID:
        for slug in ("big", "bigger"):
            tenant = await make_tenant(db, slug, NORTHWIND)
            await make_users(db, tenant.id, CROWD)
            await make_pool(db, tenant.id, BASIC, 2 * CROWD)
            async with db.transaction(tenant.id) as tx:
                await tx.execute(_LICENSES, {"sku_id": BASIC.sku_id, "now": NOW})
        return tenant.id

    tenant_id = run(build())
    with psycopg.connect(base.server.url("postgres", base.name), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return operator(tenant_id, "tests")


async def walked(db: Database, viewer: Viewer, work: Callable[[], Any]) -> list[tuple[str, int]]:
    """Where the statements of `work`, run again and explained, read a big table whole or more rows than are counted."""
    with query_count(db) as statements:
        await work()
    found = []
    async with db.transaction(viewer.tenant_id) as tx:
        for statement, parameters in zip(statements.texts, statements.parameters, strict=True):
            explained = await tx.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            nodes = list(_nodes(explained.scalar_one()[0]["Plan"]))
            found += [(statement, rows) for kind, rows in nodes if kind == "Seq Scan" or rows > COUNTED + 50]
    return found


def _nodes(plan: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Every reading of a big table: its kind, and the rows it looked at."""
    if plan.get("Relation Name") in BIG:
        removed = sum(int(plan.get(f"Rows Removed by {why}", 0)) for why in ("Filter", "Index Recheck"))
        yield plan["Node Type"], int((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


async def test_the_first_page_of_people_reads_an_index(db: Database, crowd: Viewer) -> None:
    async def page() -> None:
        first = await list_users(db, crowd, wanted=UserFilter(), cursor=None, limit=50)
        await list_users(db, crowd, wanted=UserFilter(), cursor=decode(first.page.next or ""), limit=50)

    assert await walked(db, crowd, page) == []


@pytest.mark.parametrize("typed", ["0123", "person", "p77@crowd", "nobody"])
async def test_search_reads_an_index(typed: str, db: Database, crowd: Viewer) -> None:
    async def search() -> None:
        words = search_words(typed)
        await list_users(db, crowd, wanted=UserFilter(words=words), cursor=None, limit=50)
        await suggest_people(db, crowd, words=words)

    assert await walked(db, crowd, search) == []


async def test_words_that_many_and_few_have_find_those_who_have_both(db: Database, crowd: Viewer) -> None:
    wanted = UserFilter(words=search_words("person 00012"))
    found = await list_users(db, crowd, wanted=wanted, cursor=None, limit=5)
    assert [row.name for row in found.page.items] == [f"Person 00012{n}" for n in range(5)]
    assert found.total == 10


async def test_the_holders_of_a_product_are_read_by_an_index(db: Database, crowd: Viewer) -> None:
    async def holders() -> None:
        await read_product(db, crowd, sku_id=BASIC.sku_id, words=(), cursor=None, limit=50, now=NOW)

    assert await walked(db, crowd, holders) == []


async def test_one_persons_licenses_are_read_by_an_index(db: Database, crowd: Viewer) -> None:
    page = await list_users(db, crowd, wanted=UserFilter(), cursor=None, limit=1)

    async def one() -> None:
        await read_user_licenses(db, crowd, user_id=page.page.items[0].id, now=NOW)

    assert await walked(db, crowd, one) == []


async def test_a_walk_over_everybody_would_be_seen(db: Database, crowd: Viewer) -> None:
    async def department() -> None:
        async with db.transaction(crowd.tenant_id) as tx:
            await tx.execute(text("SELECT count(*) FROM users WHERE lower(department) LIKE 'crowd 7%'"))

    assert len(await walked(db, crowd, department)) == 1


def test_migrating_twice_changes_nothing(own: Base) -> None:
    assert migrate(own.owner_url) == (newest(), newest())


def test_an_empty_database_is_brought_to_the_newest_schema(templates: Embedded) -> None:
    fresh = clone(templates, "template0")
    assert migrate(fresh.owner_url) == ("", newest())


async def test_the_total_of_a_search_for_common_words_is_ended_early_and_says_so(
    db: Database, crowd: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.store.people.COMMON", 100)
    monkeypatch.setattr("tenantry.queries.users.LOOKED_AT", 500)
    found = await list_users(db, crowd, wanted=UserFilter(words=("per",)), cursor=None, limit=5)
    assert (0 < found.total <= 500, found.more) == (True, True)
    monkeypatch.setattr("tenantry.queries.users.LOOKED_AT", 10**6)
    found = await list_users(db, crowd, wanted=UserFilter(words=("per", "pers")), cursor=None, limit=5)
    assert (found.total > 5000, found.more) == (True, False)


async def test_a_word_is_found_in_the_rows_as_it_is_by_the_index(
    db: Database, crowd: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = UserFilter(words=("person", "00123"))
    by_index = await list_users(db, crowd, wanted=wanted, cursor=None, limit=50)
    monkeypatch.setattr("tenantry.store.people.COMMON", 0)
    by_rows = await list_users(db, crowd, wanted=wanted, cursor=None, limit=50)
    assert by_rows.page.items == by_index.page.items != ()


async def test_a_preview_reads_each_profile_once_where_the_planner_knows_nothing(
    own: Base, open_db: Callable[..., Database]
) -> None:
    db = open_db(own.app_url)
    contoso = await make_tenant(db)
    people = await make_users(db, contoso.id, 120)
    await make_pool(db, contoso.id, PREMIUM, 200)
    await make_pool(db, contoso.id, BASIC, 200)
    viewer = contoso.viewer(ADELE)
    half = Selection(ids=people[:60])
    premium, basic = Wish(assign={PREMIUM.sku_id: frozenset()}), Wish(assign={BASIC.sku_id: frozenset()})
    await assign_licenses(db, viewer, selection=half, wish=premium, all_or_none=True, now=NOW)

    async def preview() -> None:
        told = await preview_assignment(db, viewer, selection=Selection(ids=people), wish=basic, now=NOW)
        assert told.outcomes == (60, 0, 60)

    assert [rows for _, rows in await walked(db, viewer, preview) if rows > 50_000] == []
