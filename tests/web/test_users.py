"""Active users and guests: what the list shows to whom, and how it is narrowed, sorted, paged and exported."""

import csv
import io
import re

from sqlalchemy import update

from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import ADELE, BASIC, BILL, GUSTAV, HENRIETTA, NANCY, NORA, NOW, PETER, RASMUS, ULLA
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, make_pool, make_users, query_count


def names(page: str) -> list[str]:
    """The people of the list, in its order."""
    return re.findall(r'data-row-link href="[^"]*"[^>]*>([^<]*)</a>', page)


async def assign(desk: Desk, tenant: Tenant, who, sku_id) -> None:
    answer = await desk.post(f"/users/{tenant.people[who]}/licenses", {"offered": f"{sku_id}:", "product": str(sku_id)})
    assert answer.status_code == 303


async def test_members_are_listed_with_address_licenses_and_sign_in(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get("/users/active")
    assert page.status_code == 200
    assert contoso.email(PETER) in page.text
    assert {"Unlicensed", "Allowed"} <= set(words(page).split())
    assert GUSTAV.name not in words(page)


async def test_guests_have_their_own_list_and_are_not_added_there(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get("/users/guests")
    assert names(page.text) == [GUSTAV.name]
    assert "Add a user" not in words(page)


async def test_names_come_in_the_readers_alphabet(browse: type_browse, contoso: Tenant, db: Database) -> None:
    async with db.transaction(contoso.id) as tx:
        who = tables.users.c.id == contoso.people[PETER]
        keys = {"display_name": "Åse Aas", "sort_en_nl": b"\x01", "sort_da_nb": b"\xff"}
        await tx.execute(update(tables.users).where(who).values(**keys))
    async with browse(contoso, ADELE) as desk:
        english = names((await desk.get("/users/active")).text)
        await desk.client.post("/language", data={"language": "da", "_csrf_token": desk.csrf})
        danish = names((await desk.get("/users/active")).text)
    assert english[0] == danish[-1] == "Åse Aas"


async def test_letters_typed_find_people_by_the_beginning_of_any_word(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        assert names((await desk.get("/users/active?q=agard")).text) == ["Bill Ågård"]
        page = await desk.get("/users/active?q=nobodysuch")
    assert "Nobody matches" in words(page)
    assert f'href="/t/{contoso.slug}/users/active"' in page.text


async def test_every_filter_narrows_the_list(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, ADELE) as desk:
        await assign(desk, contoso, PETER, BASIC.sku_id)
        assert names((await desk.get(f"/users/active?license={BASIC.sku_id}")).text) == [PETER.name]
        assert PETER.name not in names((await desk.get("/users/active?license=none")).text)
        assert names((await desk.get("/users/active?location=none")).text) == [NORA.name]
        assert names((await desk.get("/users/active?location=NL")).text) == [HENRIETTA.name]
        assert names((await desk.get("/users/active?sign_in=blocked")).text) == []
        chips = words(await desk.get(f"/users/active?license={BASIC.sku_id}&location=DK"))
    assert "License: Business Basic" in chips
    assert "Usage location: Denmark" in chips


async def test_pages_follow_each_other_and_say_where_one_is(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_users(db, contoso.id, 60)
    async with browse(contoso, ADELE) as desk:
        first = await desk.get("/users/active")
        onward = re.search(r'rel="next" href="([^"]*)"', first.text)
        assert onward is not None
        second = await desk.get(onward[1].replace("&amp;", "&"))
        back = re.search(r'rel="prev" href="([^"]*)"', second.text)
        assert back is not None
        again = await desk.get(back[1].replace("&amp;", "&"))
    assert "1–50 of 69" in words(first)
    assert "51–69 of 69" in words(second)
    assert "Select all 69 that match" in words(first)
    assert not set(names(first.text)) & set(names(second.text))
    assert names(again.text) == names(first.text)
    assert "1–50 of 69" in words(again)


async def test_a_page_whose_people_are_gone_leads_to_the_first(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_users(db, contoso.id, 60)
    async with browse(contoso, ADELE) as desk:
        onward = re.search(r'rel="next" href="([^"]*)"', (await desk.get("/users/active")).text)
        assert onward is not None
        async with db.transaction(contoso.id) as tx:
            gone = tables.users.c.id != contoso.people[ADELE]
            await tx.execute(update(tables.users).where(gone).values(deleted_at=NOW))
        answer = await desk.get(onward[1].replace("&amp;", "&"))
    assert answer.status_code == 303
    assert "after=" not in answer.headers["location"]


async def test_the_list_asks_the_database_the_same_for_one_and_for_fifty(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_users(db, contoso.id, 60)
    async with browse(contoso, ADELE) as desk:
        with query_count(db) as one:
            assert len(names((await desk.get("/users/active?q=peter")).text)) == 1
        with query_count(db) as fifty:
            assert len(names((await desk.get("/users/active?q=person")).text)) == 50
    assert one.count == fifty.count <= 8


async def test_the_file_holds_exactly_who_is_filtered(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_users(db, contoso.id, 1203)
    async with db.transaction(contoso.id) as tx:
        who = tables.users.c.id == contoso.people[PETER]
        await tx.execute(update(tables.users).where(who).values(department="=1+1"))
    async with browse(contoso, ADELE) as desk:
        everybody = await desk.get("/users/export.csv")
        one = await desk.get("/users/export.csv?q=peter")
        guests = await desk.get("/users/export.csv?kind=guest")
    assert everybody.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(everybody.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 9 + 1203
    assert "\ufeff" not in everybody.content.decode("utf-8-sig")
    heading, peter = csv.reader(io.StringIO(one.content.decode("utf-8-sig")))
    assert heading == ["Name", "Username", "Licenses", "Department", "Usage location", "Sign-in"]
    assert peter == ["Peter Plain", contoso.email(PETER), "", "'=1+1", "DK", "Allowed"]
    assert "guests.csv" in guests.headers["content-disposition"]


async def test_who_may_do_nothing_to_many_selects_nobody(browse: type_browse, contoso: Tenant) -> None:
    for who in (BILL, RASMUS):
        async with browse(contoso, who) as desk:
            page = await desk.get("/users/active")
        assert page.status_code == 200
        assert 'name="user"' not in page.text
        assert "Manage product licenses" not in words(page)


async def test_only_those_who_may_add_are_offered_to(browse: type_browse, contoso: Tenant) -> None:
    shown = []
    for who in (ADELE, ULLA, BILL, HENRIETTA, RASMUS):
        async with browse(contoso, who) as desk:
            if "Add a user" in words(await desk.get("/users/active")):
                shown.append(who)
    assert shown == [ADELE, ULLA]


async def test_somebody_without_a_role_sees_nobody(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, PETER) as desk:
        for path in ("/users/active", "/users/guests", "/users/export.csv", "/users/add"):
            assert (await desk.get(path)).status_code == 403


async def test_another_tenants_people_are_not_there(browse: type_browse, contoso: Tenant, northwind: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        assert (await desk.get(f"/t/{northwind.slug}/users/active")).status_code == 404
        assert (await desk.get(f"/users/active?open={northwind.people[NANCY]}")).status_code == 404


async def test_selected_people_go_to_the_bulk_flow_without_the_form_token(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = (await desk.get("/users/active?location=DK")).text
    form = page[page.index('<form id="list-form"') : page.index('<div class="tn-table-wrap"')]
    assert f'method="get" action="/t/{contoso.slug}/users/manage-licenses"' in form
    assert 'name="location" value="DK"' in form
    assert "_csrf_token" not in form
