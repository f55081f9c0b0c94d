"""Signing up in a browser: the way in, what a stranger is not told, and what people find inside."""

import re
from itertools import count
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import func, select, update

from tenantry.domain.sign_ups import TRIES
from tenantry.queries.house import House
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.web.sign_up import TOKEN
from tenantry.web.visit import SESSION
from tests.cast import ADELE, LIDIA, MEETINGS, PASSWORD, PETER, RASMUS, Character
from tests.conftest import type_run
from tests.web.conftest import Boss, desk_of, make_boss, type_browse, words
from tests.web.test_sign_in import sign_in, visitor
from tests.world import Tenant, make_group, make_users, query_count, rows_of

ANE, BO = Character("ane", "Ane Dahl"), Character("bo", "Bo Berg")
_numbers = count(1)
YOU = {"name": "Rob Young", "country": "DK", "password": PASSWORD, "repeated": PASSWORD}


@pytest.fixture(autouse=True)
def unthrottled(db: Database, run: type_run) -> None:
    """All tests come from one network address."""

    async def forget() -> None:
        async with db.transaction() as tx:
            await tx.execute(tables.throttles.delete().where(tables.throttles.c.kind == "sign_up_address"))

    run(forget())


@pytest.fixture
def domain() -> str:
    return f"litware-{next(_numbers)}.example"


@pytest.fixture
def group(db: Database, run: type_run) -> Tenant:
    return run(make_group(db, (ANE, BO), MEETINGS))


async def code_of(db: Database, email: str) -> str:
    mine = func.lower(tables.letters.c.recipient) == email.lower()
    newest = select(tables.letters.c.params).where(mine).order_by(tables.letters.c.id.desc()).limit(1)
    async with db.transaction() as tx:
        return str((await tx.execute(newest)).scalar_one()["code"])


async def prove(client: Any, db: Database, email: str) -> Response:
    """As far as the page that asks who one is."""
    begun = await client.post("/sign-up", data={"email": email})
    assert (begun.status_code, begun.headers["location"]) == (303, "/sign-up/code")
    await client.post("/sign-up/code", data={"code": await code_of(db, email)})
    return await client.get("/sign-up/you")


async def test_the_first_of_a_domain_is_in_a_minute_later(house: House, db: Database, domain: str) -> None:
    async with visitor(house) as client:
        assert "/sign-up" in (await client.get("/sign-in")).text
        page = words(await prove(client, db, f"rob@{domain}"))
        assert "You are the first of your domain" in page
        done = await client.post("/sign-up/you", data=YOU)
        assert (done.status_code, client.cookies.get(TOKEN)) == (303, None)
        apps = words(await client.get(done.headers["location"]))
        assert "Meetings" in apps
        assert "Become the admin of the group" in apps
        home = done.headers["location"].removesuffix("/apps")
        assert (await client.get(f"{home}/")).headers["location"] == f"{home}/apps"
        assert f"rob@{domain}" in words(await client.get(f"{home}/colleagues"))
        for path in ("/users/active", "/licenses", "/billing/invoices", "/settings/organization", "/audit", "/roles"):
            assert (await client.get(f"{home}{path}")).status_code == 403


async def test_a_stranger_is_told_the_same_of_every_address_after_the_same_work(
    house: House, db: Database, contoso: Tenant
) -> None:
    told, done = [], []
    await_page = re.compile(r"[\w.]+@[\w.-]+")
    async with visitor(house) as warm:
        await warm.post("/sign-up", data={"email": f"warm@{contoso.domain}"})
    for email in (contoso.email(PETER), f"nobody@{contoso.domain}"):
        async with visitor(house) as client:
            with query_count(house.db) as asked:
                begun = await client.post("/sign-up", data={"email": email})
            assert begun.status_code == 303
            page = (await client.get("/sign-up/code")).text
            wrong = (await client.post("/sign-up/code", data={"code": "nothing"})).text
            told.append([await_page.sub("X", text) for text in (page, wrong)])
            done.append(asked.texts)
    assert told[0] == told[1]
    assert done[0] == done[1]


async def test_who_has_an_account_signs_in_and_gets_the_product(house: House, db: Database, contoso: Tenant) -> None:
    async with visitor(house) as client:
        page = await prove(client, db, contoso.email(PETER))
        assert "You have an account already" in words(page)
        assert 'name="password"' not in page.text
        assert (await client.post("/sign-up/you", data=YOU)).status_code == 409
        signed_in = await sign_in(client, contoso.email(PETER), next="/sign-up/you")
        assert signed_in.headers["location"] == "/sign-up/you"
        page = await client.get("/sign-up/you")
        assert "Meetings is added to your account" in words(page)
        token = re.search(r'name="_csrf_token" value="(\w+)"', page.text)
        assert token
        done = await client.post("/sign-up/you", data={"_csrf_token": token[1], "country": "DK"})
        assert done.headers["location"] == f"/t/{contoso.slug}/apps"
    (license,) = await rows_of(db, contoso.id, "licenses")
    assert license["user_id"] == contoso.people[PETER]


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"join_by_email": False}, "does not let people join by e-mail"),
        ({"federated": True}, "adds its people itself"),
        ({"self_licensing": False}, "does not let people take products themselves"),
    ],
)
async def test_an_organization_that_wants_nobody_says_whom_to_ask(
    house: House, db: Database, contoso: Tenant, switches: dict[str, bool], said: str
) -> None:
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tables.tenants).values(switches))
    async with visitor(house) as client:
        page = await prove(client, db, f"new@{contoso.domain}")
        assert page.status_code == 409
        assert said in words(page)
        assert "Sign up with another address" in words(page)


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("rob@gmail.com", "gmail.com is for private mail"),
        ("rob+x@contoso.example", "Leave out the plus"),
        ('"rob"@contoso.example', "is not an e-mail address"),
        ("rob@cоntoso.com", "mixes letters of two alphabets"),
        ("rob", "is not an e-mail address"),
        ("rob\0@contoso.example<script>", "is not an e-mail address"),
    ],
)
async def test_an_address_that_does_not_do_is_told_with_a_way_out(house: House, email: str, said: str) -> None:
    async with visitor(house) as client:
        answer = await client.post("/sign-up", data={"email": email})
    assert answer.status_code == 422
    assert said in words(answer)
    assert "<script>" not in answer.text.partition("<main")[2]


async def test_back_again_and_two_windows_lead_on_and_never_in_twice(house: House, db: Database, domain: str) -> None:
    email = f"rob@{domain}"
    async with visitor(house) as client:
        assert (await client.get("/sign-up/code")).status_code == 409
        assert (await client.get("/sign-up/you")).status_code == 409
        await client.post("/sign-up", data={"email": email})
        assert (await client.get("/sign-up/you")).headers["location"] == "/sign-up/code"
        assert (await client.get("/sign-up/code/again")).headers["location"] == "/sign-up/code"
        code = await code_of(db, email)
        for _ in range(2):  # the second window
            assert (await client.post("/sign-up/code", data={"code": code})).headers["location"] == "/sign-up/you"
        assert (await client.get("/sign-up/code")).headers["location"] == "/sign-up/you"
        token = client.cookies[TOKEN]
        weak = await client.post("/sign-up/you", data=YOU | {"password": "short", "repeated": "short"})
        assert (weak.status_code, "at least 12" in words(weak), "Rob Young" in weak.text) == (422, True, True)
        differs = await client.post("/sign-up/you", data=YOU | {"repeated": "other words"})
        assert "not the same as above" in words(differs)
        assert (await client.post("/sign-up/you", data=YOU)).status_code == 303
        client.cookies.clear()
        client.cookies.set(TOKEN, token, path="/sign-up")
        again = await client.post("/sign-up/you", data=YOU)
        assert (again.status_code, "it is done already" in words(again)) == (409, True)


async def test_a_code_is_guessed_five_times_and_a_new_one_is_sent(house: House, db: Database, domain: str) -> None:
    email = f"rob@{domain}"
    async with visitor(house) as client:
        await client.post("/sign-up", data={"email": email})
        for left in range(TRIES - 1, 0, -1):
            wrong = await client.post("/sign-up/code", data={"code": "x"})
            assert f"You have {left} more" in words(wrong)
        assert "too many wrong codes" in words(await client.post("/sign-up/code", data={"code": "x"}))
        late = await client.post("/sign-up/code", data={"code": await code_of(db, email)})
        assert late.status_code == 409
        assert (await client.post("/sign-up/code/again")).status_code == 303
        right = await client.post("/sign-up/code", data={"code": await code_of(db, email)})
        assert right.headers["location"] == "/sign-up/you"


async def test_terms_are_read_and_accepted(house: House, db: Database, contoso: Tenant) -> None:
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tables.tenants).values(terms="Be kind.\n<b>Always</b>."))
    async with visitor(house) as client:
        page = await prove(client, db, f"new@{contoso.domain}")
        assert "&lt;b&gt;Always" in page.text
        assert "You have to accept the terms" in words(await client.post("/sign-up/you", data=YOU))
        assert (await client.post("/sign-up/you", data=YOU | {"terms": "1"})).status_code == 303


async def test_without_a_product_at_the_door_there_is_nothing_to_sign_up_for(
    own: Any, make_house: Any, open_db: Any, domain: str
) -> None:
    db = open_db(own.app_url)
    async with db.transaction() as tx:
        await tx.execute(tables.doors.delete())
    async with visitor(make_house(own)) as client:
        answer = await client.post("/sign-up", data={"email": f"rob@{domain}"})
    assert "nothing to sign up for" in words(answer)


# Inside


async def test_the_launcher_holds_ones_apps_and_the_admin_tile(
    browse: type_browse, contoso: Tenant, group: Tenant
) -> None:
    seen = {}
    for tenant, who in ((group, ANE), (contoso, PETER), (contoso, ADELE)):
        async with browse(tenant, who) as desk:
            tiles = await desk.get("/apps", target="launcher")
            seen[who] = (words(tiles), "/become-admin" in tiles.text)
    assert seen == {
        ANE: ("Meetings Admin All apps", True),
        PETER: ("All apps", False),
        ADELE: ("Admin All apps", False),
    }


async def test_somebody_of_a_managed_tenant_takes_the_free_product(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    form = {"product": str(MEETINGS.sku_id)}
    async with browse(contoso, PETER) as desk:
        assert "Free for you" in words(await desk.get("/apps"))
        for _ in range(2):
            assert (await desk.post("/apps", form)).status_code == 303
        assert "Free for you" not in words(await desk.get("/apps"))
        assert "Meetings" in words(await desk.get("/apps", target="launcher"))
        assert (await desk.post("/apps", {"product": "x"})).status_code == 404
    assert [row["command"] for row in await rows_of(db, contoso.id, "operations")] == ["take_product"]
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tables.tenants).values(self_licensing=False))
    async with browse(contoso, LIDIA) as desk:
        assert "999,999" not in words(await desk.get("/billing/overview"))
        assert "Meetings Free for everybody who signs up – 1 –" in words(await desk.get("/licenses"))
        assert "Free for you" not in words(await desk.get("/apps"))
        assert (await desk.post("/apps", form)).status_code == 403


async def test_who_is_nowhere_yet_says_where_they_are(browse: type_browse, db: Database, contoso: Tenant) -> None:
    async with db.transaction(contoso.id) as tx:
        theirs = update(tables.users).where(tables.users.c.id == contoso.people[PETER])
        await tx.execute(theirs.values(usage_location=None))
    form = {"product": str(MEETINGS.sku_id)}
    async with browse(contoso, PETER) as desk:
        assert 'name="country"' in (await desk.get("/apps")).text
        assert (await desk.post("/apps", form | {"country": "XX"})).status_code == 422
        assert (await desk.post("/apps", form | {"country": "NL"})).status_code == 303


async def test_colleagues_are_found_by_name_and_cost_as_many_statements_as_one(
    browse: type_browse, db: Database, group: Tenant
) -> None:
    async with browse(group, ANE) as desk:
        await desk.get("/colleagues")
        with query_count(db) as few:
            assert group.email(BO) in words(await desk.get("/colleagues"))
        await make_users(db, group.id, 60)
        with query_count(db) as many:
            page = await desk.get("/colleagues")
        assert few.count == many.count
        nextly = re.search(r'href="([^"]+after=[^"]+)"', page.text)
        assert nextly
        assert "Person 0000" in words(await desk.get(nextly[1].replace("&amp;", "&")))
        found = (await desk.get("/colleagues?q=bo", target="list")).text.partition('id="list"')[2]
        assert (group.email(BO) in found, "Person" in found) == (True, False)


async def test_an_account_of_a_group_is_closed_for_good_and_its_address_is_free(
    browse: type_browse, house: House, db: Database, group: Tenant
) -> None:
    async with browse(group, ANE) as desk:
        assert (await desk.post("/close-account", {"typed": "somebody else"})).status_code == 422
        done = await desk.post("/close-account", {"typed": group.email(ANE).upper()})
        assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
        assert (await desk.get("/apps")).headers["location"].startswith("/sign-in")
    assert [row["id"] for row in await rows_of(db, group.id, "users")] == [group.people[BO]]
    assert [row["consumed"] for row in await rows_of(db, group.id, "seat_pools")] == [1]
    assert {row["payload"]["plan_id"] for row in await rows_of(db, group.id, "outbox")}  # type: ignore[index]
    assert all(row["purged_at"] for row in await rows_of(db, group.id, "license_history"))
    async with visitor(house) as client:
        await prove(client, db, group.email(ANE))
        assert (await client.post("/sign-up/you", data=YOU)).headers["location"] == f"/t/{group.slug}/apps"


async def test_where_there_is_an_admin_nobody_closes_their_own_account(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, PETER) as desk:
        refused = await desk.post("/close-account", {"typed": contoso.email(PETER)})
    assert refused.status_code == 403
    assert "closed by its admins" in words(refused)


# Settings


async def test_an_admin_switches_self_service_off_and_nothing_is_taken_back(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        await desk.post("/apps", {"product": str(MEETINGS.sku_id)})
    async with browse(contoso, ADELE) as desk:
        page = await desk.get("/settings/self-service")
        seen = re.search(r'name="seen" value="(\w+)"', page.text)
        assert seen
        form = {"seen": seen[1], "join_by_email": "1", "terms": " Be kind.\r\nAlways. "}
        assert (await desk.post("/settings/self-service", form)).status_code == 303
        stale = await desk.post("/settings/self-service", form | {"terms": ""})
        assert (stale.status_code, "changed" in words(stale)) == (409, True)
        long = await desk.post("/settings/self-service", form | {"terms": "x" * 11_000})
        assert long.status_code == 422
    (row,) = await rows_of(db, contoso.id, "tenants")
    assert (row["join_by_email"], row["self_licensing"], row["terms"]) == (True, False, "Be kind.\nAlways.")
    assert len(await rows_of(db, contoso.id, "licenses")) == 1
    async with browse(contoso, RASMUS) as desk:
        assert "Be kind." in words(await desk.get("/settings/self-service"))


# The operator


async def test_the_operator_shuts_a_door_and_opens_it(own: Any, make_house: Any, open_db: Any) -> None:
    boss = await make_boss(open_db(own.app_url))
    form = {"door": "sign_up", "product": str(MEETINGS.sku_id)}
    async with desk_of(make_house(own), boss) as desk:
        assert (await desk.post("/doors", form | {"do": "withdraw"})).status_code == 303
        assert "nobody can sign up" in words(await desk.get("/doors"))
        assert (await desk.post("/doors", form)).status_code == 303
        unpriced = await desk.post("/doors", form | {"door": "admin"})
        assert (unpriced.status_code, "has no price" in words(unpriced)) == (422, True)
        assert "Offered Meetings at a door" in words(await desk.get("/log"))


async def test_the_operator_blocks_a_mail_domain_and_lets_it_in_again(house: House, boss: Boss, domain: str) -> None:
    async with desk_of(house, boss) as desk, visitor(house) as client:
        assert (await desk.post("/mail-domains", {"name": f" {domain.upper()}", "kind": "consumer"})).status_code == 303
        assert domain in words(await desk.get(f"/mail-domains?q={domain}"))
        assert (await client.post("/sign-up", data={"email": f"rob@mail.{domain}"})).status_code == 422
        await desk.post("/mail-domains/remove", {"name": domain})
        assert (await client.post("/sign-up", data={"email": f"rob@mail.{domain}"})).status_code == 303
        assert (await desk.post("/mail-domains", {"name": "no name", "kind": "consumer"})).status_code == 422
        assert client.cookies.get(SESSION) is None
