"""Support and service requests as pages: both sides of one, its files, its letters, and what is refused."""

from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from tenantry.domain.service_requests import A_DAY, WORDS_A_DAY
from tenantry.queries.house import House
from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import ADELE, BILL, HENRIETTA, NOW, PETER
from tests.web.conftest import Boss, desk_of, type_browse, words
from tests.world import Tenant, make_request, query_count, rows_of

PLACE = "/support/requests"
FORM = {"category": "billing", "severity": "high", "title": "Wrong <b>bill</b>", "body": "Look.\r\n\r\nPlease."}


async def letters_to(db: Database, address: str) -> list[tuple[str, str]]:
    async with db.transaction() as tx:
        mine = select(tables.letters.c.kind, tables.letters.c.params).where(tables.letters.c.recipient == address)
        return [(row.kind, row.params["text"]) for row in await tx.execute(mine.order_by(tables.letters.c.id))]


async def test_a_request_goes_back_and_forth_until_it_is_closed_and_opened_again(
    house: House, boss: Boss, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, BILL) as desk, desk_of(house, boss) as their:
        opened = await desk.post(f"{PLACE}/new", {**FORM, "user": str(contoso.people[PETER]), "key": "a"})
        again = await desk.post(f"{PLACE}/new", {**FORM, "key": "a"})
        place = opened.headers["location"]
        assert place == again.headers["location"]
        first = words(await desk.get(place))
        (row,) = await rows_of(db, contoso.id, "service_requests")
        queue = f"/requests/{contoso.id}/{row['id']}"
        unanswered = words(await their.get("/requests?only=unanswered&q=" + str(row["number"])))
        await their.post(queue, {"do": "take"})
        taken = words(await desk.get(place))
        await their.post(queue, {"do": "ask_back", "body": "Which one?"})
        asked = words(await desk.get(place))
        last = {"do": "write", "body": "The last.", "key": "b"}
        clicked = [(await desk.post(place, last)).status_code for _ in range(2)]
        await their.post(queue, {"do": "finish", "body": "Mended."})
        closed = words(await desk.get(place))
        too_late = await desk.post(place, {"do": "write", "body": "But"})
        await desk.post(place, {"do": "reopen", "body": "Not mended."})
        reopened = words(await their.get(queue))
    assert f"#{row['number']}" in first
    assert "Wrong <b>bill</b>" in first
    assert f"{PETER.name} ({contoso.email(PETER)})" in first
    assert clicked == [303, 303]
    assert "Unanswered" in unanswered
    assert "In progress" in taken
    assert "Waits for your answer" in asked
    assert "Mended." in closed
    assert "Open it again" in closed
    assert (too_late.status_code, "This service request is closed" in too_late.text) == (409, True)
    assert "Not mended." in reopened
    assert await letters_to(db, contoso.email(BILL)) == [
        ("request_asked_back", "Which one?"),
        ("request_finished", "Mended."),
    ]
    theirs = await letters_to(db, f"operator-{boss.account_id}@house.example")
    assert theirs == [("request_asked", text) for text in ("Look.\n\nPlease.", "The last.", "Not mended.")]


async def test_a_file_is_only_ever_saved_and_only_by_those_it_is_for(
    house: House, boss: Boss, browse: type_browse, db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    async with browse(contoso, ADELE) as desk, desk_of(house, boss) as their:
        data = {**FORM, "_csrf_token": desk.csrf}
        sent = {"files": ('..\\"evil\r\n<x>ø.html', b"<script>alert(1)</script>", "text/html")}
        opened = await desk.client.post(f"{desk.home}{PLACE}/new", data=data, files=sent)
        place = opened.headers["location"]
        page = await desk.get(place)
        (file,) = await rows_of(db, contoso.id, "service_files")
        got = await desk.get(f"{place}/files/{file['id']}")
        request_id = UUID(place.rpartition("/")[2])
        theirs = await their.get(f"/requests/{contoso.id}/{request_id}/files/{file['id']}")
        elsewhere = await their.get(f"/requests/{northwind.id}/{request_id}/files/{file['id']}")
        other = await make_request(db, contoso, ADELE)
        mixed = await desk.get(f"{PLACE}/{other['request_id']}/files/{file['id']}")
    assert "<script>alert" not in page.text
    assert got.content == theirs.content == b"<script>alert(1)</script>"
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["content-disposition"].startswith("attachment; filename=")
    assert "\n" not in got.headers["content-disposition"]
    assert (elsewhere.status_code, mixed.status_code) == (404, 404)


async def test_what_is_refused_keeps_what_was_typed(browse: type_browse, db: Database, contoso: Tenant) -> None:
    async with browse(contoso, HENRIETTA) as desk:
        empty = await desk.post(f"{PLACE}/new", {**FORM, "category": "", "body": "Kept"})
        data = {**FORM, "_csrf_token": desk.csrf}
        files = [("files", (f"{n}.txt", b"x", "text/plain")) for n in range(6)]
        too_many = await desk.client.post(f"{desk.home}{PLACE}/new", data=data, files=files)
        async with db.transaction(contoso.id) as tx:
            row = {"tenant_id": contoso.id, "category": "account", "severity": "low", "title": "x", "opened_name": "x"}
            times = {"opened_at": NOW.replace(year=2200), "changed_at": NOW}
            some = [row | times | {"id": UUID(int=n)} for n in range(1, A_DAY + 1)]
            await tx.execute(insert(tables.service_requests), some)
        limited = await desk.post(f"{PLACE}/new", FORM)
        async with db.transaction(contoso.id) as tx:
            said = {
                "tenant_id": contoso.id,
                "request_id": UUID(int=1),
                "side": "tenant",
                "author_name": "x",
                "body": "x",
            }
            words_ = [said | {"id": UUID(int=n), "at": NOW.replace(year=2200)} for n in range(WORDS_A_DAY)]
            await tx.execute(insert(tables.service_messages), words_)
        flooded = await desk.post(f"{PLACE}/{UUID(int=1)}", {"do": "write", "body": "One more"})
    assert (empty.status_code, "Choose what it is about." in empty.text, "Kept" in empty.text) == (422, True, True)
    assert (too_many.status_code, "At most 5 files" in too_many.text) == (422, True)
    assert (limited.status_code, flooded.status_code) == (429, 429)
    assert "One more" in flooded.text
    assert len(await rows_of(db, contoso.id, "service_messages")) == WORDS_A_DAY


@pytest.mark.parametrize(("who", "sees"), [(ADELE, True), (PETER, False)])
async def test_phones_are_for_those_who_may_ask_and_of_the_edition(
    browse: type_browse, db: Database, contoso: Tenant, who: object, sees: bool
) -> None:
    edition, phone = f"e-{contoso.slug}", "+45 1234"
    async with db.transaction(contoso.id) as tx:
        link = {"community_url": "https://forum.example/", "features": ["community"]}
        await tx.execute(insert(tables.editions).values(code=edition, name="E", **link))
        for one, country in ((edition, "NL"), (edition, "DK"), ("worldwide", "SE")):
            row = {"edition": one, "country": country, "phone": f"{phone} {country}"}
            await tx.execute(insert(tables.support_phones).values(row))
        await tx.execute(update(tables.tenants).values(edition=edition))
    async with browse(contoso, who) as desk:  # type: ignore[arg-type]
        with query_count(db) as asked:
            page = await desk.get("/support")
        read = words(page)
    assert ("+45 1234 DK Day and night Netherlands +45 1234 NL" in read) is sees
    assert "+45 1234 SE" not in read
    assert "https://forum.example/" in page.text
    assert asked.count <= 9


async def test_a_group_has_no_requests_and_no_phones(browse: type_browse, db: Database, contoso: Tenant) -> None:
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tables.tenants).values(kind="unmanaged"))
        await tx.execute(insert(tables.support_phones).values(edition="worldwide", country="DK", phone="+45 999 888"))
    async with browse(contoso, ADELE) as desk:
        page, refused = await desk.get("/support"), await desk.post(f"{PLACE}/new", FORM)
    assert "Here people help themselves" in words(page)
    assert "+45 999 888" not in page.text
    assert (refused.status_code, "Become the admin first" in words(refused)) == (409, True)


async def test_the_list_is_found_by_number_and_paged_in_one_statement(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    made = [await make_request(db, contoso, ADELE) for _ in range(2)]
    numbers = {row["id"]: row["number"] for row in await rows_of(db, contoso.id, "service_requests")}
    first, second = (numbers[one["request_id"]] for one in made)
    async with browse(contoso, ADELE) as desk:
        found = words(await desk.get(f"{PLACE}?q=%23{first}"))
        nothing = words(await desk.get(f"{PLACE}?only=closed"))
    assert f"#{first} " in found
    assert f"#{second} " not in found
    assert "No service request found" in nothing
