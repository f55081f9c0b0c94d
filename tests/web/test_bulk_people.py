"""Something done to many people from their list: the page says what will happen, its button does just that."""

import re
from html import unescape
from urllib.parse import urlencode

from httpx import Response
from sqlalchemy import update

from tenantry.store.database import Database
from tenantry.store.tables import users
from tests.cast import ADELE, BILL, CHEN, GUSTAV, LIDIA, NORA, PETER, Character
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, make_users, query_count, rows_of

LOCATION = "/users/set-location"


def address(tenant: Tenant, place: str, *who: Character, **more: str) -> str:
    pairs = [*(("user", str(user_id)) for user_id in tenant.ids(*who)), *more.items()]
    return f"{place}?{urlencode(pairs)}"


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return unescape(found[1])


async def press(desk: Desk, place: str, **changes: str) -> Response:
    """Opens a deed's page and presses its button."""
    page = await desk.get(place)
    form = {"key": field(page.text, "key"), "expected": field(page.text, "expected")}
    return await desk.post(place, form | changes)


async def locations(db: Database, tenant: Tenant) -> dict[object, object]:
    return {row["id"]: row["usage_location"] for row in await rows_of(db, tenant.id, "users")}


async def test_the_list_offers_what_the_viewer_may_do_to_many(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get("/users/active")
    assert f'formaction="{desk.home}/users/manage-licenses"' in page.text
    assert f'formaction="{desk.home}{LOCATION}"' in page.text
    async with browse(contoso, BILL) as desk:
        page = await desk.get("/users/active")
    assert "formaction" not in page.text


async def test_a_country_is_asked_for_first(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(address(contoso, LOCATION, PETER, NORA))
    assert "Set the usage location of 2 people" in words(page)
    assert "Nora Nowhere and Peter Plain" in words(page)
    assert "What will happen" not in words(page)


async def test_the_page_says_who_changes_and_who_does_not(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(address(contoso, LOCATION, PETER, NORA, CHEN, country="DK"))
    assert "Will change People 2 Their usage location becomes Denmark CW Chen Wei" in words(page)
    assert "Has it already People 1 Nothing changes PP Peter Plain" in words(page)
    assert "Set it for 2 people" in words(page)


async def test_the_button_does_it_and_leads_back_to_the_list(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, LIDIA) as desk:
        done = await press(desk, address(contoso, LOCATION, PETER, NORA, CHEN, country="DK"))
        assert (done.status_code, done.headers["location"]) == (303, f"{desk.home}/users/active")
        assert "2 people have the usage location Denmark now" in words(await desk.get("/users/active"))
    found = await locations(db, contoso)
    assert {found[user_id] for user_id in contoso.ids(PETER, NORA, CHEN)} == {"DK"}


async def test_everybody_whom_the_filter_matches_is_meant(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await make_users(db, contoso.id, 12, location=None)
    async with browse(contoso, LIDIA) as desk:
        place = f"{LOCATION}?all_matching=1&q=person&country=NO"
        page = await desk.get(place)
        assert "All 12 that match: “person”" in words(page)
        assert "and 4 more" in words(page)
        done = await press(desk, place)
    assert done.headers["location"] == f"{desk.home}/users/active?q=person"
    assert list((await locations(db, contoso)).values()).count("NO") == 13  # Bill lives there too


async def test_what_changed_meanwhile_is_shown_before_anything_is_done(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    place = address(contoso, LOCATION, PETER, NORA, country="SE")
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(place)
        async with db.transaction(contoso.id) as tx:
            await tx.execute(update(users).where(users.c.id == contoso.people[NORA]).values(usage_location="SE"))
        form = {"key": field(page.text, "key"), "expected": field(page.text, "expected")}
        again = await desk.post(place, form)
    assert again.status_code == 409
    assert "Something changed since the preview" in words(again)
    assert "Set it for 1 person" in words(again)
    assert (await locations(db, contoso))[contoso.people[PETER]] == "DK"


async def test_a_country_that_is_none_is_said_at_its_field(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(address(contoso, LOCATION, PETER, country="ZZ"))
        sent = await desk.post(address(contoso, LOCATION, PETER, country="ZZ"), {"expected": "1"})
    assert "“ZZ” is not a country" in words(page)
    assert sent.status_code == 422


async def test_nobody_selected_is_a_page_that_leads_back(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(LOCATION)
        sent = await desk.post(f"{LOCATION}?country=SE", {"expected": "0"})
    assert (page.status_code, sent.status_code) == (404, 404)
    assert "Nobody is selected" in words(page)
    assert "Nobody is selected" in words(sent)


async def test_guests_go_back_to_their_own_list(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as desk:
        done = await press(desk, address(contoso, LOCATION, GUSTAV, kind="guest", country="NO"))
    assert done.headers["location"] == f"{desk.home}/users/guests"


async def test_a_preview_asks_the_database_the_same_for_one_and_for_fifty(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    many = await make_users(db, contoso.id, 50, location=None)
    counts = []
    async with browse(contoso, ADELE) as desk:
        for ids in (many[:2], many):
            picked = urlencode([("user", str(one)) for one in (*ids, contoso.people[PETER])])
            with query_count(db) as seen:
                await desk.get(f"{LOCATION}?{picked}&country=DK")
            counts.append(seen.count)
    assert counts[0] == counts[1] <= 7
