"""What stands before every page: a number for the request, a line in the log, measures, health, a stop's beginning."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest
from httpx import AsyncClient
from litestar import Litestar, Request, get
from litestar.testing import AsyncTestClient
from sqlalchemy import text

from tenantry.queries.house import House
from tenantry.web import create_app
from tenantry.web.front import masked
from tenantry.web.running import _is_local
from tests.cast import ADELE, BASIC, PETER
from tests.conftest import Base
from tests.web.conftest import type_browse, words
from tests.web.test_outage import outage
from tests.world import Tenant, make_pool

type_ask = Callable[..., AbstractAsyncContextManager[AsyncTestClient[Litestar]]]


@get("/broken")
async def broken() -> None:
    raise ZeroDivisionError("of a secret")


@get("/who", sync_to_thread=False)
def who(request: Request) -> str:
    return f"{request.client.host if request.client else ''} {request.url.scheme}"


@pytest.fixture
def ask(house: House) -> type_ask:
    """A browser of nobody, with settings: `async with ask(metrics_token="x") as client`."""

    @asynccontextmanager
    async def open_client(house: House = house, **settings: object) -> AsyncIterator[AsyncTestClient[Litestar]]:
        app = create_app(replace(house, settings=replace(house.settings, **settings)))
        app.on_shutdown.clear()
        app.register(broken)
        app.register(who)
        async with AsyncTestClient(app, raise_server_exceptions=False) as client:
            yield client

    return open_client


# Requests and their lines


async def test_every_answer_has_the_number_of_its_request(ask: type_ask) -> None:
    async with ask() as client:
        for path in ("/sign-in", "/no-such-page", "/static/dist/no-such-file", "/broken"):
            made = (await client.get(path)).headers["x-request-id"]
            given = (await client.get(path, headers={"X-Request-ID": "balancer-0815"})).headers["x-request-id"]
            doubtful = (await client.get(path, headers={"X-Request-ID": 'a"b c\t' * 3})).headers["x-request-id"]
            assert len(made) == len(doubtful) == 32
            assert given == "balancer-0815"


async def test_a_page_that_fails_names_the_number_and_nothing_else(
    ask: type_ask, caplog: pytest.LogCaptureFixture
) -> None:
    async with ask() as client:
        page = await client.get("/broken", headers={"X-Request-ID": "number-4711"})
    assert page.status_code == 500
    assert "number-4711" in words(page)
    assert "secret" not in page.text
    (line,) = [one for one in caplog.records if one.name == "tenantry.web"]
    assert line.exc_info is not None
    assert line.exc_info[0] is ZeroDivisionError


async def test_a_request_is_one_line_with_who_where_and_what_was_done(
    browse: type_browse,
    contoso: Tenant,
    house: House,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[dict[str, object]] = []
    monkeypatch.setattr("tenantry.web.front.log.log", lambda level, event, extra: told.append(facts() | extra))
    await make_pool(house.db, contoso.id, BASIC, 3)
    async with browse(contoso, ADELE) as desk:
        await desk.post(f"/licenses/{BASIC.sku_id}/assign", {"user": str(contoso.people[PETER])})
        (operation,) = {str(one["operation"]) for one in told if "operation" in one}
        receipt = await desk.get(f"/operations/{operation}")
    assert receipt.status_code == 200
    assert (
        told[0].items()
        >= {
            "method": "POST",
            "path": f"/t/{contoso.slug}/licenses/{BASIC.sku_id}/assign",
            "tenant": contoso.slug,
            "account": str(contoso.accounts[ADELE]),
            "command": "assign_licenses",
            "status": 303,
        }.items()
    )


def facts() -> dict[str, object]:
    from tenantry.kit.logs import noted

    return dict(noted())


def test_a_path_that_is_a_key_is_not_told() -> None:
    assert masked("/reset/Zm9vYmFy") == "/reset/…"
    assert masked("/operator/welcome/Zm9v/more") == "/operator/welcome/…"
    assert masked("/meet/0f0f/events") == "/meet/…"
    assert masked("/t/contoso/users") == "/t/contoso/users"


async def test_what_is_asked_all_the_time_is_told_only_when_it_fails(
    ask: type_ask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tenantry.requests")
    async with ask() as client:
        await client.get("/healthz")
        assert caplog.records == []
        client.app.state.front.stop()
        await client.get("/readyz")
    assert len(caplog.records) == 1


# Proxies


@pytest.mark.parametrize(
    ("trusted", "seen"), [("", "127.0.0.1 http"), ("127.0.0.0/8", "203.0.113.9 https"), ("10.0.0.1", "127.0.0.1 http")]
)
async def test_the_asker_behind_a_trusted_proxy_is_seen(ask: type_ask, trusted: str, seen: str) -> None:
    async with ask(trusted_proxies=trusted) as client:
        app, received = client.app, []

        async def at_home(scope, receive, send) -> None:
            scope["client"] = ("127.0.0.1", 4000)
            await app(scope, receive, send)

        from httpx import ASGITransport

        headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https"}
        async with AsyncClient(transport=ASGITransport(at_home), base_url="http://tenantry.example") as browser:
            received.append((await browser.get("/who", headers=headers)).text)
    assert received == [seen]


# Health


async def test_it_lives_and_is_ready(ask: type_ask) -> None:
    async with ask() as client:
        for path in ("/healthz", "/readyz"):
            answer = await client.get(path)
            assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (200, "ok\n", "no-store")


async def test_without_a_database_it_lives_and_is_not_ready(
    ask: type_ask, own: Base, make_house: Callable[[Base], House]
) -> None:
    async with ask(make_house(own)) as client:
        with outage(own):
            assert (await client.get("/healthz")).status_code == 200
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.text) == (503, "database_down\n")
            numbers = await client.get("/metrics", headers={"X-Forwarded-For": ""})
        assert (await client.get("/readyz")).status_code == 200
    assert numbers.status_code == 404


async def test_an_old_schema_is_not_ready(ask: type_ask, own: Base, make_house: Callable[[Base], House]) -> None:
    house = make_house(own)
    from tests.web.test_outage import psycopg

    with psycopg.connect(own.owner_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    async with ask(house) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database_old\n")


async def test_a_pool_that_is_all_in_use_is_not_ready(
    ask: type_ask, own: Base, open_db: Callable, make_house: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.queries.readiness.PATIENCE", 0.2)
    house = replace(make_house(own), db=open_db(own.app_url, pool_size=1))
    async with ask(house) as client, house.db.transaction() as tx:
        await tx.execute(text("SELECT 1"))
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database_busy\n")


# A stop


async def test_in_a_stop_nothing_is_begun_and_machines_are_told(ask: type_ask) -> None:
    async with ask() as client:
        client.app.state.front.stop()
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "stopping\n")
        assert (await client.get("/healthz")).status_code == 200
        page = await client.get("/sign-in")
    assert (page.status_code, page.headers["connection"], page.headers["retry-after"]) == (503, "close", "5")


# Measures


async def test_numbers_are_for_who_has_the_token(ask: type_ask) -> None:
    async with ask(metrics_token="a token") as client:
        refused = await client.get("/metrics")
        wrong = await client.get("/metrics", headers={"Authorization": "Bearer another"})
        right = await client.get("/metrics", headers={"Authorization": "Bearer a token"})
    assert (refused.status_code, wrong.status_code, right.status_code) == (401, 401, 200)
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_without_a_token_they_are_for_this_machine_alone(ask: type_ask) -> None:
    async with ask() as client:
        assert (await client.get("/metrics")).status_code == 404

    def asked(host: str, **headers: str) -> bool:
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        return _is_local(Request({"type": "http", "client": (host, 1), "headers": lines, "method": "GET"}))  # type: ignore

    assert asked("127.0.0.1")
    assert asked("::1")
    assert not asked("192.0.2.1")
    assert not asked("127.0.0.1", **{"x-forwarded-for": "203.0.113.9"}), "through a proxy on this machine"


async def test_what_was_done_refused_and_is_waiting_is_counted(
    house: House, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(house.db, contoso.id, BASIC, 3)
    async with browse(contoso, ADELE) as desk:
        meters = desk.client.app.state.front.meters
        await desk.post(f"/licenses/{BASIC.sku_id}/assign", {"user": str(contoso.people[PETER])})
        await desk.get("/users/active")
        await desk.get("/users/active")
        assert (await desk.client.get("/t/no-such-tenant/users/active")).status_code == 404
        told = meters.told(()).decode().splitlines()
    assert 'tenantry_requests_total{method="GET",route="/t/{slug}/users/active",status="200"} 2.0' in told
    assert 'tenantry_operations_total{command="assign_licenses"} 1.0' in told
    assert 'tenantry_refusals_total{code="tenant_missing"} 1.0' in told
    assert "tenantry_pool_in_use 0.0" in told
    assert 'tenantry_request_seconds_count{route="/t/{slug}/users/active"} 3.0' in told
    assert not any(contoso.slug in line or "no-such-tenant" in line for line in told)


async def test_the_numbers_cost_one_statement(ask: type_ask, house: House) -> None:
    from tests.world import query_count

    async with ask(metrics_token="t") as client:
        with query_count(house.jobs) as jobs, query_count(house.db) as db:
            told = (await client.get("/metrics", headers={"Authorization": "Bearer t"})).text
    assert (jobs.count, db.count) == (1, 0)
    assert 'tenantry_backlog{queue="letters",state="failed"} 0' in told
