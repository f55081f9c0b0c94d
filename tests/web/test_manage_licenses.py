"""Manage product licenses: every step keeps the whole task, and what the preview promises is what then happens."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Refused
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.tables import long_operations, users
from tests.cast import (
    ADELE,
    BASIC,
    BILL,
    BOARD,
    BOARD_TWIN,
    CHAT,
    CHEN,
    GUSTAV,
    HENRIETTA,
    LIDIA,
    LOOKOUT,
    MAIL_SMALL,
    NANCY,
    NORA,
    NOW,
    PETER,
    PREMIUM,
    RASMUS,
    SITES_SMALL,
    ULLA,
    Character,
)
from tests.web.conftest import Desk, type_browse, words
from tests.web.test_add_many import work
from tests.world import Tenant, consumed, held, make_pool, make_users, query_count

PLACE = "/users/manage-licenses"


def people(tenant: Tenant, *who: Character) -> list[tuple[str, str]]:
    return [("user", str(user_id)) for user_id in tenant.ids(*who)]


def preview_of(pairs: list[tuple[str, str]], *more: tuple[str, object]) -> str:
    return f"{PLACE}/preview?{urlencode([*pairs, *more])}"


async def give(db: Database, tenant: Tenant, product, *who: Character) -> None:
    wish = Wish(assign={product.sku_id: frozenset()})
    chosen = Selection(ids=tenant.ids(*who))
    await assign_licenses(db, tenant.viewer(ADELE), selection=chosen, wish=wish, all_or_none=True, now=NOW)


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return unescape(found[1])


async def press(desk: Desk, address: str, **changes: str):
    """Opens a preview and presses its button."""
    page = await desk.get(address)
    form = {"key": field(page.text, "key"), "expected": field(page.text, "expected")}
    return await desk.post(address, form | changes)


def href(text: str, label: str) -> str:
    found = re.search(rf'<a href="([^"]*)"[^>]*>{re.escape(label)}</a>', text)
    assert found, label
    return unescape(found[1])


async def test_the_first_step_carries_the_people_and_names_them(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(f"{PLACE}?{urlencode(people(contoso, PETER, NORA))}")
    assert "2 people: Nora Nowhere and Peter Plain" in words(page)
    for user_id in contoso.ids(PETER, NORA):
        assert f'name="user" value="{user_id}"' in page.text


async def test_all_that_match_are_told_by_what_they_have_in_common(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_users(db, contoso.id, 20)
    async with browse(contoso, LIDIA) as desk:
        some = await desk.get(f"{PLACE}?all_matching=1&department=Crowd+3&location=DK")
        every = await desk.get(f"{PLACE}?all_matching=1")
        guests = await desk.get(f"{PLACE}?all_matching=1&kind=guest")
    assert "All 2 that match: Crowd 3, Denmark" in words(some)
    assert "All 29 active users" in words(every)
    assert "1 guest user" in words(guests)


async def test_choosing_products_leads_to_an_address_with_the_whole_task(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    start = urlencode([*people(contoso, PETER), ("do", "replace")])
    on = [f"{BASIC.sku_id}/{plan}" for plan in BASIC.plan_ids if plan != CHAT.id]
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PLACE}/products?{start}", {"product": str(BASIC.sku_id), "app": on})
        back = await desk.get(answer.headers["location"].replace("/preview?", "/products?"))
    assert answer.status_code == 303
    assert answer.headers["location"] == contoso_place(contoso, "/preview") + "?" + start + "&" + urlencode(
        [("give", BASIC.sku_id), ("off", f"{BASIC.sku_id}/{CHAT.id}")]
    )
    boxes = dict(re.findall(r'name="(?:app|product)" value="([^"]*)"([^>]*)', back.text))
    assert "checked" in boxes[str(BASIC.sku_id)]
    assert "checked" in boxes[f"{BASIC.sku_id}/{MAIL_SMALL.id}"]
    assert "checked" not in boxes[f"{BASIC.sku_id}/{CHAT.id}"]


def contoso_place(tenant: Tenant, step: str) -> str:
    return f"/t/{tenant.slug}{PLACE}{step}"


async def test_no_product_is_a_mistake_that_is_said_where_it_was_made(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        page = await desk.post(f"{PLACE}/products?{urlencode(people(contoso, PETER))}")
        early = await desk.get(preview_of(people(contoso, PETER)))
    assert page.status_code == 422
    assert "Choose at least one product." in words(page)
    assert (early.status_code, "/products?" in early.headers["location"]) == (303, True)


async def test_unassigning_needs_no_products(browse: type_browse, contoso: Tenant) -> None:
    pairs = urlencode([*people(contoso, PETER), ("do", "unassign")])
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.get(f"{PLACE}/products?{pairs}")
    assert answer.headers["location"] == f"{contoso_place(contoso, '/preview')}?{pairs}"


async def test_the_preview_has_a_line_per_outcome_and_changes_nothing(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, LOOKOUT, 2)
    who = people(contoso, ADELE, PETER, RASMUS, NORA, CHEN)
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(preview_of(who, ("give", LOOKOUT.sku_id)))
    text = words(page)
    assert "Assign Lookout to 5 people" in text
    assert "Assign 2 licenses" in text
    assert "3 people are left as they are" in text
    for line in (
        "Will get it People 2",
        "No usage location People 1",
        "Not offered there People 1",
        "No seat People 1",
    ):
        assert line in text
    assert "Assigned 0 → 2 Available 2 → 0 Seats paid 2 → 2" in text
    assert "Whoever was added to the organization first" in text
    assert await held(db, contoso.id) == {}


async def test_who_may_buy_is_named_to_those_who_may_not(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, LOOKOUT, 1)
    address = preview_of(people(contoso, ADELE, PETER), ("give", LOOKOUT.sku_id))
    async with browse(contoso, LIDIA) as desk:
        license_admin = words(await desk.get(address))
    async with browse(contoso, ADELE) as desk:
        global_admin = words(await desk.get(address))
    assert "Who may buy: Global admin or Billing admin." in license_admin
    assert "Who may buy" not in global_admin
    assert "Lookout: 1 seat is missing" in global_admin


async def test_a_plan_conflict_offers_to_switch_the_new_apps_off(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, PREMIUM, 5)
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, PREMIUM, PETER)
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(preview_of(people(contoso, PETER), ("give", BASIC.sku_id)))
        cured = await desk.get(href(page.text, "Switch 2 apps off"))
    assert "Mail (small) in Business Basic and Mail (large) in Business Premium exclude each other" in words(page)
    assert "There is nothing to do: nobody would be changed." in words(page)
    assert re.search(r"<button[^>]*disabled[^>]*>Assign 0 licenses", page.text)
    assert "A seat now, with 1 of 3 apps on (off: Mail (small) and Sites (small))" in words(cured)
    assert "Assign 1 license" in words(cured)


async def test_the_button_does_what_the_preview_said_and_leads_to_the_receipt(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    pairs = people(contoso, PETER, NORA)
    address = preview_of(pairs, ("give", BASIC.sku_id), ("off", f"{BASIC.sku_id}/{SITES_SMALL.id}"))
    async with browse(contoso, LIDIA) as desk:
        answer = await press(desk, address)
        receipt = await desk.get(answer.headers["location"])
    assert answer.status_code == 303
    assert await held(db, contoso.id) == {(contoso.people[PETER], BASIC.sku_id): frozenset([SITES_SMALL.id])}
    assert "Assigned Business Basic to 1 person" in words(receipt)
    assert "1 of 2 people changed" in words(receipt)
    assert "Nora Nowhere" in words(receipt)
    assert f"open={contoso.people[NORA]}&amp;tab=account" in receipt.text


async def test_for_very_many_a_job_does_it_once_and_the_same_receipt_comes_after(
    browse: type_browse, db: Database, house: House, contoso: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.web.long_operations.PATIENT", 1)
    await make_pool(db, contoso.id, BASIC, 5)
    pairs = people(contoso, PETER, NORA)
    address = preview_of(pairs, ("give", BASIC.sku_id), ("off", f"{BASIC.sku_id}/{SITES_SMALL.id}"))
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(address)
        form = {"key": field(page.text, "key"), "expected": field(page.text, "expected")}
        first, second = await desk.post(address, form), await desk.post(address, form)
        place = first.headers["location"]
        waiting = await desk.get(place)
        assert await held(db, contoso.id) == {}
        await work(house, contoso, place)
        receipt = await desk.get(place)
    assert second.headers["location"] == place
    assert "Waiting to begin" in words(waiting)
    assert await held(db, contoso.id) == {(contoso.people[PETER], BASIC.sku_id): frozenset([SITES_SMALL.id])}
    assert "1 of 2 people changed" in words(receipt)
    assert "Nora Nowhere" in words(receipt)


async def test_a_promise_of_very_many_that_is_not_kept_is_no_operation_that_could_be_tried_again(
    browse: type_browse, db: Database, house: House, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    address = preview_of(people(contoso, PETER), ("give", BASIC.sku_id))
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(address)
        form = {"key": field(page.text, "key"), "expected": "99999999,0,0"}
        place = (await desk.post(address, form)).headers["location"]
        with pytest.raises(Refused, match="forecast_stale"):
            await work(house, contoso, place)
        async with db.transaction(contoso.id) as tx:
            told = {"state": "failed", "refusal": {"code": "forecast_stale", "params": {}}}
            await tx.execute(update(long_operations).values(told))
        failed = await desk.get(place)
    assert "Something changed since the preview" in words(failed)
    assert "Try again" not in words(failed)


async def test_a_second_click_gets_the_first_receipt(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    address = preview_of(people(contoso, PETER), ("give", BASIC.sku_id))
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(address)
        form = {"key": field(page.text, "key"), "expected": field(page.text, "expected")}
        first, second = await desk.post(address, form), await desk.post(address, form)
    assert first.headers["location"] == second.headers["location"]
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1}


async def test_if_it_has_come_to_differ_nothing_is_saved_and_the_new_preview_is_shown(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 2)
    address = preview_of(people(contoso, PETER, RASMUS), ("give", BASIC.sku_id))
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(address)
        await give(db, contoso, BASIC, ULLA)
        late = await desk.post(address, {"key": field(page.text, "key"), "expected": field(page.text, "expected")})
        again = await desk.post(address, {"key": field(late.text, "key"), "expected": field(late.text, "expected")})
    assert late.status_code == 409
    assert "Something changed since the preview. Nothing was saved: look at the new preview." in words(late)
    assert "Assign 1 license" in words(late)
    assert again.status_code == 303
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 2}


@pytest.mark.parametrize("expected", ["", "1", "a,b,c", "1,0,0,0", "-1,0,0", "9" * 200])
async def test_a_form_without_the_promise_is_as_good_as_stale(
    browse: type_browse, db: Database, contoso: Tenant, expected: str
) -> None:
    await make_pool(db, contoso.id, BASIC, 2)
    async with browse(contoso, LIDIA) as desk:
        answer = await press(desk, preview_of(people(contoso, PETER), ("give", BASIC.sku_id)), expected=expected)
    assert answer.status_code == 409
    assert await held(db, contoso.id) == {}


async def test_replacing_takes_the_old_and_gives_the_new_at_once(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, PREMIUM, 5)
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, PREMIUM, PETER, RASMUS)
    address = preview_of(people(contoso, PETER), ("do", "replace"), ("give", BASIC.sku_id))
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get(address))
        await press(desk, address)
    assert "Assigned: Business Basic (1) · Removed: Business Premium (1)" in page
    assert "Replace licenses for 1 person" in page
    assert "It is kept for 30 days and then deleted for good." in page
    peter, rasmus = contoso.ids(PETER, RASMUS)
    assert (await held(db, contoso.id)).keys() == {(peter, BASIC.sku_id), (rasmus, PREMIUM.sku_id)}


async def test_two_products_of_one_name_each_have_their_seats_told(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BOARD, 5)
    await make_pool(db, contoso.id, BOARD_TWIN, 7)
    pairs = people(contoso, PETER)
    async with browse(contoso, LIDIA) as desk:
        give = [("give", BOARD.sku_id), ("give", BOARD_TWIN.sku_id)]
        page = words(await desk.get(preview_of(pairs, ("do", "replace"), *give)))
    assert "Assigned: Task Board (1) and Task Board (1)" in page
    assert "Available 5 → 4" in page
    assert "Available 7 → 6" in page


async def test_assigning_more_leaves_the_apps_of_those_who_have_it(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, BASIC, PETER)
    off = ("off", f"{BASIC.sku_id}/{CHAT.id}")
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get(preview_of(people(contoso, PETER), ("give", BASIC.sku_id), off)))
    assert "Already has it People 1 Nothing changes" in page
    assert "There is nothing to do" in page


async def test_unassigning_all_says_how_many_licenses_go(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, PREMIUM, 5)
    await make_pool(db, contoso.id, LOOKOUT, 5)
    await give(db, contoso, PREMIUM, PETER, RASMUS)
    await give(db, contoso, LOOKOUT, PETER)
    address = preview_of([("all_matching", "1")], ("do", "unassign"))
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get(address))
        await press(desk, address)
    assert "Remove 3 licenses" in page
    assert "Nothing to remove People 7" in page
    assert await held(db, contoso.id) == {}


async def test_people_who_are_gone_are_said_and_left_out(
    browse: type_browse, db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(users).where(users.c.id == contoso.people[ULLA]).values(deleted_at=NOW))
    pairs = people(contoso, PETER, ULLA) + people(northwind, NANCY)
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(preview_of(pairs, ("give", BASIC.sku_id)))
        nobody = await desk.get(preview_of(people(northwind, NANCY), ("give", BASIC.sku_id)))
        empty = await desk.get(PLACE)
    assert "2 people you selected are no longer here, and are left out." in words(page)
    assert "Nancy" not in words(page)
    run = re.search(r'<form id="run-form" method="post" action="([^"]*)"', page.text)
    assert run
    assert re.findall(r"user=([^&]*)&", unescape(run[1])) == [str(contoso.people[PETER])]
    assert (nobody.status_code, empty.status_code) == (404, 404)
    assert "Nobody is selected" in words(nobody)
    assert "Nobody is selected" in words(empty)


async def test_a_guest_is_assigned_like_a_member(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        address = preview_of([("all_matching", "1"), ("kind", "guest")], ("give", BASIC.sku_id))
        page = await desk.get(address)
        await press(desk, address)
    assert "Assign Business Basic to Gustav Guest" in words(page)
    assert f"/users/guests?open={contoso.people[GUSTAV]}" in page.text
    assert (await held(db, contoso.id)).keys() == {(contoso.people[GUSTAV], BASIC.sku_id)}


async def test_the_file_names_everybody_with_what_becomes_of_them(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 60)
    await make_users(db, contoso.id, 60)
    query = urlencode([("all_matching", "1"), ("give", BASIC.sku_id)])
    async with browse(contoso, LIDIA) as desk:
        file = await desk.get(f"{PLACE}/preview.csv?{query}")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,Username,Department,Usage location,Outcome,Why"
    assert len(lines) == 1 + 69
    assert sum(",Will get it," in line for line in lines) == 60
    assert f"Nora Nowhere,{contoso.email(NORA)},,,No usage location," in "\n".join(lines)
    assert int(file.headers["content-length"]) == len(file.content)


@pytest.mark.parametrize("who", [BILL, HENRIETTA, RASMUS, PETER])
async def test_only_those_who_may_assign_get_in(browse: type_browse, contoso: Tenant, who: Character) -> None:
    pairs = urlencode([*people(contoso, PETER), ("give", BASIC.sku_id)])
    async with browse(contoso, who) as desk:
        pages = [await desk.get(f"{PLACE}{step}?{pairs}") for step in ("", "/products", "/preview", "/preview.csv")]
        posts = [await desk.post(f"{PLACE}{step}?{pairs}") for step in ("/products", "/preview")]
    assert {answer.status_code for answer in [*pages, *posts]} == {403}


async def test_the_steps_ask_as_much_for_one_person_as_for_fifty(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 30)
    crowd = [("user", str(user_id)) for user_id in await make_users(db, contoso.id, 50)]
    counts = []
    async with browse(contoso, LIDIA) as desk:
        for some in (crowd[:1], crowd):
            for address in (f"{PLACE}?{urlencode(some)}", f"{PLACE}/products?{urlencode(some)}"):
                with query_count(db) as asked:
                    await desk.get(address)
                counts.append(asked.count)
    assert counts[:2] == counts[2:]


async def test_a_preview_asks_as_much_for_fifty_people_as_for_five(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_pool(db, contoso.id, BASIC, 3)
    crowd = [("user", str(user_id)) for user_id in await make_users(db, contoso.id, 50)]
    counts = []
    async with browse(contoso, LIDIA) as desk:
        for some in (crowd[:5], crowd):
            with query_count(db) as asked:
                page = await desk.get(preview_of(some, ("give", BASIC.sku_id)))
            assert "Will get it People 3" in words(page)
            counts.append(asked.count)
    assert counts[0] == counts[1]
