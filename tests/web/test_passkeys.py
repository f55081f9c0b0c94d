"""Passkeys over HTTP, with a device made of Python: as a second step, alone, and as somebody else would show them."""

from dataclasses import replace
from uuid import UUID

import pytest
from httpx import Response
from litestar.testing import AsyncTestClient
from sqlalchemy import select

from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.tables import sessions
from tenantry.web import create_app
from tenantry.web.visit import SESSION, csrf_of
from tests.cast import HENRIETTA, PETER, Character
from tests.web.conftest import Desk, type_browse, words
from tests.web.soft_key import SoftKey
from tests.web.test_second_step import TWO_STEP, add_app, codes_on, half, history, send, step
from tests.web.test_sign_in import type_client, visitor
from tests.world import Tenant

SITE = "http://testserver.local"


def device(**wishes: bool) -> SoftKey:
    return SoftKey(SITE, "testserver.local", **wishes)


async def add(desk: Desk, key: SoftKey, name: str = "Laptop") -> Response:
    """Adds a passkey as the page's script does."""
    asked = (await send(desk, f"{TWO_STEP}/passkey/options")).json()
    return await send(desk, f"{TWO_STEP}/passkey", passkey=key.create(asked), name=name)


async def with_key(browse: type_browse, tenant: Tenant, who: Character = PETER) -> SoftKey:
    """Somebody's passkey."""
    key = device()
    async with browse(tenant, who) as desk:
        assert len(codes_on(await add(desk, key))) == 10
    return key


async def asked(client: type_client) -> dict[str, str]:
    """What the second step's page asks the browser."""
    form = {"_csrf_token": csrf_of(client.cookies[SESSION])}
    return (await client.post("/sign-in/second-step/options", data=form)).json()


async def alone(client: type_client, key: SoftKey) -> Response:
    """A sign-in by the passkey alone."""
    options = (await client.post("/sign-in/passkey/options")).json()
    return await client.post("/sign-in/passkey", data={"passkey": key.get(options), "next": "/t/x/licenses"})


async def is_two_step(db: Database, account_id: UUID) -> set[bool]:
    async with db.transaction() as tx:
        return set((await tx.execute(select(sessions.c.two_step).where(sessions.c.account_id == account_id))).scalars())


async def test_a_passkey_is_a_second_step(house: House, browse: type_browse, db: Database, contoso: Tenant) -> None:
    key = await with_key(browse, contoso)
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        assert "Use a passkey" in (await client.get("/sign-in/second-step")).text
        assert (await step(client, passkey=key.get(await asked(client)))).headers["location"] == "/t/x/users/active"
        assert "Laptop" in (await client.get(TWO_STEP)).text
    assert (await history(db, contoso.accounts[PETER]))[-1] == ("passkey", "done")


async def test_a_device_that_does_not_verify_is_a_second_step_but_never_both(
    house: House, browse: type_browse, contoso: Tenant
) -> None:
    key = await with_key(browse, contoso)
    key.verifies = False
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        assert (await step(client, passkey=key.get(await asked(client)))).status_code == 303
    async with visitor(house) as client:
        assert (await alone(client, key)).headers["location"].startswith("/sign-in")
        assert SESSION not in client.cookies


async def test_a_passkey_alone_signs_in_and_counts_as_two_steps(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    key = await with_key(browse, contoso)
    async with visitor(house) as client:
        assert (await alone(client, key)).headers["location"] == "/t/x/licenses"
        assert (await client.get(TWO_STEP)).status_code == 200
    assert await is_two_step(db, contoso.accounts[PETER]) == {True}


async def test_an_answer_is_worth_nothing_the_second_time(house: House, browse: type_browse, contoso: Tenant) -> None:
    key = await with_key(browse, contoso)
    async with visitor(house) as client, visitor(house) as thief:
        options = (await client.post("/sign-in/passkey/options")).json()
        answer = key.get(options)
        assert (await client.post("/sign-in/passkey", data={"passkey": answer})).headers["location"] == "/"
        again = await thief.post("/sign-in/passkey", data={"passkey": answer})
        assert again.headers["location"].startswith("/sign-in")
        assert SESSION not in thief.cookies


@pytest.mark.parametrize("what", ["origin", "rp_id", "count", "key", "account"])
async def test_an_answer_that_is_not_quite_it_opens_nothing(
    what: str, house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    key = await with_key(browse, contoso)
    other = device()
    spoiled = {"origin": "https://evil.example", "rp_id": "evil.example", "count": -1, "key": other.key}
    spoiled["account"] = contoso.accounts[HENRIETTA].bytes
    key.count = 5
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        assert (await step(client, passkey=key.get(await asked(client)))).status_code == 303
    wrong = replace(key, **{what: spoiled[what]})
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        answer = await step(client, passkey=wrong.get(await asked(client)))
        assert answer.status_code == 422
    assert (await history(db, contoso.accounts[PETER]))[-1] == ("passkey", "wrong")


@pytest.mark.parametrize("sent", ["nonsense", "{}", '{"id": 1}', "[]", "null", '{"response": {}}'])
async def test_nonsense_is_no_answer(sent: str, house: House, browse: type_browse, contoso: Tenant) -> None:
    await with_key(browse, contoso)
    async with visitor(house) as client:
        assert (await client.post("/sign-in/passkey", data={"passkey": sent})).status_code == 303
        await half(client, contoso, PETER)
        assert (await step(client, passkey=sent)).status_code == 422
    async with browse(contoso, HENRIETTA) as desk:
        await send(desk, f"{TWO_STEP}/passkey/options")
        assert (await send(desk, f"{TWO_STEP}/passkey", passkey=sent, name="x")).status_code == 422


async def test_the_passkey_of_another_account_is_no_second_step(
    house: House, browse: type_browse, contoso: Tenant
) -> None:
    await with_key(browse, contoso)
    theirs = await with_key(browse, contoso, HENRIETTA)
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        assert (await step(client, passkey=theirs.get(await asked(client)))).status_code == 422


async def test_a_passkey_that_is_there_is_not_made_once_more(browse: type_browse, contoso: Tenant) -> None:
    key = device()
    async with browse(contoso, PETER) as desk:
        await add_app(desk)
        assert (await add(desk, key)).headers["location"] == TWO_STEP
        options = (await send(desk, f"{TWO_STEP}/passkey/options")).json()
        assert len(options["excludeCredentials"]) == 1
        assert (await send(desk, f"{TWO_STEP}/passkey", passkey=key.create(options), name="Twin")).status_code == 422
    async with browse(contoso, HENRIETTA) as desk:
        assert (await add(desk, key)).status_code == 422


async def test_a_challenge_makes_one_passkey(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, PETER) as desk:
        options = (await send(desk, f"{TWO_STEP}/passkey/options")).json()
        assert len(codes_on(await send(desk, f"{TWO_STEP}/passkey", passkey=device().create(options), name="a"))) == 10
        again = await send(desk, f"{TWO_STEP}/passkey", passkey=device().create(options), name="b")
    assert (again.status_code, "was not accepted" in words(again)) == (422, True)


async def test_behind_a_proxy_the_setting_says_where_people_are(
    house: House, browse: type_browse, contoso: Tenant
) -> None:
    settings: Settings = replace(house.settings, public_url="https://seats.example")
    async with AsyncTestClient(create_app(replace(house, settings=settings))) as client:
        options = (await client.post("/sign-in/passkey/options")).json()
    assert options["rpId"] == "seats.example"
