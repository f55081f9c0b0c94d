"""The database goes away during work and comes back: readers are told in their language, and the next page works."""

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.web.visit import LANGUAGE
from tenantry.words.speech import LANGUAGES, speech
from tests.cast import BASIC, LIDIA, PETER
from tests.conftest import Base, type_run
from tests.web.conftest import type_browse, words
from tests.world import Tenant, consumed, held, make_pool, make_tenant

SENTENCE = "The database does not answer right now. Nothing was changed. Try again in a moment."
ASSIGN = f"/licenses/{BASIC.sku_id}/assign"


@pytest.fixture
def house(own: Base, make_house: Callable[[Base], House]) -> House:
    """In place of the shared one: a house on a database that may go away."""
    return make_house(own)


@pytest.fixture
def contoso(house: House, run: type_run) -> Tenant:
    """Contoso in that database, with a product."""
    tenant = run(make_tenant(house.db))
    run(make_pool(house.db, tenant.id, BASIC, 5))
    return tenant


def order(base: Base, *orders: str) -> None:
    """What only a superuser may: each order with the database's name as `{}`."""
    with psycopg.connect(base.server.url("postgres", "postgres"), autocommit=True) as connection:
        for text in orders:
            connection.execute(sql.SQL(text).format(sql.Identifier(base.name)))  # type: ignore[arg-type]


def hang_up(base: Base) -> int:
    """Ends every connection to the database, as a restart does. Returns how many there were."""
    with psycopg.connect(base.server.url("postgres", "postgres"), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [base.name]
        )
        return len(ended.fetchall())


@contextmanager
def outage(base: Base) -> Iterator[None]:
    """Inside the block the database does not answer."""
    order(base, "ALTER DATABASE {} ALLOW_CONNECTIONS false")
    hang_up(base)
    try:
        yield
    finally:
        order(base, "ALTER DATABASE {} ALLOW_CONNECTIONS true")


@contextmanager
def hung_up_after(db: Database, base: Base, part: str) -> Iterator[None]:
    """Ends every connection right before the first statement that has `part` in it."""
    done: list[int] = []

    def cut(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if part in statement and not done:
            done.append(hang_up(base))

    event.listen(db.engine.sync_engine, "before_cursor_execute", cut)
    try:
        yield
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", cut)
    assert done, f"no statement had {part!r} in it"


async def fill_pool(db: Database, n: int) -> None:
    """Opens `n` connections, which then lie idle."""
    async with AsyncExitStack() as stack:
        for _ in range(n):
            await stack.enter_async_context(db.transaction())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_say_so_in_the_readers_language(
    language: str, own: Base, contoso: Tenant, browse: type_browse
) -> None:
    async with browse(contoso, LIDIA) as desk:
        desk.client.cookies.set(LANGUAGE, language)
        with outage(own):
            pages = [await desk.get(path) for path in ("/", "/users/active", f"/licenses/{BASIC.sku_id}")]
            pages.append(await desk.get("/users/active", target="list"))
            pages.append(await desk.client.get("/sign-in"))
            pages.append(await desk.post(ASSIGN, {"user": str(contoso.people[PETER])}))
    for page in pages:
        assert page.status_code == 503
        assert speech(language).say(SENTENCE) in words(page)
        assert f'lang="{language}"' in page.text
        assert "Traceback" not in page.text
        assert "psycopg" not in page.text
        assert page.headers["retry-after"] == "5"


async def test_the_first_page_after_an_outage_works(own: Base, contoso: Tenant, browse: type_browse) -> None:
    async with browse(contoso, LIDIA) as desk:
        with outage(own):
            assert (await desk.get("/")).status_code == 503
        answers = [await desk.get("/") for _ in range(3)]
        answers.append(await desk.post(ASSIGN, {"user": str(contoso.people[PETER])}))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 303]


async def test_a_restart_while_nobody_asks_costs_nobody_a_page(
    own: Base, house: House, contoso: Tenant, browse: type_browse
) -> None:
    async with browse(contoso, LIDIA) as desk:
        await fill_pool(house.db, 4)
        assert hang_up(own) == 4
        answers = [await desk.get("/licenses") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 8


async def test_errors_that_end_in_the_log_do_not_tell_what_was_looked_up(house: House) -> None:
    with pytest.raises(DBAPIError) as error:
        async with house.db.transaction() as tx:
            await tx.execute(text("SELECT 1 / (length(:password) - 6)"), {"password": "secret"})
    assert "division by zero" in str(error.value)
    assert "secret" not in str(error.value)


async def test_a_form_under_way_in_a_restart_leaves_nothing_and_can_be_sent_again(
    own: Base, house: House, contoso: Tenant, browse: type_browse
) -> None:
    form = {"user": str(contoso.people[PETER]), "key": "the same form"}
    async with browse(contoso, LIDIA) as desk:
        with hung_up_after(house.db, own, "INSERT INTO operations"):
            lost = await desk.post(ASSIGN, form)
        nothing = (await held(house.db, contoso.id), await consumed(house.db, contoso.id))
        again = await desk.post(ASSIGN, form)
    assert (lost.status_code, again.status_code) == (503, 303)
    assert nothing == ({}, {BASIC.sku_id: 0})
    assert await consumed(house.db, contoso.id) == {BASIC.sku_id: 1}
