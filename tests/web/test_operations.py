"""The receipt of an operation and the audit log: who sees what, in which words, and as files."""

import re
from html import unescape

import pytest
from sqlalchemy import insert

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.manage_people import set_usage_location
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.tables import operations
from tests.cast import ADELE, BASIC, BILL, HENRIETTA, LIDIA, NANCY, NORA, NOW, PETER, RASMUS, ULLA, Character
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_pool, make_users, query_count


async def assign(db: Database, tenant: Tenant, by: Character, selection: Selection) -> str:
    """An operation of `by`: Business Basic for those who can have it. Returns its address."""
    wish = Wish(assign={BASIC.sku_id: frozenset()})
    viewer = tenant.viewer(by)
    done = await assign_licenses(db, viewer, selection=selection, wish=wish, all_or_none=False, now=NOW)
    return f"/operations/{done.operation_id}"


async def locate(db: Database, tenant: Tenant, who: Character, country: str) -> None:
    chosen = Selection(ids=tenant.ids(who))
    await set_usage_location(db, tenant.viewer(ADELE), selection=chosen, country=country, now=NOW)


async def test_the_receipt_tells_what_was_done_and_who_was_left_out_with_a_next_step(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    place = await assign(db, contoso, LIDIA, Selection(ids=contoso.ids(ADELE, PETER, NORA)))
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(place)
        some = words(await desk.get(f"{place}?reason=seats_short"))
    text = words(page)
    assert "Assigned Business Basic to 1 person" in text
    assert "1 of 3 people changed" in text
    assert "Who Lidia Holloway" in text
    assert "Via Browser" in text
    assert "Needs action 2" in text
    assert "Business Basic: 1 seat is missing." in text
    assert f'href="/t/{contoso.slug}/licenses"' in page.text
    assert f"/users/active?open={contoso.people[NORA]}&tab=account" in unescape(page.text)
    assert "Nora Nowhere" in text
    assert ("Peter Plain" in some, "Nora Nowhere" in some) == (True, False)


async def test_nobody_left_out_is_said_too(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    place = await assign(db, contoso, LIDIA, Selection(ids=contoso.ids(PETER)))
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get(place))
    assert "Assigned Business Basic to Peter Plain" in page
    assert "Nobody was left out." in page
    assert "Left out as CSV" not in page


async def test_a_receipt_shows_two_hundred_and_its_file_has_all(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    await make_users(db, contoso.id, 230)
    place = await assign(db, contoso, LIDIA, Selection(filter=UserFilter(words=("person",))))
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(place)
        file = await desk.get(f"{place}/left-out.csv")
    assert page.text.count("No seat</span>") == 200
    assert "The first 200 of 229. The CSV has all of them." in words(page)
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,Username,Reason,Why"
    assert len(lines) == 230
    assert 'No seat,"Business Basic: 229 seats are missing.' in lines[1]


async def test_a_receipt_asks_as_much_for_two_people_as_for_fifty(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    crowd = await make_users(db, contoso.id, 51)
    places = [await assign(db, contoso, LIDIA, Selection(ids=some)) for some in (crowd[:3], crowd[1:])]
    counts = []
    async with browse(contoso, LIDIA) as desk:
        for place in places:
            with query_count(db) as asked:
                await desk.get(place)
            counts.append(asked.count)
    assert counts[0] == counts[1]


async def test_without_the_audit_right_only_ones_own_receipts_are_there(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    place = await assign(db, contoso, LIDIA, Selection(ids=contoso.ids(PETER)))
    statuses = {}
    for who in (LIDIA, ULLA, RASMUS, ADELE, HENRIETTA):
        async with browse(contoso, who) as desk:
            statuses[who] = [(await desk.get(f"{place}{file}")).status_code for file in ("", "/left-out.csv")]
    assert statuses == {
        LIDIA: [200, 200], ULLA: [404, 404], RASMUS: [200, 200], ADELE: [200, 200], HENRIETTA: [403, 403]
    }  # fmt: skip


async def test_another_organizations_operation_is_not_there(
    browse: type_browse, db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await make_pool(db, northwind.id, BASIC, 5)
    place = await assign(db, northwind, NANCY, Selection(ids=northwind.ids(NANCY)))
    entry = f"/audit?open={place.rpartition('/')[2]}"
    async with browse(contoso, ADELE) as desk:
        answers = [await desk.get(place), await desk.get(f"{place}/left-out.csv"), await desk.get(entry, target="pane")]
        page = await desk.get(entry)
    assert {answer.status_code for answer in answers} == {404}
    assert (page.status_code, "Nancy" in words(page)) == (200, False)


async def test_the_log_tells_each_operation_in_a_sentence_the_newest_first(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await assign(db, contoso, LIDIA, Selection(ids=contoso.ids(PETER, NORA)))
    await locate(db, contoso, NORA, "NO")
    async with browse(contoso, RASMUS) as desk:
        page = words(await desk.get("/audit"))
        some = words(await desk.get("/audit?command=assign_licenses"))
        none = words(await desk.get("/audit?command=import_people"))
    newest, oldest = "Set the usage location of Nora Nowhere to Norway", "Assigned Business Basic to 1 person"
    assert page.index(newest) < page.index(oldest)
    assert "1 person was left out" in page
    assert (newest in some, oldest in some) == (False, True)
    assert "Nothing of this kind yet" in none


async def test_an_empty_log_says_what_it_is_for(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = words(await desk.get("/audit"))
    assert "Nothing has been done yet" in page


async def test_the_pane_has_every_fact_alone_and_beside_the_list(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    place = await assign(db, contoso, LIDIA, Selection(ids=contoso.ids(PETER, NORA)))
    entry = f"/audit?command=assign_licenses&open={place.rpartition('/')[2]}"
    async with browse(contoso, ADELE) as desk:
        pane, page = await desk.get(entry, target="pane"), await desk.get(entry)
    assert "<html" not in pane.text
    assert "Assigned Business Basic: 1 People changed 1 Nothing to change 0 Could not be changed 1" in words(pane)
    assert place in pane.text
    assert f'href="/t/{contoso.slug}/audit?command=assign_licenses"' in pane.text
    assert pane.text.strip() in page.text


async def test_the_log_is_paged_by_place_and_asks_as_much_for_every_page(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    facts = {"command": "import_people", "actor_name": "Adele", "via": "cli", "at": NOW, "facts": {"count": 3}}
    rows = [{"tenant_id": contoso.id, "id": new_id(), "subject": "3", **facts} for _ in range(51)]
    async with db.transaction(contoso.id) as tx:
        await tx.execute(insert(operations), rows)
    counts = []
    async with browse(contoso, ADELE) as desk:
        address, seen = "/audit", []
        while address:
            with query_count(db) as asked:
                page = await desk.get(address)
            counts.append(asked.count)
            seen.append(page.text.count("data-open="))
            found = re.search(r'rel="next" href="([^"]*)"', page.text)
            address = unescape(found[1]) if found else ""
    assert seen == [50, 1]
    assert counts[0] == counts[1]
    assert "Command line" in words(page)


@pytest.mark.parametrize("who", [LIDIA, BILL, HENRIETTA, PETER])
async def test_only_those_with_the_audit_right_see_the_log(
    browse: type_browse, contoso: Tenant, who: Character
) -> None:
    async with browse(contoso, who) as desk:
        answers = [await desk.get(place) for place in ("/audit", "/audit/export", f"/audit?open={new_id()}")]
        home = await desk.get("/")
    assert {answer.status_code for answer in answers} == {403}
    assert f'href="/t/{contoso.slug}/audit"' not in home.text


async def test_the_logs_file_holds_what_is_filtered(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await assign(db, contoso, LIDIA, Selection(ids=contoso.ids(PETER)))
    await locate(db, contoso, NORA, "NO")
    async with browse(contoso, ADELE) as desk:
        every = (await desk.get("/audit/export")).content.decode("utf-8-sig").splitlines()
        some = (await desk.get("/audit/export?command=set_usage_location")).content.decode("utf-8-sig").splitlines()
    assert every[0] == "Time (UTC),Who,What,Via,Operation,Facts"
    assert (len(every), len(some)) == (3, 2)
    assert some[1].startswith(
        f"{NOW.isoformat()},Adele Vance,Set the usage location of Nora Nowhere to Norway,Browser,"
    )
