"""Many forms at one moment, over real HTTP: no seat is given twice, and a form sent twice is done once."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from anyio import create_task_group
from anyio.from_thread import BlockingPortal
from granian.constants import Interfaces
from granian.server.embed import Server
from httpx import AsyncClient, Limits, Response
from sqlalchemy import insert

from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.sessions import token_hash
from tenantry.store.tables import sessions
from tenantry.web import create_app
from tenantry.web.visit import SESSION, csrf_of
from tests.cast import ADELE, BASIC, LIDIA, PETER, ULLA
from tests.web.conftest import words
from tests.world import Tenant, consumed, held, make_pool, make_users, rows_of

SEATS, RACERS = 10, 50
ASSIGN = f"/licenses/{BASIC.sku_id}/assign"


@pytest.fixture(scope="module")
def site(house: House, portal: BlockingPortal) -> Iterator[str]:
    """The address of a real server on the shared database."""
    with portal.wrap_async_context_manager(_serving(house)) as address:
        yield address


@asynccontextmanager
async def _serving(house: House) -> AsyncIterator[str]:
    port = await _unused_port()
    server = Server(create_app(house), address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    address = f"http://127.0.0.1:{port}"
    async with create_task_group() as group:
        group.start_soon(server.serve)
        yield address
        server.stop()


async def _unused_port() -> int:
    probe = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    async with probe:
        return int(probe.sockets[0].getsockname()[1])


async def sign_in(db: Database, tenant: Tenant, n: int) -> list[str]:
    """`n` sessions of those who may assign licenses."""
    now, accounts = datetime.now(UTC), [tenant.accounts[who] for who in (ADELE, LIDIA, ULLA)]
    tokens = [secrets.token_urlsafe(32) for _ in range(n)]
    times = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=1)}
    rows = [
        {"token_hash": token_hash(token), "account_id": accounts[i % len(accounts)], **times}
        for i, token in enumerate(tokens)
    ]
    async with db.transaction() as tx:
        await tx.execute(insert(sessions), rows)
    return tokens


async def send(client: AsyncClient, tenant: Tenant, token: str, form: dict[str, str]) -> Response:
    """A form of somebody who has a session, with its token."""
    cookies = {"cookie": f"{SESSION}={token}"}
    return await client.post(f"/t/{tenant.slug}{ASSIGN}", data={"_csrf_token": csrf_of(token), **form}, headers=cookies)


def client_of(site: str) -> AsyncClient:
    """A client that waits for no connection of its own: every request is under way at once."""
    return AsyncClient(base_url=site, timeout=60, limits=Limits(max_connections=None))


async def test_fifty_requests_at_once_get_the_last_ten_seats(site: str, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, SEATS)
    people = await make_users(db, contoso.id, RACERS)
    tokens = await sign_in(db, contoso, RACERS)
    async with client_of(site) as client:
        forms = ({"user": str(user_id), "key": str(new_id())} for user_id in people)
        answers = await asyncio.gather(*map(send, [client] * RACERS, [contoso] * RACERS, tokens, forms))
    seated = {user_id for user_id, answer in zip(people, answers, strict=True) if answer.status_code == 303}
    refused = [answer for answer in answers if answer.status_code == 409]
    assert (len(seated), len(refused)) == (SEATS, RACERS - SEATS)
    assert {user_id for user_id, _ in await held(db, contoso.id)} == seated
    assert await consumed(db, contoso.id) == {BASIC.sku_id: SEATS}
    assert len(await rows_of(db, contoso.id, "operations")) == SEATS
    for answer in refused:
        assert "Business Basic: 1 seat is missing." in words(answer)


async def test_a_form_sent_twenty_times_at_once_is_done_once(site: str, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, SEATS)
    (token,) = await sign_in(db, contoso, 1)
    form = {"user": str(contoso.people[PETER]), "key": str(new_id())}
    async with client_of(site) as client:
        answers = await asyncio.gather(*(send(client, contoso, token, form) for _ in range(20)))
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert {(answer.status_code, answer.text) for answer in answers} == {(303, "")}
    (location,) = {answer.headers["location"] for answer in answers}
    assert re.search(r"operation=([0-9a-f-]+)", location)[1] == str(operation["id"])  # type: ignore[index]
    assert await held(db, contoso.id) == {(contoso.people[PETER], BASIC.sku_id): frozenset()}
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1}
