"""Adding many people through the pages: every step, what is wrong with a file, and what came of it."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from httpx import Response
from sqlalchemy import select

from tenantry.commands.long_operations import fail, finish, start
from tenantry.domain.people_files import ALL_HEADINGS
from tenantry.jobs.long import LONG, Progress
from tenantry.kit.csvfile import write_rows
from tenantry.kit.passwords import verify
from tenantry.queries.house import House
from tenantry.queries.long_operations import find_actor
from tenantry.store.database import Database
from tenantry.store.tables import accounts
from tests.cast import ADELE, BASIC, CHAT, PREMIUM, ULLA
from tests.web.conftest import Desk, type_browse, words
from tests.web.test_user_pane import ticked
from tests.world import Tenant, held, make_pool, query_count, rows_of

PLACE = "/users/add-many"


def file_of(tenant: Tenant, *people: dict[str, str]) -> bytes:
    """A file of people: `alias` and any other columns."""
    rows = []
    for number, person in enumerate(people, start=1):
        alias = person.get("alias", f"new{number}")
        whole = {"user_name": f"{alias}@{tenant.domain}", "display_name": f"New {number}", **person}
        rows.append([whole.get(name, "") for name in ALL_HEADINGS])
    return write_rows(list(ALL_HEADINGS.values()), rows)


async def send(desk: Desk, data: bytes, place: str = PLACE, **texts: str) -> Response:
    form = {"_csrf_token": desk.csrf, **texts}
    files = {"file": ("people.csv", data, "text/csv")} if data else {"file": ("", b"", "text/csv")}
    return await desk.client.post(f"{desk.home}{place}", data=form, files=files)


async def draft(desk: Desk, tenant: Tenant, *people: dict[str, str]) -> str:
    """A draft with these people: where its steps begin."""
    answer = await send(desk, file_of(tenant, *people))
    assert answer.status_code == 303
    return answer.headers["location"].removeprefix(desk.home).removesuffix("/verify")


async def add(desk: Desk, place: str, count: int, **options: Any) -> str:
    """The last two steps; the operation's address."""
    chosen = await desk.post(f"{place}/options", {"sign_in": "none", "usage_location": "DK", **options})
    assert (chosen.status_code, chosen.headers["location"]) == (303, f"{desk.home}{place}/review")
    answer = await desk.post(f"{place}/review", {"expected": str(count)})
    return answer.headers["location"].removeprefix(desk.home)


async def work(house: House, tenant: Tenant, operation: str) -> None:
    """What the job does, in this process."""
    operation_id, moment = UUID(operation.rpartition("/")[2]), datetime.now(UTC)
    asked = await start(house.db, tenant_id=tenant.id, operation_id=operation_id, now=moment)
    assert asked is not None
    viewer = await find_actor(house.db, tenant_id=tenant.id, user_id=asked.actor_id, language="en")
    done = await LONG[asked.command](house, viewer, asked, Progress(house, asked))
    await finish(house.db, asked, file_id=None, keep_secret=done.keep_secret, now=moment)


async def test_the_first_step_offers_a_template_that_says_what_each_column_is(
    browse: type_browse, contoso: Tenant
) -> None:
    async with browse(contoso, ULLA) as desk:
        page = await desk.get(PLACE)
        file = await desk.get(f"{PLACE}/template.csv")
    assert "At most 250 people per file" in words(page)
    assert "79 (50 before @, 48 after it)" in words(page)
    first, example, rest = file.text.removeprefix("\ufeff").split("\r\n")
    assert (first, rest) == (",".join(ALL_HEADINGS.values()), "")
    assert "Freja Lund" in example


async def test_nothing_sent_is_told(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await send(desk, b"", text="  ")
        binary = await send(desk, b"PK\x03\x04\0\0")
    assert (page.status_code, binary.status_code) == (422, 422)
    assert "Choose a file, or paste the rows." in words(page)
    assert "Line 1 is not text" in words(binary)


async def test_every_fault_is_told_with_its_line_and_can_be_mended_in_place(
    browse: type_browse, contoso: Tenant
) -> None:
    people = ({}, {"alias": "adele"}, {"display_name": ""}, {"alias": "not a name", "usage_location": "Nowhere"})
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, *people)
        page = await desk.get(f"{place}/verify")
        log = (await desk.get(f"{place}/faults.csv")).text
        form = await desk.get(f"{place}/fix?line=3")
        for line, cells in ((3, {"user_name": f"adele2@{contoso.domain}"}), (4, {"display_name": "<b>Ib</b>"})):
            await desk.post(f"{place}/fix?line={line}", cells)
        still = await desk.post(f"{place}/fix?line=5", {"user_name": f"ok@{contoso.domain}"})
        shown = await desk.get(still.headers["location"])
        mended = await desk.get(f"{place}/verify")
    assert "3 lines cannot be added as they are" in words(page)
    assert f"3 User Name Somebody here is already called “adele@{contoso.domain}”." in words(page)
    assert [line.split(",")[0] for line in log.splitlines()[1:]] == ["3", "4", "5", "5"]
    assert f'value="adele@{contoso.domain}"' in form.text
    assert 'aria-invalid="true"' in form.text
    assert "Line 5" in words(shown)
    assert "Nowhere" in shown.text
    assert "1 line cannot be added as it is" in words(mended)
    assert "&lt;b&gt;Ib&lt;/b&gt;" in mended.text


async def test_a_row_with_too_many_cells_is_typed_anew(browse: type_browse, contoso: Tenant) -> None:
    data = file_of(contoso, {}) + f"extra@{contoso.domain},A,B,A B,one,two,,,,,,,,,,,,\r\n".encode()
    async with browse(contoso, ADELE) as desk:
        answer = await send(desk, data)
        place = answer.headers["location"].removeprefix(desk.home).removesuffix("/verify")
        form = await desk.get(f"{place}/fix?line=3")
        cells = dict(re.findall(r'name="(\w+)" type="text" value="([^"]*)"', form.text))
        mended = await desk.post(f"{place}/fix?line=3", cells)
        page = await desk.get(f"{place}/verify")
    assert (cells["display_name"], cells["job_title"]) == ("A B", "one")
    assert mended.status_code == 303
    assert "All 2 people can be added." in words(page)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
async def test_a_file_of_any_encoding_and_separator_is_read_and_told(
    browse: type_browse, contoso: Tenant, encoding: str, separator: str
) -> None:
    text = file_of(contoso, {"display_name": "Ærø Åkjær"}).decode("utf-8-sig").replace(",", separator)
    async with browse(contoso, ADELE) as desk:
        answer = await send(desk, text.encode(encoding))
        page = words(await desk.client.get(answer.headers["location"]))
    assert "Ærø Åkjær" in page
    names = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Western European (Windows), guessed"}
    assert f"Read as {names[encoding]}" in page
    assert {",": "comma", ";": "semicolon", "\t": "tab"}[separator] in page


async def test_a_wrong_guess_is_read_again_in_another_encoding(browse: type_browse, contoso: Tenant) -> None:
    data = file_of(contoso, {"display_name": "Łukasz Żak"}).decode("utf-8-sig").encode("cp1250")
    async with browse(contoso, ADELE) as desk:
        place = (await send(desk, data)).headers["location"].removeprefix(desk.home).removesuffix("/verify")
        wrong = await desk.post(f"{place}/verify", {"encoding": "utf_8"})
        again = await desk.post(f"{place}/verify", {"encoding": "cp1250"})
        page = await desk.get(f"{place}/verify")
    assert (wrong.status_code, again.status_code) == (422, 303)
    assert "Line 2 does not fit UTF-8." in words(wrong)
    assert "Łukasz Żak" in words(page)


@pytest.mark.parametrize(("count", "fits"), [(249, True), (250, True), (251, False), (10_000, False)])
async def test_a_file_has_at_most_250_people(browse: type_browse, contoso: Tenant, count: int, fits: bool) -> None:
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, *({} for _ in range(count)))
        page = await desk.get(f"{place}/verify")
        options = await desk.get(f"{place}/options")
    assert (f"All {count} people can be added." in words(page)) is fits
    assert ("Split the file." in words(page)) is not fits
    assert (options.status_code == 200) is fits


async def test_headings_that_are_not_those_wanted_are_told(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        answer = await send(desk, b"", text="Name;Mail\nIb;ib@x.example")
        page = await desk.client.get(answer.headers["location"])
    assert "The file cannot be used as it is" in words(page)
    assert "These headings are missing: User Name" in words(page)


async def test_names_of_every_script_go_through_as_they_are(
    browse: type_browse, contoso: Tenant, house: House, db: Database
) -> None:
    names = ["<script>alert(1)</script>", "مريم العلي", "e\u0301lodie ñ", "=1+1", 'O\'Brien, "Bo"']
    async with browse(contoso, ADELE) as desk:
        text = file_of(contoso, *({"display_name": name} for name in names)).decode().replace("'=1+1", "=1+1")
        place = (await send(desk, text.encode())).headers["location"].removeprefix(desk.home).removesuffix("/verify")
        operation = await add(desk, place, len(names))
        await work(house, contoso, operation)
        file = await desk.get(f"{operation}/people.csv")
        page = await desk.get(f"{operation}/people")
    assert {row["display_name"] for row in await rows_of(db, contoso.id, "users")} >= set(names)
    assert "'=1+1" in file.text
    assert "<script>alert" not in page.text


async def test_going_back_and_reloading_lose_nothing(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, {}, {})
        first = await desk.get(place)
        on = await send(desk, b"", place)
        await desk.post(f"{place}/options", {"sign_in": "none", "usage_location": ""} | ticked(BASIC, off=(CHAT.id,)))
        form = await desk.get(f"{place}/options")
        review = await desk.get(f"{place}/review")
    assert "people.csv" in words(first)
    assert on.headers["location"].endswith(f"{place}/verify")
    assert 'value="none" checked' in form.text
    assert f'value="{BASIC.sku_id}" data-product-box checked' in form.text
    assert f'value="{BASIC.sku_id}/{CHAT.id}" checked' not in form.text
    assert "Business Basic (off: Chat)" in words(review)
    assert "The usage location is missing" in words(review)


async def test_faulty_lines_are_left_out_only_when_somebody_says_so(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, {}, {"alias": "adele"})
        before = await desk.get(f"{place}/options")
        page = await desk.get(f"{place}/verify")
        await desk.post(f"{place}/verify", {"do": "go"})
        after = await desk.get(f"{place}/options")
        review = await desk.get(f"{place}/review")
    assert (before.status_code, after.status_code) == (303, 200)
    assert "Go on with 1 person" in words(page)
    assert "1 line is left out." in words(page)
    assert "Lines left out 1" in words(review)


async def test_products_that_exclude_each_other_are_told_where_they_are_chosen(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    for product in (BASIC, PREMIUM):
        await make_pool(db, contoso.id, product, 5)
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, {})
        page = await desk.post(f"{place}/options", {"sign_in": "none", "usage_location": "DK"} | ticked(BASIC, PREMIUM))
    assert page.status_code == 422
    assert "Plan conflict" in words(page)


async def test_the_review_tells_how_many_the_seats_reach_and_who_may_buys_the_others_and_comes_back(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    seen = {}
    for who in (ADELE, ULLA):
        async with browse(contoso, who) as desk:
            place = await draft(desk, contoso, {}, {}, {})
            await desk.post(f"{place}/options", {"sign_in": "none", "usage_location": "DK"} | ticked(BASIC))
            page = await desk.get(f"{place}/review")
        seen[who] = words(page)
        assert "1 Added, with licenses 2 Added, without a license" in seen[who]
        assert "Missing: 2 seats of Business Basic." in seen[who]
        assert "Add 3 people" in seen[who]
        bought = f"/purchase/{BASIC.sku_id}?seats=2&amp;next={quote(f'/t/{contoso.slug}{place}/review', safe='')}"
        assert (bought in page.text) is (who is ADELE)
    assert "Buy 2 seats" in seen[ADELE]
    assert "Seats are bought by a" in seen[ULLA]


async def test_people_are_added_with_passwords_that_are_shown_once_to_who_asked(
    browse: type_browse, contoso: Tenant, house: House, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    async with browse(contoso, ULLA) as desk, browse(contoso, ADELE) as other:
        place = await draft(desk, contoso, {}, {})
        operation = await add(desk, place, 2, **{**ticked(BASIC), "sign_in": "password"})
        waiting = await desk.get(operation)
        await work(house, contoso, operation)
        led = await desk.get(operation)
        page = await desk.get(f"{operation}/people")
        buys = await other.get(f"{operation}/people")
        foreign = await other.post(f"{operation}/passwords")
        shown = await desk.post(f"{operation}/passwords")
        again = await desk.post(f"{operation}/passwords")
    assert "Waiting to begin" in words(waiting)
    assert led.headers["location"].endswith(f"{operation}/people")
    assert "2 people were added" in words(page)
    assert "Missing: 1 seat of Business Basic." in words(page)
    assert "Seats are bought by a" in words(page)
    back = quote(f"/t/{contoso.slug}{operation}/people", safe="")
    assert f"/purchase/{BASIC.sku_id}?seats=1&amp;next={back}" in buys.text
    assert foreign.status_code == 404
    found = re.findall(r"<code>([a-z2-9-]{23})</code>", shown.text)
    async with db.transaction() as tx:
        wanted = select(accounts.c.password_hash, accounts.c.must_change_password)
        row = (await tx.execute(wanted.where(accounts.c.email_key == f"new1@{contoso.domain}"))).one()
    assert len(found) == 2
    assert verify(row.password_hash, found[0])
    assert row.must_change_password
    assert "The passwords were shown once" in words(again)
    assert len(await held(db, contoso.id)) == 1


async def test_the_passwords_can_be_had_as_a_file_instead(browse: type_browse, contoso: Tenant, house: House) -> None:
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, {})
        operation = await add(desk, place, 1, sign_in="password")
        await work(house, contoso, operation)
        file = await desk.post(f"{operation}/passwords", {"as": "csv"})
        page = await desk.get(f"{operation}/people")
    assert re.search(rf"New 1,new1@{contoso.domain},[a-z2-9-]{{23}}\r\n", file.text)
    assert "Show the passwords" not in words(page)


async def test_sent_twice_or_from_two_tabs_it_is_one_operation(
    browse: type_browse, contoso: Tenant, house: House, db: Database
) -> None:
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, {})
        first = await add(desk, place, 1)
        second = await desk.post(f"{place}/review", {"expected": "1"})
        steps = [await desk.get(f"{place}{step}") for step in ("", "/verify", "/options", "/review")]
        await work(house, contoso, first)
    assert second.headers["location"].endswith(first)
    assert all(page.headers["location"].endswith(first) for page in steps)
    assert len(await rows_of(db, contoso.id, "long_operations")) == 1


async def test_a_review_that_is_stale_is_shown_anew(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, {}, {})
        await desk.post(f"{place}/options", {"sign_in": "none"})
        page = await desk.post(f"{place}/review", {"expected": "5"})
    assert page.status_code == 409
    assert "Nobody has been added" in words(page)


async def test_those_who_failed_are_corrected_in_a_draft_of_their_own(
    browse: type_browse, contoso: Tenant, house: House
) -> None:
    async with browse(contoso, ADELE) as desk:
        tabs = [await draft(desk, contoso, {"alias": "one"}, {"alias": f"two{n}"}) for n in (1, 2)]
        operations = [await add(desk, place, 2) for place in tabs]
        for operation in operations:
            await work(house, contoso, operation)
        page = words(await desk.get(f"{operations[1]}/people"))
        led = await desk.post(f"{operations[1]}/correct")
        anew = words(await desk.client.get(led.headers["location"]))
    assert "1 person was not added" in page
    assert f"Somebody here is already called “one@{contoso.domain}”." in page
    assert "1 line cannot be added as it is" in anew
    assert "two2@" not in anew


async def test_what_failed_as_a_whole_can_be_begun_again_with_the_same_people(
    browse: type_browse, contoso: Tenant, house: House, db: Database
) -> None:
    async with browse(contoso, ADELE) as desk:
        place = await draft(desk, contoso, {}, {})
        operation = await add(desk, place, 2)
        asked = await start(
            db, tenant_id=contoso.id, operation_id=UUID(operation.rpartition("/")[2]), now=datetime.now(UTC)
        )
        assert asked is not None
        await fail(db, asked, code="actor_gone", params={}, now=datetime.now(UTC))
        page = await desk.client.get((await desk.get(operation)).headers["location"])
        led = await desk.post(f"{operation}/correct")
        anew = await desk.client.get(led.headers["location"])
    assert "Nobody was added" in words(page)
    assert "Try again" in words(page)
    assert "All 2 people can be added." in words(anew)


async def test_pasted_rows_are_kept_and_another_file_takes_their_place(browse: type_browse, contoso: Tenant) -> None:
    text = file_of(contoso, {"display_name": "Pasted"}).decode("utf-8-sig")
    async with browse(contoso, ADELE) as desk:
        place = (await send(desk, b"", text=text)).headers["location"].removeprefix(desk.home).removesuffix("/verify")
        form = await desk.get(place)
        same = await send(desk, b"", place, text=text.replace("\r\n", "\n"))
        other = await send(desk, file_of(contoso, {"display_name": "Uploaded"}), place, text=text)
        page = words(await desk.get(f"{place}/verify"))
    assert "Pasted" in form.text
    assert same.headers["location"] == other.headers["location"] == f"{desk.home}{place}/verify"
    assert "Uploaded" in page
    assert "Pasted" not in page


async def test_a_draft_is_its_makers_alone(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk, browse(contoso, ULLA) as other:
        place = await draft(desk, contoso, {})
        page = await other.get(f"{place}/verify")
        sent = await other.post(f"{place}/options", {"sign_in": "none"})
    assert (page.status_code, sent.status_code) == (404, 404)


async def test_a_step_asks_the_database_as_often_for_one_as_for_fifty(
    browse: type_browse, contoso: Tenant, house: House, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 100)
    counts: list[list[int]] = []
    async with browse(contoso, ADELE) as desk:
        for size in (1, 50):
            place = await draft(desk, contoso, *({"alias": f"p{size}x{n}"} for n in range(size)))
            operation = await add(desk, place, size, **ticked(BASIC)) if size else ""
            fresh = await draft(desk, contoso, *({"alias": f"q{size}x{n}"} for n in range(size)))
            await desk.post(f"{fresh}/options", {"sign_in": "none"} | ticked(BASIC))
            await work(house, contoso, operation)
            counts.append([])
            steps = [f"{fresh}{step}" for step in ("", "/verify", "/options", "/review")]
            for path in (*steps, f"{operation}/people"):
                with query_count(db) as statements:
                    assert (await desk.get(path)).status_code == 200
                counts[-1].append(statements.count)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 20
