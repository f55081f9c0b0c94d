"""A product's page: who holds it, and the pane that assigns, switches and unassigns."""

import re

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tests.cast import (
    ADELE,
    BASIC,
    BILL,
    CHAT,
    CHEN,
    GUSTAV,
    HENRIETTA,
    LIDIA,
    LOOKOUT,
    MAIL_SMALL,
    NANCY,
    NORA,
    PETER,
    PREMIUM,
    RASMUS,
    SITES_SMALL,
    ULLA,
    WAREHOUSE,
)
from tests.cast import NOW as THEN
from tests.web.conftest import type_browse, words
from tests.world import Tenant, consumed, held, inherit, make_pool, make_users, query_count, rows_of

PAGE = f"/licenses/{BASIC.sku_id}"
ALL_APPS = " ".join(str(plan) for plan in BASIC.plan_ids)


def apps(*on: object) -> dict[str, object]:
    """The fields of the switches with these apps on."""
    return {"apps": ALL_APPS, "app": [f"{BASIC.sku_id}/{plan}" for plan in on]}


EVERY_APP = apps(*BASIC.plan_ids)


async def give(db: Database, contoso: Tenant, product, *who, off: frozenset = frozenset()) -> None:
    wish = Wish(assign={product.sku_id: off})
    chosen = Selection(ids=contoso.ids(*who))
    await assign_licenses(db, contoso.viewer(ADELE), selection=chosen, wish=wish, all_or_none=True, now=THEN)


# The list


async def test_the_page_names_who_holds_the_product_and_how(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, BASIC, PETER, off=frozenset([CHAT.id]))
    await inherit(db, contoso.id, BASIC, *contoso.ids(BILL))
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get(PAGE))
    assert f"Peter Plain {contoso.email(PETER)} 2 of 3 apps on Direct" in page
    assert f"Bill Ågård {contoso.email(BILL)} 3 of 3 apps on Group" in page
    assert "2 of 2 people" in page


async def test_one_app_and_one_person_are_not_told_as_several(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, LOOKOUT, 5)
    await give(db, contoso, LOOKOUT, PETER)
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get(f"/licenses/{LOOKOUT.sku_id}"))
        pane = words(await desk.get(f"/licenses/{LOOKOUT.sku_id}?open={contoso.people[PETER]}", target="pane"))
    assert "1 of 1 app on Direct" in page
    assert "1 of 1 person" in page
    assert "Apps 1 of 1 app on Vision" in pane


async def test_a_product_nobody_has_offers_the_first_step(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get(PAGE))
        searched = words(await desk.get(f"{PAGE}?q=peter"))
    assert "Nobody has this license yet" in page
    assert "Assign licenses" in page
    assert "Nobody with this license is called “peter”" in searched


async def test_holders_are_searched_and_paged(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 100)
    crowd = await make_users(db, contoso.id, 60)
    await inherit(db, contoso.id, BASIC, *crowd)
    async with browse(contoso, LIDIA) as desk:
        first = (await desk.get(PAGE)).text
        onward = re.search(r'rel="next" href="([^"]+)"', first)
        assert onward is not None
        second = words(await desk.get(onward[1].replace("&amp;", "&")))
        found = words(await desk.get(f"{PAGE}?q=000017"))
    assert "50 of 60 people" in words(first)
    assert "10 of 60 people" in second
    assert "Person 000070" in second
    assert "1 person matches" in found


async def test_fifty_holders_cost_as_many_statements_as_one(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 100)
    await inherit(db, contoso.id, BASIC, *contoso.ids(PETER))
    async with browse(contoso, LIDIA) as desk:
        with query_count(db) as one:
            await desk.get(f"{PAGE}?open={contoso.people[PETER]}")
        await inherit(db, contoso.id, BASIC, *await make_users(db, contoso.id, 49))
        with query_count(db) as many:
            await desk.get(f"{PAGE}?open={contoso.people[PETER]}")
    assert one.count == many.count


async def test_an_unbought_or_foreign_product_is_not_there(
    db: Database, contoso: Tenant, northwind: Tenant, browse: type_browse
) -> None:
    await make_pool(db, northwind.id, BASIC, 5)
    async with browse(contoso, ADELE) as desk:
        assert (await desk.get(PAGE)).status_code == 404
        assert (await desk.get(f"/t/{northwind.slug}{PAGE}")).status_code == 404
        assert (await desk.get(f"/licenses/{new_id()}")).status_code == 404


# Who may


async def test_those_who_assign_see_how_and_those_who_look_do_not(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, BASIC, PETER)
    for who, may in ((ADELE, True), (LIDIA, True), (ULLA, True), (BILL, False), (RASMUS, False)):
        async with browse(contoso, who) as desk:
            page = await desk.get(f"{PAGE}?pane=assign")
            person = await desk.get(f"{PAGE}?open={contoso.people[PETER]}")
        assert ("Assign licenses" in words(page)) is may, who.name
        assert ('id="picker"' in page.text) is may, who.name
        assert ("Save changes" in words(person)) is may, who.name
    async with browse(contoso, HENRIETTA) as desk:
        assert (await desk.get(PAGE)).status_code == 403


async def test_a_billing_admin_cannot_assign_by_sending_the_form(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, BILL) as desk:
        answer = await desk.post(f"{PAGE}/assign", {"user": str(contoso.people[PETER]), **EVERY_APP})
        people = await desk.get(f"{PAGE}/people?q=pe")
    assert answer.status_code == people.status_code == 403
    assert "License admin" in answer.text
    assert await held(db, contoso.id) == {}


# Assign


async def test_those_who_were_picked_get_the_license_and_the_receipt_names_them(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, BASIC, BILL)
    picked = [str(one) for one in contoso.ids(PETER, GUSTAV, BILL)]
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PAGE}/assign", {"user": picked, "key": "a", **EVERY_APP})
        assert answer.status_code == 303
        receipt = words(await desk.get(answer.headers["location"], target="pane"))
    assert "2 people got the license" in receipt
    assert "Share the quick-start page" in receipt
    assert receipt.index("Gustav Guest") < receipt.index("1 person had it already") < receipt.index("Bill Ågård")
    assert (await consumed(db, contoso.id))[BASIC.sku_id] == 3


async def test_apps_that_are_not_ticked_are_off(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        await desk.post(f"{PAGE}/assign", {"user": str(contoso.people[PETER]), **apps(CHAT.id)})
    off = (await held(db, contoso.id))[contoso.people[PETER], BASIC.sku_id]
    assert off == {MAIL_SMALL.id, SITES_SMALL.id}


async def test_one_person_without_location_stops_all_and_the_way_out_keeps_who_was_picked(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    picked = [str(one) for one in contoso.ids(PETER, NORA)]
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PAGE}/assign", {"user": picked, **apps(CHAT.id)}, target="pane")
        assert answer.status_code == 409
        assert "Nora Nowhere" in words(answer)
        assert "The usage location is missing" in words(answer)
        assert all(f'name="user" value="{one}"' in answer.text for one in picked)
        assert await held(db, contoso.id) == {}
        off = f"{MAIL_SMALL.id} {SITES_SMALL.id}"
        located = {"located": str(contoso.people[NORA]), "country": "DK", "keep": picked, "off": off}
        back = (await desk.post(f"{PAGE}/location", located)).headers["location"]
        again = (await desk.get(back)).text
    assert all(f'name="user" value="{one}"' in again for one in picked)
    assert "1 of 3 apps on" in words(again)
    found = {row["id"]: row["usage_location"] for row in await rows_of(db, contoso.id, "users")}
    assert found[contoso.people[NORA]] == "DK"


async def test_a_plan_conflict_names_both_apps_and_offers_to_switch_the_new_one_off(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await make_pool(db, contoso.id, PREMIUM, 5)
    await give(db, contoso, PREMIUM, PETER)
    picked = {"user": str(contoso.people[PETER])}
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PAGE}/assign", {**picked, **EVERY_APP})
        offered = re.search(r'name="off" value="([^"]+)"', answer.text)
        assert offered is not None
        done = await desk.post(f"{PAGE}/assign", {**picked, **EVERY_APP, "off": offered[1]})
    assert answer.status_code == 409
    says = words(answer)
    assert "Mail (small) in Business Basic and Mail (large) in Business Premium exclude each other" in says
    assert "Switch off Mail (small) and Sites (small) and assign" in says
    assert done.status_code == 303
    off = (await held(db, contoso.id))[contoso.people[PETER], BASIC.sku_id]
    assert off == {MAIL_SMALL.id, SITES_SMALL.id}


async def test_when_seats_are_short_it_says_how_many_and_who_buys(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    picked = [str(one) for one in contoso.ids(PETER, ADELE, BILL)]
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PAGE}/assign", {"user": picked, **EVERY_APP})
    assert answer.status_code == 409
    assert "Business Basic: 2 seats are missing" in words(answer)
    assert "A Global admin or Billing admin can buy more" in words(answer)
    assert await held(db, contoso.id) == {}


async def test_a_barred_country_is_named(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, LOOKOUT, 5)
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"/licenses/{LOOKOUT.sku_id}/assign", {"user": str(contoso.people[CHEN])})
    assert answer.status_code == 409
    assert "Lookout is not offered in China" in words(answer)
    assert "Chen Wei" in words(answer)


async def test_more_people_than_the_limit_are_sent_to_active_users(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 50)
    crowd = await make_users(db, contoso.id, 21)
    async with browse(contoso, LIDIA) as desk:
        assigned = await desk.post(f"{PAGE}/assign", {"user": [str(one) for one in crowd], **EVERY_APP})
        removed = await desk.post(f"{PAGE}/unassign", {"user": [str(one) for one in crowd]})
    assert assigned.status_code == removed.status_code == 422
    assert "At most 20 people at a time" in words(assigned)
    assert f"/users/active?license={BASIC.sku_id}" in removed.text
    assert await held(db, contoso.id) == {}


async def test_nobody_picked_is_said_where_the_picker_is(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PAGE}/assign", EVERY_APP, target="pane")
    assert answer.status_code == 422
    assert "Nobody is selected" in words(answer)
    assert "<html" not in answer.text


async def test_a_second_click_gets_the_first_answer(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    form = {"user": str(contoso.people[PETER]), "key": str(new_id()), **EVERY_APP}
    async with browse(contoso, LIDIA) as desk:
        first, second = await desk.post(f"{PAGE}/assign", form), await desk.post(f"{PAGE}/assign", form)
    assert first.headers["location"] == second.headers["location"]
    assert len(await rows_of(db, contoso.id, "operations")) == 1


async def test_a_company_product_is_refused_even_if_the_form_is_sent(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, WAREHOUSE, 5)
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"/licenses/{WAREHOUSE.sku_id}/assign", {"user": str(contoso.people[PETER])})
    assert answer.status_code == 422
    assert "serves the whole organization" in words(answer)


async def test_people_of_another_tenant_cannot_be_picked(
    db: Database, contoso: Tenant, northwind: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    stranger = str(northwind.people[NANCY])
    async with browse(contoso, LIDIA) as desk:
        both = await desk.post(f"{PAGE}/assign", {"user": [stranger, str(contoso.people[PETER])], **EVERY_APP})
        opened = await desk.get(f"{PAGE}?open={stranger}")
    assert both.status_code == 409
    assert "Nancy" not in both.text
    assert opened.status_code == 404
    assert await held(db, contoso.id) == {}


async def test_the_picker_marks_who_has_it_already(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, BASIC, PETER)
    await inherit(db, contoso.id, BASIC, *contoso.ids(BILL))
    async with browse(contoso, LIDIA) as desk:
        assert "Peter Plain Already has the license" in words(await desk.get(f"{PAGE}/people?way=assign&q=pet"))
        assert "Already" not in words(await desk.get(f"{PAGE}/people?way=assign&q=nora"))
        assert "Does not have the license" in words(await desk.get(f"{PAGE}/people?way=unassign&q=nora"))
        assert "Has it from a group" in words(await desk.get(f"{PAGE}/people?way=unassign&q=bill"))


# Unassign


async def test_before_a_license_goes_it_says_whose_and_what_happens_to_the_data(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, BASIC, PETER, ADELE)
    await inherit(db, contoso.id, BASIC, *contoso.ids(BILL))
    picked = [str(one) for one in contoso.ids(PETER, ADELE, BILL, CHEN)]
    async with browse(contoso, LIDIA) as desk:
        asked = await desk.post(f"{PAGE}/unassign", {"user": picked})
        preview = await desk.get(asked.headers["location"])
        says = words(preview)
        assert len(await held(db, contoso.id)) == 3
        going = re.findall(r'name="user" value="([^"]+)"', preview.text.split('id="pane"')[1])
        done = await desk.post(f"{PAGE}/unassign", {"user": going, "confirm": "1", "key": "x"})
        after = words(await desk.get(done.headers["location"]))
    assert "2 people lose the license" in says
    assert "The data of the apps is kept for 30 days" in says
    assert "1 person keeps it" in says
    assert "1 person does not have it" in says
    assert "Remove 2 licenses" in says
    assert set(await held(db, contoso.id)) == {(contoso.people[BILL], BASIC.sku_id)}
    assert "2 licenses removed" in after


async def test_one_inherited_license_stops_a_removal_that_was_sent_all_the_same(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, BASIC, PETER)
    await inherit(db, contoso.id, BASIC, *contoso.ids(BILL))
    picked = [str(one) for one in contoso.ids(PETER, BILL)]
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PAGE}/unassign", {"user": picked, "confirm": "1"}, target="pane")
    assert answer.status_code == 409
    assert "Business Basic comes from a group" in words(answer)
    assert len(await held(db, contoso.id)) == 2


# One person's apps


async def test_apps_of_one_person_are_switched_from_the_row(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await give(db, contoso, BASIC, PETER)
    place = f"{PAGE}/people/{contoso.people[PETER]}"
    async with browse(contoso, LIDIA) as desk:
        pane = await desk.get(f"{PAGE}?open={contoso.people[PETER]}", target="pane")
        saved = await desk.post(place, apps(CHAT.id, MAIL_SMALL.id), target="pane")
    assert "<html" not in pane.text
    assert "3 of 3 apps on" in words(pane)
    assert f"open={contoso.people[PETER]}" in saved.headers["hx-redirect"]
    assert (await held(db, contoso.id))[contoso.people[PETER], BASIC.sku_id] == {SITES_SMALL.id}


async def test_apps_of_a_license_that_somebody_removed_meanwhile_are_refused(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PAGE}/people/{contoso.people[PETER]}", apps(CHAT.id), target="pane")
    assert answer.status_code == 409
    says = words(answer)
    assert "The license of Business Basic was removed meanwhile." in says
    assert "Peter Plain does not have Business Basic." in says
    assert "Assign licenses" in says
    assert "Save changes" not in says
    assert await held(db, contoso.id) == {}


async def test_switching_on_an_app_that_another_excludes_keeps_what_was_ticked(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await make_pool(db, contoso.id, PREMIUM, 5)
    await give(db, contoso, BASIC, PETER, off=frozenset([MAIL_SMALL.id, SITES_SMALL.id]))
    await give(db, contoso, PREMIUM, PETER)
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"{PAGE}/people/{contoso.people[PETER]}", apps(MAIL_SMALL.id), target="pane")
    assert answer.status_code == 409
    assert "exclude each other" in words(answer)
    assert f'value="{BASIC.sku_id}/{MAIL_SMALL.id}" checked' in answer.text
    assert f'value="{BASIC.sku_id}/{CHAT.id}" checked' not in answer.text


async def test_apps_that_come_from_a_group_are_locked(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await inherit(db, contoso.id, BASIC, *contoso.ids(BILL))
    async with browse(contoso, LIDIA) as desk:
        pane = await desk.get(f"{PAGE}?open={contoso.people[BILL]}", target="pane")
    assert "This license comes from a group" in words(pane)
    assert pane.text.count(" disabled") == 3
    assert "Save changes" not in words(pane)


async def test_a_forms_address_leads_back_to_its_page(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        assert (await desk.get(f"{PAGE}/assign?q=a")).headers["location"].endswith(f"{PAGE}?q=a&pane=assign")
        person = await desk.get(f"{PAGE}/people/{contoso.people[PETER]}")
    assert person.headers["location"].endswith(f"{PAGE}?open={contoso.people[PETER]}")
