"""One's own account: settings, password, sessions and the tenants one may go to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tenantry.kit.ids import new_id
from tenantry.queries.gate import list_tenants
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.people_write import join_account
from tenantry.store.tables import accounts, factors, letters, sessions, sign_ins, users
from tenantry.web.visit import SESSION, TENANT, csrf_of
from tests import cast
from tests.cast import ADELE, NED, PETER
from tests.web.conftest import Desk, type_browse, words
from tests.web.test_sign_in import sign_in, visitor
from tests.world import Tenant, query_count

NEW = "four words in a row"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@asynccontextmanager
async def at_home(browse: type_browse, tenant: Tenant, who: Any) -> AsyncIterator[Any]:
    """Somebody signed in: `ask(path)` and `send(path, form)` of pages beside the tenant's."""
    async with browse(tenant, who) as desk:
        yield Own(desk)


class Own:
    def __init__(self, desk: Desk) -> None:
        self.client, self.token = desk.client, desk.client.cookies[SESSION]

    async def ask(self, path: str, **headers: str) -> Any:
        return await self.client.get(path, headers=headers)

    async def send(self, path: str, **form: str) -> Any:
        answer = await self.client.post(path, data={"_csrf_token": csrf_of(self.token), **form})
        if SESSION in answer.cookies:
            self.become(answer.cookies[SESSION])
        return answer

    def become(self, token: str) -> None:
        """Forgets every cookie for the one of a session."""
        self.token = token
        self.client.cookies.clear()
        self.client.cookies.set(SESSION, token)


async def account_row(db: Database, tenant: Tenant, who: Any) -> Any:
    async with db.transaction() as tx:
        return (await tx.execute(select(accounts).where(accounts.c.id == tenant.accounts[who]))).one()


async def set_account(db: Database, tenant: Tenant, who: Any, **facts: Any) -> None:
    async with db.transaction() as tx:
        await tx.execute(update(accounts).where(accounts.c.id == tenant.accounts[who]).values(**facts))


async def join(db: Database, tenant: Tenant, place: Tenant, who: Any, as_whom: Any) -> None:
    """Lets the account of `who` in `tenant` into `place` too, as somebody there."""
    async with db.transaction(place.id) as tx:
        await join_account(tx, place.id, place.people[as_whom], tenant.accounts[who])


# Settings

WISHES = {"language": "en", "time_zone": "", "theme": "light", "page_rows": "50"}


async def test_every_wish_is_kept(browse: type_browse, db: Database, contoso: Tenant) -> None:
    wishes = {"language": "da", "time_zone": "europe/copenhagen", "theme": "dark", "page_rows": "100"}
    async with at_home(browse, contoso, PETER) as own:
        answer = await own.send("/account", **wishes)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        page = await own.ask("/account")
    assert '<html lang="da" data-theme="dark"' in page.text
    assert 'value="Europe/Copenhagen"' in page.text
    row = await account_row(db, contoso, PETER)
    assert (row.language, row.time_zone, row.theme, row.page_rows) == ("da", "Europe/Copenhagen", "dark", 100)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("time_zone", "Atlantis/Sunken", "“Atlantis/Sunken” is not a time zone"),
        ("language", "xx", "“xx” is not one of the languages"),
        ("theme", "pink", "“pink” cannot be chosen"),
        ("page_rows", "7", "“7” cannot be chosen"),
    ],
)
async def test_what_cannot_be_chosen_is_said_at_its_field(
    browse: type_browse, db: Database, contoso: Tenant, field: str, value: str, said: str
) -> None:
    async with at_home(browse, contoso, PETER) as own:
        answer = await own.send("/account", **WISHES | {field: value})
    assert answer.status_code == 422
    assert said in words(answer)
    assert (await account_row(db, contoso, PETER)).theme == "auto"


async def test_times_are_told_in_the_chosen_zone(browse: type_browse, db: Database, contoso: Tenant) -> None:
    async with at_home(browse, contoso, PETER) as own:
        await own.send("/account", **WISHES | {"time_zone": "Asia/Tokyo"})
        page = await own.ask("/account/sessions")
    assert 'title="Asia/Tokyo"' in page.text
    assert "data-moment" not in page.text


async def test_the_account_needs_somebody_who_is_signed_in(house: House) -> None:
    async with visitor(house) as client:
        for path in ("/account", "/account/password", "/account/sessions", "/tenants"):
            answer = await client.get(path)
            assert answer.headers["location"].startswith("/sign-in")


async def test_an_operator_without_any_tenant_has_an_account_too(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(users).where(users.c.id == contoso.people[PETER]).values(blocked_at=cast.NOW))
    await set_account(db, contoso, PETER, is_operator=True, name="Olga Operator")
    async with at_home(browse, contoso, PETER) as own:
        page = await own.ask("/account")
    assert page.status_code == 200
    assert "Olga Operator" in words(page)
    assert f"/t/{contoso.slug}" not in page.text


# Tenants to go to


async def test_the_tenants_of_an_account_are_found_in_one_statement(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await join(db, contoso, northwind, ADELE, NED)
    with query_count(db) as asked:
        found = await list_tenants(db, account_id=contoso.accounts[ADELE])
    assert asked.count == 1
    assert [(one.slug, one.display_name) for one in found] == [
        (contoso.slug, "Adele Vance"),
        (northwind.slug, "Ned North"),
    ]


async def test_where_somebody_is_blocked_is_no_place_to_go(db: Database, contoso: Tenant) -> None:
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(users).where(users.c.id == contoso.people[PETER]).values(blocked_at=cast.NOW))
    assert await list_tenants(db, account_id=contoso.accounts[PETER]) == ()


async def test_the_start_leads_to_the_tenant_looked_at_last(
    browse: type_browse, db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await join(db, contoso, northwind, ADELE, NED)
    async with at_home(browse, contoso, ADELE) as own:
        assert (await own.ask("/")).headers["location"] == f"/t/{contoso.slug}/"
        await own.ask(f"/t/{northwind.slug}/find?q=a")
        assert own.client.cookies[TENANT] == northwind.slug
        assert (await own.ask("/")).headers["location"] == f"/t/{northwind.slug}/"
        own.become(own.token)
        own.client.cookies.set(TENANT, "somewhere-else")
        assert (await own.ask("/")).headers["location"] == f"/t/{contoso.slug}/"


async def test_the_menu_of_tenants_is_there_for_those_in_several(
    browse: type_browse, db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await join(db, contoso, northwind, ADELE, NED)
    async with at_home(browse, contoso, ADELE) as own:
        page = await own.ask(f"/t/{contoso.slug}/find?q=a")
        assert 'hx-get="/tenants"' in page.text
        menu = await own.ask("/tenants", **{"HX-Request": "true", "HX-Target": "tenant-menu"})
        assert menu.text.count("tn-menu-item") == 2
        assert words(await own.ask("/tenants")).count(northwind.slug.title()) == 1
    async with at_home(browse, contoso, PETER) as own:
        assert 'hx-get="/tenants"' not in (await own.ask(f"/t/{contoso.slug}/find?q=a")).text


# The password


async def change(own: Own, **form: str) -> Any:
    return await own.send("/account/password", **{"old": cast.PASSWORD, "password": NEW, "repeated": NEW, **form})


async def test_a_changed_password_ends_every_other_session_and_renews_this_one(
    browse: type_browse, house: House, contoso: Tenant
) -> None:
    async with at_home(browse, contoso, PETER) as own, at_home(browse, contoso, PETER) as other:
        before = own.token
        assert (await change(own)).status_code == 303
        assert own.token != before
        assert (await own.ask("/account")).status_code == 200
        assert (await other.ask("/account")).headers["location"].startswith("/sign-in")
        own.become(before)
        assert (await own.ask("/account")).headers["location"].startswith("/sign-in")
    async with visitor(house) as client:
        assert (await sign_in(client, contoso.email(PETER))).status_code == 422
        assert (await sign_in(client, contoso.email(PETER), NEW)).status_code == 303


async def test_a_letter_tells_of_the_change(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await set_account(db, contoso, PETER, language="nl")
    async with at_home(browse, contoso, PETER) as own:
        await change(own)
    async with db.transaction() as tx:
        sent = (await tx.execute(select(letters).where(letters.c.recipient == contoso.email(PETER)))).one()
    assert (sent.kind, sent.language) == ("password_changed", "nl")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"old": "not it"}, "This is not your password."),
        ({"password": "short", "repeated": "short"}, "at least 12 characters"),
        ({"password": "Password1234", "repeated": "Password1234"}, "among the first"),
        ({"password": "aaaaaaaaaaaaaaaa", "repeated": "aaaaaaaaaaaaaaaa"}, "among the first"),
        ({"password": cast.PASSWORD, "repeated": cast.PASSWORD}, "That is the password you have"),
        ({"repeated": "something else"}, "not the same as above"),
    ],
)
async def test_a_password_that_will_not_do_is_refused_with_its_reason(
    browse: type_browse, db: Database, contoso: Tenant, form: dict[str, str], said: str
) -> None:
    before = await account_row(db, contoso, PETER)
    async with at_home(browse, contoso, PETER) as own:
        answer = await change(own, **form)
    assert answer.status_code == 422
    assert said in words(answer)
    assert (await account_row(db, contoso, PETER)).password_hash == before.password_hash


async def test_ones_address_is_no_password(browse: type_browse, contoso: Tenant) -> None:
    async with at_home(browse, contoso, PETER) as own:
        address = contoso.email(PETER).upper()
        assert "your e-mail address" in words(await change(own, password=address, repeated=address))


async def test_who_finds_a_browser_signed_in_cannot_guess_for_long(browse: type_browse, contoso: Tenant) -> None:
    async with at_home(browse, contoso, PETER) as own:
        for _ in range(10):
            assert (await change(own, old="guess")).status_code == 422
        answer = await change(own)
    assert answer.status_code == 429
    assert "Too many tries" in words(answer)


async def test_a_password_that_somebody_else_made_has_to_be_changed_before_anything(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await set_account(db, contoso, ADELE, must_change_password=True)
    async with at_home(browse, contoso, ADELE) as own:
        place = f"/t/{contoso.slug}/users/active"
        for path in (place, "/account", "/account/sessions"):
            assert (await own.ask(path)).headers["location"].startswith("/account/password?next=")
        assert "Your password now" not in words(await own.ask("/account/password"))
        answer = await own.send("/account/password", password=NEW, repeated=NEW, next=place)
        assert answer.headers["location"] == place
        assert (await own.ask(place)).status_code == 200


# Sessions and sign-ins


async def test_sessions_tell_browser_address_and_which_is_this_one(house: House, contoso: Tenant) -> None:
    async with visitor(house) as client:
        client.headers["user-agent"] = FIREFOX
        await sign_in(client, contoso.email(PETER))
        page = words(await client.get("/account/sessions"))
    assert "Firefox on Windows This one" in page


async def test_one_session_or_all_others_can_be_ended(browse: type_browse, db: Database, contoso: Tenant) -> None:
    async with (
        at_home(browse, contoso, PETER) as own,
        at_home(browse, contoso, PETER) as second,
        at_home(browse, contoso, PETER) as third,
    ):
        page = await own.ask("/account/sessions")
        action = page.text.split('action="/account/sessions/')[2].split('"')[0]
        assert (await own.send(f"/account/sessions/{action}")).status_code == 303
        left = [(await one.ask("/account")).status_code for one in (second, third)]
        assert sorted(left) == [200, 303]
        answer = await own.send("/account/sessions/end-others")
        assert answer.status_code == 303
        assert [(await one.ask("/account")).status_code for one in (own, second, third)] == [200, 303, 303]


async def test_another_persons_session_cannot_be_ended(browse: type_browse, db: Database, contoso: Tenant) -> None:
    async with at_home(browse, contoso, PETER) as own, at_home(browse, contoso, ADELE) as other:
        async with db.transaction() as tx:
            theirs = select(sessions.c.id).where(sessions.c.account_id == contoso.accounts[ADELE])
            session_id = (await tx.execute(theirs)).scalar_one()
        assert (await own.send(f"/account/sessions/{session_id}/end")).status_code == 404
        assert (await other.ask("/account")).status_code == 200


async def test_every_try_to_sign_in_is_in_ones_history(house: House, db: Database, contoso: Tenant) -> None:
    async with visitor(house) as client:
        for _ in range(12):
            await sign_in(client, contoso.email(PETER), "guess")
        async with db.transaction() as tx:
            mine = select(sign_ins.c.outcome).where(sign_ins.c.account_id == contoso.accounts[PETER])
            outcomes = (await tx.execute(mine.order_by(sign_ins.c.id))).scalars().all()
    assert outcomes == ["wrong"] * 10 + ["limited"]


async def test_the_history_comes_in_pages_at_one_statement_each(
    browse: type_browse, house: House, contoso: Tenant
) -> None:
    db = house.db
    row = {"account_id": contoso.accounts[PETER], "outcome": "done", "method": "password", "agent": FIREFOX}
    async with db.transaction() as tx:
        some = [row | {"at": cast.NOW, "address": f"192.0.2.{n}"} for n in range(70)]
        await tx.execute(insert(sign_ins), some)
    async with at_home(browse, contoso, PETER) as own:
        with query_count(db) as asked:
            page = await own.ask("/account/sessions")
        assert asked.count == 4  # who asks, their tenants, sessions, sign-ins
        assert page.text.count("192.0.2.") == 50
        older = page.text.split('rel="next" href="')[1].split('"')[0]
        assert (await own.ask(older)).text.count("192.0.2.") == 20


async def test_a_sign_in_with_a_second_step_opens_nothing_yet(house: House, db: Database, contoso: Tenant) -> None:
    factor = {"id": new_id(), "account_id": contoso.accounts[PETER], "kind": "authenticator", "name": "Phone"}
    async with db.transaction() as tx:
        await tx.execute(insert(factors).values(**factor, secret="x", created_at=cast.NOW, confirmed_at=cast.NOW))
    async with visitor(house) as client:
        answer = await sign_in(client, contoso.email(PETER), next=f"/t/{contoso.slug}/")
        assert answer.headers["location"].startswith("/sign-in/second-step?next=")
        assert (await client.get("/account")).headers["location"].startswith("/sign-in")
    async with db.transaction() as tx:
        mine = select(sessions).where(sessions.c.account_id == contoso.accounts[PETER])
        half = (await tx.execute(mine)).one()
    assert half.stage == "second_step"
    assert half.expires_at - half.created_at == timedelta(minutes=10)


async def test_a_closed_account_cannot_sign_in(house: House, db: Database, contoso: Tenant) -> None:
    await set_account(db, contoso, PETER, closed_at=datetime.now(UTC))
    async with visitor(house) as client:
        assert (await sign_in(client, contoso.email(PETER))).status_code == 422
