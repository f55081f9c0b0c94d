"""A forgotten password: a letter with a link, the same answer and the same work for every address."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tenantry.commands.own_password import RESETS_PER_EMAIL, send_reset_link
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.sessions import token_hash
from tenantry.store.tables import accounts, letters, links, users
from tests import cast
from tests.cast import ADELE, PETER
from tests.web.conftest import type_browse, words
from tests.web.test_account import NEW, Own
from tests.web.test_sign_in import sign_in, visitor
from tests.world import Tenant, query_count

SITE = "https://tenantry.example"


async def link_of(db: Database, tenant: Tenant, who: Any, now: datetime | None = None) -> str:
    """The token of the link in a new letter to somebody."""
    now = now or datetime.now(UTC)
    await send_reset_link(db, email=tenant.email(who), language="en", site=SITE, now=now)
    return (await letter_to(db, tenant.email(who))).params["link"].removeprefix(f"{SITE}/reset/")


async def letter_to(db: Database, email: str, kind: str = "password_reset") -> Any:
    wanted = select(letters).where(letters.c.recipient == email, letters.c.kind == kind).order_by(letters.c.id.desc())
    async with db.transaction() as tx:
        return (await tx.execute(wanted.limit(1))).one_or_none()


async def choose(client: Any, token: str, password: str = NEW, repeated: str = "") -> Any:
    return await client.post(f"/reset/{token}", data={"password": password, "repeated": repeated or password})


async def test_every_address_gets_the_same_answer_after_the_same_work(house: House, contoso: Tenant) -> None:
    told, done = [], []
    async with visitor(house) as client:
        for email in (contoso.email(PETER), f"nobody@{contoso.domain}", "not an address", "null\0@x"):
            with query_count(house.db) as asked:
                answer = await client.post("/forgot", data={"email": email})
            assert answer.status_code == 200
            told.append(re.sub(r'name="next" value="[^"]*"', "", answer.text.replace(email.replace("\0", ""), "X")))
            done.append(asked.texts)
    assert all(one == told[0] for one in told)
    assert all(one == done[0] for one in done)


async def test_asking_is_throttled_for_every_address_alike(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        for email in (contoso.email(PETER), f"nobody@{contoso.domain}"):
            for _ in range(RESETS_PER_EMAIL):
                assert (await client.post("/forgot", data={"email": email})).status_code == 200
            answer = await client.post("/forgot", data={"email": email})
            assert answer.status_code == 429
            assert "Too many tries" in words(answer)


async def test_the_letter_leads_to_a_new_password(house: House, db: Database, contoso: Tenant) -> None:
    token = await link_of(db, contoso, PETER)
    async with visitor(house) as client:
        for _ in range(2):  # looking does not use it up
            assert contoso.email(PETER) in words(await client.get(f"/reset/{token}"))
        answer = await choose(client, token)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert (await sign_in(client, contoso.email(PETER))).status_code == 422
        assert (await sign_in(client, contoso.email(PETER), NEW)).status_code == 303
    assert await letter_to(db, contoso.email(PETER), "password_changed") is not None


async def test_a_new_password_ends_every_session(
    browse: type_browse, house: House, db: Database, contoso: Tenant
) -> None:
    token = await link_of(db, contoso, PETER)
    async with browse(contoso, PETER) as desk, visitor(house) as client:
        await choose(client, token)
        assert (await Own(desk).ask("/account")).headers["location"].startswith("/sign-in")


async def test_a_link_is_good_once(house: House, db: Database, contoso: Tenant) -> None:
    token = await link_of(db, contoso, PETER)
    async with visitor(house) as client:
        await choose(client, token)
        for answer in (await client.get(f"/reset/{token}"), await choose(client, token, "another few words")):
            assert answer.status_code == 409
            assert "used already, is too old, or your password was changed" in words(answer)
        assert (await sign_in(client, contoso.email(PETER), NEW)).status_code == 303


async def test_a_link_is_good_for_an_hour(house: House, db: Database, contoso: Tenant) -> None:
    token = await link_of(db, contoso, PETER, datetime.now(UTC) - timedelta(minutes=61))
    async with visitor(house) as client:
        assert (await choose(client, token)).status_code == 409
        assert (await sign_in(client, contoso.email(PETER))).status_code == 303


async def test_only_the_last_link_is_good(house: House, db: Database, contoso: Tenant) -> None:
    first = await link_of(db, contoso, PETER)
    last = await link_of(db, contoso, PETER)
    async with visitor(house) as client:
        assert (await client.get(f"/reset/{first}")).status_code == 409
        assert (await client.get(f"/reset/{last}")).status_code == 200


async def test_a_link_is_dead_after_the_password_was_changed_otherwise(
    browse: type_browse, house: House, db: Database, contoso: Tenant
) -> None:
    tokens = [await link_of(db, contoso, who) for who in (PETER, ADELE)]
    async with browse(contoso, PETER) as desk:
        await Own(desk).send("/account/password", old=cast.PASSWORD, password=NEW, repeated=NEW)
    async with db.transaction() as tx:  # as an admin's reset does
        theirs = update(accounts).where(accounts.c.id == contoso.accounts[ADELE])
        await tx.execute(theirs.values(password_at=datetime.now(UTC)))
    async with visitor(house) as client:
        for token in tokens:
            assert (await client.get(f"/reset/{token}")).status_code == 409
            assert (await choose(client, token, "another few words")).status_code == 409


async def test_a_weak_password_leaves_the_link_good(house: House, db: Database, contoso: Tenant) -> None:
    token = await link_of(db, contoso, PETER)
    async with visitor(house) as client:
        assert "at least 12 characters" in words(await choose(client, token, "short"))
        assert "not the same as above" in words(await choose(client, token, NEW, "other words entirely"))
        assert (await choose(client, token)).status_code == 303


async def test_a_token_is_kept_as_its_hash_and_told_to_no_page(house: House, db: Database, contoso: Tenant) -> None:
    token = await link_of(db, contoso, PETER)
    async with db.transaction() as tx:
        kept = select(links.c.hash).where(links.c.account_id == contoso.accounts[PETER])
        assert (await tx.execute(kept)).scalars().all() == [token_hash(token)]
    async with visitor(house) as client:
        for place in (token, "0" * 43):
            assert (await client.get(f"/reset/{place}")).headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("why", ["blocked", "closed", "no password", "unknown"])
async def test_who_cannot_sign_in_gets_no_letter(db: Database, contoso: Tenant, why: str) -> None:
    email = contoso.email(PETER) if why != "unknown" else f"nobody@{contoso.domain}"
    facts = {"closed": {"closed_at": cast.NOW}, "no password": {"password_hash": None}}.get(why)
    async with db.transaction(contoso.id) as tx:
        if facts:
            await tx.execute(update(accounts).where(accounts.c.id == contoso.accounts[PETER]).values(facts))
        if why == "blocked":
            await tx.execute(update(users).where(users.c.id == contoso.people[PETER]).values(blocked_at=cast.NOW))
    await send_reset_link(db, email=email, language="en", site=SITE, now=datetime.now(UTC))
    assert await letter_to(db, email) is None


async def test_the_letter_speaks_the_accounts_language(db: Database, contoso: Tenant) -> None:
    async with db.transaction() as tx:
        mine = update(accounts).where(accounts.c.id == contoso.accounts[ADELE])
        await tx.execute(mine.values(language="nb"))
    for who, spoken in ((ADELE, "nb"), (PETER, "da")):
        await send_reset_link(db, email=contoso.email(who), language="da", site=SITE, now=datetime.now(UTC))
        assert (await letter_to(db, contoso.email(who))).language == spoken


def test_the_link_leads_where_the_settings_say_and_never_where_a_request_says() -> None:
    assert Settings(public_url="https://tenantry.example/").address == "https://tenantry.example"
    assert Settings(host="0.0.0.0", port=8100).address == "http://localhost:8100"
