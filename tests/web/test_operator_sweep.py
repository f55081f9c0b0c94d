"""The operator's pages are there for nobody else, and name nobody."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.testing import AsyncTestClient

from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.web import create_app
from tests.cast import ADELE, BASIC, CONTOSO
from tests.conftest import type_run
from tests.web.conftest import Boss, Desk, desk_of, type_browse, words
from tests.web.test_sweep import OPERATOR, Way
from tests.world import Tenant, make_invoice, make_request

# method and path below /operator -> what the operator is answered
ROUTES = """
    GET  /                              303
    GET  /tenants                       200
    GET  /tenants/add                   200
    POST /tenants/add                   422
    GET  /tenants/{tenant_id}           200
    POST /tenants/{tenant_id}/support   422
    POST /tenants/{tenant_id}/leave     303
    POST /tenants/{tenant_id}/suspend   422
    POST /tenants/{tenant_id}/resume    303
    POST /tenants/{tenant_id}/restore   404
    POST /tenants/{tenant_id}/edition   404
    GET  /takeovers                     200
    POST /takeovers                     404
    GET  /catalog                       200
    GET  /catalog/{sku_id}              200
    GET  /catalog/import                200
    POST /catalog/import                422
    POST /catalog/import/apply          422
    GET  /doors                         200
    POST /doors                         422
    GET  /mail-domains                  200
    POST /mail-domains                  422
    POST /mail-domains/remove           303
    GET  /app-keys                      200
    POST /app-keys                      422
    POST /app-keys/revoke               303
    GET  /invoices                      200
    GET  /invoices/{tenant_id}/{invoice_id}  200
    POST /invoices/{tenant_id}/{invoice_id}  422
    GET  /requests                      200
    GET  /requests/{tenant_id}/{request_id}  200
    POST /requests/{tenant_id}/{request_id}  422
    GET  /requests/{tenant_id}/{request_id}/files/{file_id}  200
    GET  /editions                      200
    GET  /editions/add                  200
    POST /editions/add                  422
    GET  /editions/{code}               200
    POST /editions/{code}               422
    POST /editions/{code}/phones        422
    GET  /help                          200
    GET  /jobs                          200
    POST /jobs/retry                    303
    GET  /timetable                     200
    GET  /letters                       200
    POST /letters/retry                 303
    GET  /events                        200
    POST /events/retry                  303
    GET  /doctor                        200
    GET  /settings                      200
    GET  /log                           200
"""
OPEN = {Way("GET", "/welcome/{token}"), Way("POST", "/welcome/{token}")}  # for whoever has the terminal's link
ASKED = "/requests/{tenant_id}"  # who asks the operator for help says who they are
TABLE = {Way(method, path): int(status) for method, path, status in map(str.split, ROUTES.strip().splitlines())}


def ways(app: Litestar) -> set[Way]:
    """Every way below the operator's pages that the app has."""
    return {
        Way(str(method), path.removeprefix(OPERATOR) or "/")
        for path, handler in _handlers(app)
        if path == OPERATOR or path.startswith(f"{OPERATOR}/")
        for method in handler.http_methods
        if method != "OPTIONS"
    }


def _handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                yield getattr(route, "path_format", route.path), handler


async def ask(desk: Desk, way: Way, ids: dict[str, Any]) -> Any:
    path = OPERATOR + way.path.format(**ids).rstrip("/")
    if way.method == "GET":
        return await desk.client.get(path)
    return await desk.client.post(path, data={"_csrf_token": desk.csrf})


@pytest.fixture
def ids(contoso: Tenant, db: Database, run: type_run) -> dict[str, Any]:
    made = run(make_invoice(db, contoso, 7000))
    asked = run(make_request(db, contoso, ADELE))
    return {"tenant_id": contoso.id, "sku_id": BASIC.sku_id, "invoice_id": made.id, "code": "worldwide", **asked}


def test_the_table_speaks_of_every_route(house: House) -> None:
    assert ways(create_app(house)) - OPEN == TABLE.keys()


def test_a_route_without_a_line_is_seen(house: House) -> None:
    @get("/operator/secrets")
    async def secrets() -> str:
        return "x"

    app = create_app(house)
    app.register(secrets)
    assert ways(app) - OPEN - TABLE.keys() == {Way("GET", "/secrets")}


async def test_the_operator_gets_every_page(house: House, boss: Boss, ids: dict[str, Any]) -> None:
    async with desk_of(house, boss) as desk:
        told = {way: (await ask(desk, way, ids)).status_code for way in TABLE}
    assert told == TABLE


async def test_for_a_global_admin_there_are_no_such_pages(
    browse: type_browse, contoso: Tenant, ids: dict[str, Any]
) -> None:
    async with browse(contoso, ADELE) as desk:
        answers = {way: await ask(desk, way, ids) for way in TABLE}
    assert {way for way, answer in answers.items() if answer.status_code != 404} == set()
    assert not [way for way, answer in answers.items() if contoso.slug in answer.text]


async def test_nobody_is_led_to_the_sign_in(house: House, ids: dict[str, Any]) -> None:
    async with AsyncTestClient(create_app(house)) as client:
        client.follow_redirects = False
        answers = {way: await ask(Desk(client, OPERATOR, ""), way, ids) for way in TABLE}
    led = {way: answer.headers.get("location", "").partition("?")[0] for way, answer in answers.items()}
    assert led == dict.fromkeys(TABLE, "/sign-in")


async def test_no_page_of_the_operator_names_a_person(
    house: House, boss: Boss, contoso: Tenant, ids: dict[str, Any]
) -> None:
    async with desk_of(house, boss) as desk:
        some = (way for way in TABLE if way.method == "GET" and not way.path.startswith(ASKED))
        read = {way: words(await ask(desk, way, ids)) for way in some}
        read["searched"] = words(await desk.get(f"/tenants?q={contoso.slug}"))
    assert contoso.slug in read["searched"]
    names = [text for one in CONTOSO for text in (one.name, contoso.email(one))]
    assert [(way, name) for way, text in read.items() for name in names if name in text] == []
