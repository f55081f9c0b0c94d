"""Signing in and out, and what the gate lets through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.testing import AsyncTestClient
from sqlalchemy import func, select

from tenantry.queries.house import House
from tenantry.store.tables import sessions
from tenantry.web import create_app
from tenantry.web.visit import LANGUAGE, SESSION
from tests import cast
from tests.cast import ADELE, HENRIETTA, PETER
from tests.world import Tenant

type_client = AsyncTestClient[Litestar]


@asynccontextmanager
async def visitor(house: House) -> AsyncIterator[type_client]:
    async with AsyncTestClient(create_app(house)) as client:
        client.follow_redirects = False
        yield client


async def sign_in(client: type_client, email: str, password: str = cast.PASSWORD, **fields: str):
    return await client.post("/sign-in", data={"email": email, "password": password, **fields})


async def test_the_right_password_leads_to_the_tenants_home(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        answer = await sign_in(client, contoso.email(ADELE))
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert (await client.get("/")).headers["location"] == f"/t/{contoso.slug}/"
        home = await client.get(f"/t/{contoso.slug}/")
    assert home.status_code == 200
    assert "Adele Vance" in home.text


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        cookie = (await sign_in(client, contoso.email(ADELE))).headers["set-cookie"].lower()
    assert SESSION in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_unknown_and_wrong_get_the_same_answer(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        wrong = await sign_in(client, contoso.email(ADELE), "not the password")
        unknown = await sign_in(client, f"nobody@{contoso.domain}", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    hidden = (contoso.email(ADELE), f"nobody@{contoso.domain}")
    assert wrong.text.replace(hidden[0], "X") == unknown.text.replace(hidden[1], "X")
    assert "e-mail address or the password is wrong" in wrong.text


async def test_what_was_typed_stays_and_the_password_does_not(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        answer = await sign_in(client, contoso.email(ADELE), "not-the-password")
    assert contoso.email(ADELE) in answer.text
    assert "not-the-password" not in answer.text


async def test_ten_tries_and_then_even_the_right_password_has_to_wait(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        for _ in range(10):
            await sign_in(client, contoso.email(PETER), "guess")
        answer = await sign_in(client, contoso.email(PETER))
        other = await sign_in(client, contoso.email(ADELE))
    assert answer.status_code == 429
    assert "Too many tries" in answer.text
    assert other.status_code == 303


async def test_right_passwords_are_not_counted(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        for _ in range(9):
            await sign_in(client, contoso.email(PETER), "guess")
        for _ in range(11):
            assert (await sign_in(client, contoso.email(PETER))).status_code == 303
        assert (await sign_in(client, contoso.email(PETER), "guess")).status_code == 422


async def test_signing_out_ends_the_session_for_good(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        await sign_in(client, contoso.email(ADELE))
        token = client.cookies[SESSION]
        page = await client.get(f"/t/{contoso.slug}/")
        csrf = page.text.split('name="csrf-token" content="')[1].split('"')[0]
        assert (await client.post("/sign-out", data={"_csrf_token": csrf})).status_code == 303
        client.cookies.set(SESSION, token)
        assert (await client.get(f"/t/{contoso.slug}/")).headers["location"].startswith("/sign-in")


async def test_a_form_without_the_sessions_token_changes_nothing(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        await sign_in(client, contoso.email(ADELE))
        assert (await client.post("/sign-out")).status_code == 409
        forged = await client.post("/sign-out", data={"_csrf_token": "0" * 64})
        assert forged.status_code == 409
        assert (await client.get(f"/t/{contoso.slug}/")).status_code == 200


async def test_a_form_that_another_site_sent_is_refused(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        data = {"email": contoso.email(ADELE), "password": cast.PASSWORD}
        answer = await client.post("/sign-in", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


async def test_a_page_asked_for_before_signing_in_comes_after_it(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        asked = await client.get(f"/t/{contoso.slug}/?x=1")
        assert asked.headers["location"] == f"/sign-in?next=%2Ft%2F{contoso.slug}%3Fx%3D1"
        answer = await sign_in(client, contoso.email(ADELE), next=f"/t/{contoso.slug}?x=1")
    assert answer.headers["location"] == f"/t/{contoso.slug}?x=1"


async def test_nobody_is_led_to_another_site(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        for place in (
            "https://evil.example/",
            "//evil.example",
            "/t//evil.example",
            "/t/\\evil",
            "javascript:alert(1)",
        ):
            answer = await sign_in(client, contoso.email(ADELE), next=place)
            assert answer.headers["location"] == "/"


async def test_another_tenants_pages_are_not_there(house: House, contoso: Tenant, northwind: Tenant) -> None:
    async with visitor(house) as client:
        await sign_in(client, contoso.email(ADELE))
        foreign = await client.get(f"/t/{northwind.slug}/")
        unknown = await client.get("/t/no-such-place/")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text.replace(northwind.slug, "X") == unknown.text.replace("no-such-place", "X")


async def test_each_sign_in_is_a_session_of_its_own(house: House, contoso: Tenant) -> None:
    async with visitor(house) as one, visitor(house) as other:
        await sign_in(one, contoso.email(HENRIETTA))
        await sign_in(other, contoso.email(HENRIETTA))
        assert one.cookies[SESSION] != other.cookies[SESSION]
    async with house.db.transaction() as tx:
        mine = select(func.count()).where(sessions.c.account_id == contoso.accounts[HENRIETTA])
        assert (await tx.execute(mine)).scalar_one() == 2


async def test_the_browsers_language_is_spoken_until_the_reader_chooses(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        first = await client.get("/sign-in", headers={"Accept-Language": "fr, nn;q=0.9, en;q=0.5"})
        assert '<html lang="nb"' in first.text
        await client.post("/language", data={"language": "nl", "next": "/sign-in"})
        assert client.cookies[LANGUAGE] == "nl"
        assert '<html lang="nl"' in (await client.get("/sign-in", headers={"Accept-Language": "da"})).text


async def test_a_chosen_language_goes_with_the_account(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        await sign_in(client, contoso.email(ADELE))
        page = (await client.get(f"/t/{contoso.slug}/")).text
        csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
        await client.post("/language", data={"language": "da", "next": f"/t/{contoso.slug}/", "_csrf_token": csrf})
    async with visitor(house) as elsewhere:
        await sign_in(elsewhere, contoso.email(ADELE))
        assert '<html lang="da"' in (await elsewhere.get(f"/t/{contoso.slug}/")).text


async def test_a_language_that_is_not_spoken_here_is_refused(house: House) -> None:
    async with visitor(house) as client:
        answer = await client.post("/language", data={"language": "xx"})
    assert answer.status_code == 422
    assert "“xx”" in answer.text


async def test_every_page_comes_under_a_strict_policy_and_into_no_cache(house: House) -> None:
    async with visitor(house) as client:
        answer = await client.get("/sign-in")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
