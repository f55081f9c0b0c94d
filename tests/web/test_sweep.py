"""Foreign is invisible: every route of the app, asked from another tenant and by nobody who is signed in.

The routes are read from the app itself, so that a new one is in the sweep from its first day (tests/house).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product as combinations
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from litestar import Litestar, Request, Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.testing import AsyncTestClient
from sqlalchemy import select

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.save_cards import begin_card
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.tables import metadata
from tenantry.web import create_app
from tenantry.web.visit import Visit, read_member
from tests.cast import ADELE, BASIC, BOARD, NANCY, NED, NOW, PETER, Character
from tests.conftest import type_run
from tests.web.conftest import Desk, type_browse, words
from tests.world import (
    Tenant,
    make_draft,
    make_invoice,
    make_long_operation,
    make_method,
    make_order,
    make_payment,
    make_pool,
    make_request,
    make_sandbox,
)

INSIDE = "/t/{slug}"
NOWHERE = "no-such-organization"
OPERATOR = "/operator"  # for nobody but the operator: tests/web/test_operator_sweep.py
# Pages that belong to no tenant, and why nothing of one can be seen there.
OPEN = {
    "/": "leads to a tenant of one's own",
    "/sign-in": "before any tenant",
    "/sign-out": "ends one's own session",
    "/language": "one's own account",
    "/theme": "one's own account",
    "/nowhere": "for an account that is in no tenant",
    "/tenants": "the tenants of one's own account",
    "/mailbox": "only the demo has it",
    "/mailbox/{letter_id}": "only the demo has it",
    "/zone": "only the demo has it",
    "/zone/remove": "only the demo has it",
    "/account": "one's own account",
    "/account/password": "one's own account",
    "/account/sessions": "one's own account",
    "/account/sessions/{session_id}/end": "one's own account; another's session is not found",
    "/account/sessions/end-others": "one's own account",
    "/sign-up": "before any tenant, the same for every address",
    "/sign-up/code": "for whoever has the browser's token of a sign-up",
    "/sign-up/code/again": "for whoever has the browser's token of a sign-up",
    "/sign-up/you": "for whoever has proven an address",
    "/forgot": "before any tenant, the same for every address",
    "/reset/{token}": "for whoever has the letter's link",
    "/start/{token}": "for whoever has the link",
    "/sign-in/second-step": "a sign-in of one's own that is half done",
    "/sign-in/second-step/options": "a sign-in of one's own that is half done",
    "/sign-in/passkey": "before any tenant",
    "/sign-in/passkey/options": "before any tenant",
    "/account/two-step": "one's own account",
    "/account/two-step/authenticator": "one's own account",
    "/account/two-step/authenticator/start": "one's own account",
    "/account/two-step/passkey": "one's own account",
    "/account/two-step/passkey/options": "one's own account",
    "/account/two-step/remove/{factor_id}": "one's own account; another's second step is as if it were not there",
    "/account/two-step/recovery-codes": "one's own account",
    "/static/dist/{file_path}": "the same files for everybody",
    "/meet/{token}": "for whoever has the meeting's link",
    "/meet/{token}/join": "for whoever has the meeting's link",
    "/meet/{token}/leave": "for whoever has the meeting's link, about themselves",
    "/meet/{token}/mute": "for whoever has the meeting's link, about themselves",
    "/meet/{token}/admit": "asks for the meeting's organizer",
    "/meet/{token}/refuse": "asks for the meeting's organizer",
    "/meet/{token}/end": "asks for the meeting's organizer",
    "/meet/{token}/events": "for whoever is in the meeting",
    "/help": "the same for everybody",
    "/help/{topic}": "the same for everybody",
    "/healthz": "asked by machines: whether the process lives",
    "/readyz": "asked by machines: whether pages can be served",
    "/metrics": "numbers without names, for who has the token",
    "/webhooks/stripe": "Stripe itself, known by its signature",
}
# Pages that answer to an id of another tenant without looking at what it is of.
_TYPED = "anybody may put a name on their own list; the page is of that row, and proves nothing"
HARMLESS = {
    "/settings/domains/{name}": _TYPED,
    "/settings/domains/{name}/check": _TYPED,
    "/settings/domains/{name}/default": _TYPED,
    "/settings/domains/{name}/remove": _TYPED,
    "/settings/domains/{name}/takeover": _TYPED,
    "/licenses/{sku_id}/people": "the picker's answers: one's own people, whatever the product",
    "/purchase/{sku_id}": "the catalog is everybody's",
    "/purchase/{sku_id}/trial": "the catalog is everybody's",
}
PARAMETERS = (
    "invoice_id",
    "user_id",
    "sku_id",
    "operation_id",
    "draft_id",
    "subscription_id",
    "order_id",
    "payment_id",
    "method_id",
    "setup_id",
    "name",
    "request_id",
    "file_id",
)
STALE = "This page has been open for too long"
GONE = {404, 409, 422}

type_ids = Mapping[str, UUID]


@dataclass(frozen=True)
class Way:
    """A method at a path below the tenant: ("POST", "/licenses/{sku_id}/assign")."""

    method: str
    path: str

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))


def ways(app: Litestar) -> list[Way]:
    """Every way into a tenant that the app has, but for what answers OPTIONS by itself."""
    found = []
    for route in app.routes:
        path = getattr(route, "path_format", route.path)
        if path == INSIDE or path.startswith(f"{INSIDE}/"):
            methods = {method for handler in _handlers(route) for method in handler.http_methods}
            found += [Way(str(method), path.removeprefix(INSIDE) or "/") for method in methods - {"OPTIONS"}]
    return sorted(found, key=lambda way: (way.path, way.method))


def _handlers(route: Any) -> Iterator[HTTPRouteHandler]:
    handlers = getattr(route, "route_handlers", ())
    return (handler for handler in handlers if isinstance(handler, HTTPRouteHandler))


def outside(app: Litestar) -> list[str]:
    """What the sweep cannot reach: pages beside the tenant's that OPEN does not know, and ids nobody can fill in."""
    paths = {getattr(route, "path_format", route.path) for route in app.routes}
    swept = {(INSIDE + way.path).rstrip("/") if way.path == "/" else INSIDE + way.path for way in ways(app)}
    unknown = [f"{way.path}: {{{name}}}" for way in ways(app) for name in way.parameters if name not in PARAMETERS]
    operators = {path for path in paths if path == OPERATOR or path.startswith(f"{OPERATOR}/")}
    return sorted(paths - swept - operators - OPEN.keys()) + unknown


def fields(ids: type_ids, tenant: Tenant) -> dict[str, Any]:
    """What every form and address of the app asks for, about these ids, each thing confirmed."""
    user, sku, operation = str(ids["user_id"]), str(ids["sku_id"]), str(ids["operation_id"])
    people = {"user": user, "keep": user, "located": user, "open": user, "country": "SE", "usage_location": "SE"}
    products = {"product": sku, "give": sku, "held": sku, "offered": f"{sku}:", "operation": operation}
    steps = {"confirm": "1", "confirmed": "1", "expected": "1,0,0", "do": "more", "tab": "licenses"}
    typed = {"first_name": "Eve", "last_name": "Stranger", "alias": "eve", "domain": tenant.domain}
    return people | products | steps | typed | {"q": "north"}


async def ask(desk: Desk, way: Way, home: str, ids: type_ids, sent: dict[str, Any]) -> Response:
    """The way gone with these ids and fields; redirects are followed to what is read in the end."""
    path = f"{home}{way.path}".format(**{name: ids[name] for name in way.parameters})
    client, form = desk.client, sent | {"_csrf_token": desk.csrf}
    if way.method in ("GET", "HEAD"):
        answer = await client.request(way.method, path, params=sent)
    else:
        answer = await client.request(way.method, path, params={"open": sent["open"]}, data=form)
    for _ in range(4):
        if not answer.is_redirect:
            break
        answer = await client.get(answer.headers["location"])
    assert STALE not in words(answer), "the form's token has to be right, or nothing is tried"
    return answer


async def rows_of(db: Database, tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
    """Everything a tenant has, table by table."""
    found = {}
    async with db.transaction(tenant.id) as tx:
        for name, table in metadata.tables.items():
            if "tenant_id" in table.c:
                mine = select(table).where(table.c.tenant_id == tenant.id).order_by(*table.primary_key.columns)
                mine = mine.with_only_columns(*(c for c in table.c if c.name != "seen_at"))  # to look is no change
                found[name] = [dict(row) for row in (await tx.execute(mine)).mappings()]
    return found


@pytest.fixture
def own_ids(contoso: Tenant, db: Database, run: type_run) -> dict[str, UUID]:
    return run(ids_of(db, contoso, ADELE, PETER, BASIC))


@pytest.fixture
def foreign_ids(northwind: Tenant, db: Database, run: type_run) -> dict[str, UUID]:
    """Rows of Northwind; Contoso has not bought that product."""
    return run(ids_of(db, northwind, NANCY, NED, BOARD))


async def ids_of(db: Database, tenant: Tenant, admin: Character, who: Character, product: Any) -> dict[str, UUID]:
    """Somebody with a license of `product`, and the operation that gave it: a long one with a file, that failed.

    And a draft of people to add.
    """
    subscription_id = await make_pool(db, tenant.id, product, 5)
    done = await assign_licenses(
        db,
        tenant.viewer(admin),
        selection=Selection(ids=tenant.ids(who)),
        wish=Wish(assign={product.sku_id: frozenset()}),
        all_or_none=True,
        now=NOW,
    )
    await make_long_operation(db, tenant, admin, operation_id=done.operation_id, state="failed", file=b"a file")
    draft_id = await make_draft(db, tenant, admin)
    await make_sandbox(db, tenant.id)
    ids = {"user_id": tenant.people[who], "sku_id": product.sku_id, "operation_id": done.operation_id}
    ids["subscription_id"] = subscription_id
    ids["order_id"] = await make_order(db, tenant, admin, product=product)
    ids["payment_id"] = await make_payment(db, tenant, "action")
    ids["failed_id"] = await make_payment(db, tenant, "failed")
    ids["method_id"], ids["other_method_id"] = await make_method(db, tenant), await make_method(db, tenant)
    ids["name"] = tenant.domain
    ids |= await make_request(db, tenant, admin)
    ids["setup_id"] = (await begin_card(db, tenant.viewer(admin), now=NOW)).setup_id
    return ids | {"draft_id": draft_id, "invoice_id": (await make_invoice(db, tenant, 7000)).id}


# Another tenant's pages


async def foreign_pages(desk: Desk, some: Iterable[Way], tenant: Tenant, ids: type_ids) -> list[str]:
    """Ways that tell a tenant of others from one that is not there."""
    told = []
    for way in some:
        sent = fields(ids, tenant)
        there = await ask(desk, way, f"/t/{tenant.slug}", ids, sent)
        nowhere = await ask(desk, way, f"/t/{NOWHERE}", ids, sent)
        same = there.text.replace(tenant.slug, NOWHERE) == nowhere.text.replace(tenant.slug, NOWHERE)
        if there.status_code != 404 or nowhere.status_code != 404 or not same:
            told.append(f"{way.method} {way.path}: {there.status_code}")
    return told


async def test_another_tenants_pages_are_as_if_they_were_not_there(
    browse: type_browse, db: Database, contoso: Tenant, northwind: Tenant, foreign_ids: dict[str, UUID]
) -> None:
    before = await rows_of(db, northwind)
    async with browse(contoso, ADELE) as desk:
        told = await foreign_pages(desk, ways(desk.client.app), northwind, foreign_ids)
    assert told == []
    assert await rows_of(db, northwind) == before


async def _member(request: Request[Any, Any, Any], slug: str, house: House) -> Visit:
    return await read_member(request, house, slug)


@get("/t/{slug:str}/leak")
async def leak(slug: str) -> str:
    return f"Nobody asked who reads of {slug}"


@get("/t/{slug:str}/leaks/{user_id:uuid}")
async def leak_of_somebody(visit: Visit, slug: str, user_id: UUID) -> str:
    return f"{NED.name} of {visit.tenant.name} or of wherever {user_id} is"


async def test_a_page_that_forgets_to_ask_who_is_there_is_seen(
    browse: type_browse, contoso: Tenant, northwind: Tenant, foreign_ids: dict[str, UUID]
) -> None:
    async with browse(contoso, ADELE) as desk:
        desk.client.app.register(leak)
        leaks = [way for way in ways(desk.client.app) if way.path == "/leak"]
        told = await foreign_pages(desk, leaks, northwind, foreign_ids)
    assert told == ["GET /leak: 200"]


# Another tenant's rows on one's own pages


async def foreign_rows(desk: Desk, some: Iterable[Way], own: type_ids, foreign: type_ids, tenant: Tenant) -> list[str]:
    """Ways of one's own tenant that serve, or name, what belongs to `tenant`."""
    told, names = [], [NANCY.name, NED.name, tenant.slug, tenant.slug.title()]
    for way in some:
        for chosen in combinations((own, foreign), repeat=len(way.parameters)):
            ids = {name: source[name] for name, source in zip(way.parameters, chosen, strict=True)}
            answer = await ask(desk, way, desk.home, ids, fields(foreign, tenant))
            served = foreign in chosen and answer.status_code not in GONE and way.path not in HARMLESS
            read = words(answer).replace(tenant.domain, "what was typed")
            named = [name for name in names if name in read]
            if served or named or answer.status_code >= 500:
                whose = ["foreign" if one is foreign else "own" for one in chosen]
                told.append(f"{way.method} {way.path} ({', '.join(whose)}): {answer.status_code} {named}")
    return told


async def test_another_tenants_rows_cannot_be_reached_from_ones_own_pages(
    browse: type_browse,
    db: Database,
    contoso: Tenant,
    northwind: Tenant,
    own_ids: dict[str, UUID],
    foreign_ids: dict[str, UUID],
) -> None:
    before = await rows_of(db, northwind)
    async with browse(contoso, ADELE) as desk:
        told = await foreign_rows(desk, ways(desk.client.app), own_ids, foreign_ids, northwind)
    assert told == []
    assert await rows_of(db, northwind) == before


async def test_a_page_that_names_somebody_elsewhere_is_seen(
    browse: type_browse, contoso: Tenant, northwind: Tenant, own_ids: dict[str, UUID], foreign_ids: dict[str, UUID]
) -> None:
    async with browse(contoso, ADELE) as desk:
        app = desk.client.app
        app.register(Router("/", route_handlers=[leak_of_somebody], dependencies={"visit": Provide(_member)}))
        leaks = [way for way in ways(app) if way.path.startswith("/leaks")]
        told = await foreign_rows(desk, leaks, own_ids, foreign_ids, northwind)
    assert told == [f"GET /leaks/{{user_id}} ({whose}): 200 ['Ned North']" for whose in ("own", "foreign")]


# Nobody


async def served_to_nobody(
    client: AsyncTestClient[Litestar], some: Iterable[Way], tenant: Tenant, ids: type_ids
) -> list[str]:
    """Ways that do anything but lead somebody who is not signed in to the sign-in."""
    told = []
    for way in some:
        path = f"/t/{tenant.slug}{way.path}".format(**{name: ids[name] for name in way.parameters})
        sent = fields(ids, tenant) if way.method != "GET" else None
        page = await client.request(way.method, path, data=sent, follow_redirects=False)
        part = await client.request(
            way.method, path, data=sent, headers={"HX-Request": "true", "HX-Target": "pane"}, follow_redirects=False
        )
        led = page.headers.get("location", "").partition("?")[0]
        seen = (page.status_code, led, part.status_code, part.text)
        if seen != (303, "/sign-in", 401, ""):
            told.append(f"{way.method} {way.path}: {seen[:3]}")
    return told


async def test_nobody_is_led_to_the_sign_in_and_changes_nothing(
    house: House, db: Database, contoso: Tenant, own_ids: dict[str, UUID]
) -> None:
    before = await rows_of(db, contoso)
    async with AsyncTestClient(create_app(house)) as client:
        told = await served_to_nobody(client, ways(client.app), contoso, own_ids)
    assert told == []
    assert await rows_of(db, contoso) == before


async def test_a_page_for_everybody_is_seen(house: House, contoso: Tenant, own_ids: dict[str, UUID]) -> None:
    app = create_app(house)
    app.register(leak)
    async with AsyncTestClient(app) as client:
        told = await served_to_nobody(client, [Way("GET", "/leak")], contoso, own_ids)
    assert told == ["GET /leak: (200, '', 200)"]
