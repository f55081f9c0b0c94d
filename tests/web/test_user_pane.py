"""The pane of one person: what each role sees of it, licenses saved, refused and removed, the usage location."""

from uuid import UUID

import pytest

from tenantry.domain.catalog import Product
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
    MAIL_LARGE,
    MAIL_SMALL,
    NED,
    NORA,
    PETER,
    PREMIUM,
    RASMUS,
    SITES_LARGE,
    SITES_SMALL,
    WAREHOUSE,
)
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, consumed, held, inherit, make_pool, make_users, query_count


def ticked(*products: Product, off: tuple[UUID, ...] = (), had: tuple[Product, ...] = ()) -> dict[str, list[str]]:
    """The form with `products` ticked and every app on but `off`; `had` were held when it was shown."""
    shown = {product.sku_id: product for product in (*products, *had)}.values()
    return {
        "offered": [f"{p.sku_id}:{','.join(plan.hex for plan in p.plan_ids)}" for p in shown],
        "held": [str(p.sku_id) for p in had],
        "product": [str(p.sku_id) for p in products],
        "app": [f"{p.sku_id}/{plan}" for p in products for plan in p.plan_ids if plan not in off],
    }


def pane(who: UUID, tab: str = "licenses") -> str:
    return f"/users/active?open={who}&tab={tab}"


async def save(desk: Desk, who: UUID, form: dict[str, list[str]], **more: str):
    return await desk.post(f"/users/{who}/licenses", form | more)


async def test_the_account_tells_facts_and_roles(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(pane(contoso.people[LIDIA], "account"), target="pane")
    assert page.status_code == 200
    assert "<html" not in page.text
    assert {"Username", "Roles", "Usage"} <= set(words(page).split())
    assert "License admin" in words(page)


async def test_the_same_address_loaded_whole_has_list_and_pane(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(pane(contoso.people[LIDIA], "account"))
    assert "<html" in page.text
    assert "License admin" in words(page)
    assert PETER.name in words(page)


async def test_a_persons_own_address_leads_to_the_pane(browse: type_browse, contoso: Tenant) -> None:
    user_id = contoso.people[PETER]
    async with browse(contoso, ADELE) as desk:
        one = await desk.get(f"/users/{user_id}")
        tab = await desk.get(f"/users/{user_id}/licenses")
    assert one.headers["location"] == f"/t/{contoso.slug}/users/active?open={user_id}"
    assert tab.headers["location"] == f"/t/{contoso.slug}/users/active?open={user_id}&tab=licenses"


async def test_helpdesk_sees_the_account_only(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, HENRIETTA) as desk:
        page = await desk.get(pane(contoso.people[PETER]), target="pane")
        answer = await save(desk, contoso.people[PETER], ticked(BASIC))
    assert "Licenses and apps" not in words(page)
    assert BASIC.name not in words(page)
    assert 'name="country"' not in page.text
    assert answer.status_code == 403


async def test_readers_and_buyers_see_licenses_and_change_none(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    for who in (BILL, RASMUS):
        async with browse(contoso, who) as desk:
            page = await desk.get(pane(contoso.people[PETER]), target="pane")
            answer = await save(desk, contoso.people[PETER], ticked(BASIC))
            moved = await desk.post(f"/users/{contoso.people[PETER]}/location", {"country": "NO"})
        assert BASIC.name in words(page)
        assert "Save changes" not in words(page)
        assert (answer.status_code, moved.status_code) == (403, 403)
    assert await held(db, contoso.id) == {}


async def test_ticked_products_are_assigned_with_the_apps_that_are_on(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        answer = await save(desk, contoso.people[PETER], ticked(BASIC, off=(CHAT.id,)))
        page = await desk.get(answer.headers["location"])
    assert answer.status_code == 303
    assert await held(db, contoso.id) == {(contoso.people[PETER], BASIC.sku_id): frozenset({CHAT.id})}
    assert "Saved: 1 license assigned" in words(page)
    assert f"/t/{contoso.slug}/quick-start/share?operation=" in page.text
    assert "2 of 3 apps on" in words(page)
    assert "By Lidia Holloway" in words(page)


async def test_after_htmx_saved_the_list_behind_learns_of_it(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    user_id = contoso.people[PETER]
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"/users/{user_id}/licenses", ticked(BASIC), target="pane")
        page = await desk.get(answer.headers["location"], target="pane")
    assert (
        f'<td id="held-{user_id}" class="tn-clip" title="Business Basic" hx-swap-oob="true">Business Basic</td>'
        in page.text
    )
    assert "1 license assigned" in page.headers["hx-trigger"]


async def test_apps_of_a_held_product_are_switched(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    user_id = contoso.people[PETER]
    async with browse(contoso, LIDIA) as desk:
        await save(desk, user_id, ticked(BASIC))
        answer = await save(desk, user_id, ticked(BASIC, off=(CHAT.id,), had=(BASIC,)))
        page = await desk.get(answer.headers["location"])
    assert await held(db, contoso.id) == {(user_id, BASIC.sku_id): frozenset({CHAT.id})}
    assert "Saved: apps changed" in words(page)
    assert "quick-start" not in page.text


async def test_a_second_click_changes_nothing_more(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        for _ in range(2):
            answer = await save(desk, contoso.people[PETER], ticked(BASIC), key="one-form")
            assert answer.status_code == 303
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1}


async def test_before_a_license_goes_the_page_says_what_becomes_of_the_data(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    user_id = contoso.people[PETER]
    async with browse(contoso, LIDIA) as desk:
        await save(desk, user_id, ticked(BASIC))
        asked = await save(desk, user_id, ticked(had=(BASIC,)))
        assert asked.status_code == 200
        assert len(await held(db, contoso.id)) == 1
        done = await save(desk, user_id, ticked(had=(BASIC,)), confirmed="1")
        page = await desk.get(done.headers["location"])
    assert "kept for 30 days" in words(asked)
    assert "Remove 1 license from Peter Plain" in words(asked)
    assert 'name="confirmed"' in asked.text
    assert await held(db, contoso.id) == {}
    assert "Saved: 1 license removed" in words(page)


async def test_the_way_back_from_removing_keeps_what_was_ticked(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    user_id = contoso.people[PETER]
    async with browse(contoso, LIDIA) as desk:
        await save(desk, user_id, ticked(BASIC))
        page = await save(desk, user_id, ticked(had=(BASIC,)), confirmed="1", edit="1")
    assert page.status_code == 200
    assert f'value="{BASIC.sku_id}" data-product-box>' in page.text
    assert len(await held(db, contoso.id)) == 1


async def test_a_license_that_somebody_else_gave_meanwhile_is_not_taken(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    user_id = contoso.people[PETER]
    async with browse(contoso, LIDIA) as desk:
        stale = ticked() | {"offered": ticked(BASIC)["offered"]}
        await save(desk, user_id, ticked(BASIC))
        answer = await save(desk, user_id, stale)
    assert answer.status_code == 303
    assert len(await held(db, contoso.id)) == 1


async def test_a_plan_conflict_stands_at_its_product_and_can_be_switched_off(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    for product in (BASIC, PREMIUM):
        await make_pool(db, contoso.id, product, 5)
    user_id = contoso.people[PETER]
    async with browse(contoso, LIDIA) as desk:
        await save(desk, user_id, ticked(BASIC))
        form = ticked(BASIC, PREMIUM, had=(BASIC,))
        page = await save(desk, user_id, form)
        assert page.status_code == 409
        off = page.text.split('name="off" value="')[1].split('"')[0]
        done = await save(desk, user_id, form, off=off)
    read = words(page)
    assert "Mail (large) in Business Premium and Mail (small) in Business Basic exclude each other" in read
    assert "2 plan conflicts must be solved first" in read
    assert "Switch off these 2 apps" in read
    assert page.text.count("tn-app-broken") == 2
    assert done.status_code == 303
    both = frozenset({MAIL_LARGE.id, SITES_LARGE.id})
    assert (await held(db, contoso.id))[user_id, PREMIUM.sku_id] == both


async def test_a_conflicting_product_can_be_left_out(browse: type_browse, contoso: Tenant, db: Database) -> None:
    for product in (BASIC, PREMIUM):
        await make_pool(db, contoso.id, product, 5)
    async with browse(contoso, LIDIA) as desk:
        done = await save(desk, contoso.people[PETER], ticked(BASIC, PREMIUM), without=str(PREMIUM.sku_id))
    assert done.status_code == 303
    assert set(await held(db, contoso.id)) == {(contoso.people[PETER], BASIC.sku_id)}


async def test_what_was_ticked_stays_ticked_when_it_is_refused(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    for product in (BASIC, PREMIUM):
        await make_pool(db, contoso.id, product, 5)
    form = ticked(BASIC, PREMIUM, off=(CHAT.id, SITES_SMALL.id, MAIL_SMALL.id))
    form["app"].append(f"{BASIC.sku_id}/{MAIL_SMALL.id}")
    async with browse(contoso, LIDIA) as desk:
        page = await save(desk, contoso.people[PETER], form)
    assert page.status_code == 409
    for product in (BASIC, PREMIUM):
        assert f'value="{product.sku_id}" data-product-box checked>' in page.text
    assert f'value="{BASIC.sku_id}/{MAIL_SMALL.id}" checked' in page.text
    assert f'value="{BASIC.sku_id}/{CHAT.id}" checked' not in page.text


async def test_when_seats_are_short_the_page_says_who_can_buy(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    async with browse(contoso, LIDIA) as desk:
        await save(desk, contoso.people[PETER], ticked(BASIC))
        shown = await desk.get(pane(contoso.people[ADELE]))
        page = await save(desk, contoso.people[ADELE], ticked(BASIC))
    assert "None available" in words(shown)
    assert page.status_code == 409
    assert "Business Basic: 1 seat is missing" in words(page)
    assert "Seats are bought by a Global admin or Billing admin" in words(page)


async def test_a_product_that_is_barred_in_the_country_says_so(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, LOOKOUT, 5)
    async with browse(contoso, LIDIA) as desk:
        page = await save(desk, contoso.people[CHEN], ticked(LOOKOUT))
    assert page.status_code == 409
    assert "Lookout is not offered in China" in words(page)


async def test_a_missing_usage_location_is_asked_for_and_what_is_ticked_stays(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    user_id = contoso.people[NORA]
    async with browse(contoso, LIDIA) as desk:
        shown = await desk.get(pane(user_id))
        refused = await save(desk, user_id, ticked(BASIC))
        located = await desk.post(f"/users/{user_id}/location?tab=licenses", ticked(BASIC) | {"country": "DK"})
        done = await save(desk, user_id, ticked(BASIC))
    assert "The usage location is missing" in words(shown)
    assert refused.status_code == 409
    assert located.status_code == 200
    assert f'value="{BASIC.sku_id}" data-product-box checked>' in located.text
    assert "The usage location is missing" not in words(located)
    assert done.status_code == 303


async def test_the_usage_location_is_set_and_leads_back_to_the_page_it_was_asked_on(
    browse: type_browse, contoso: Tenant
) -> None:
    place = f"/users/{contoso.people[PETER]}/location"
    back = f"/t/{contoso.slug}/licenses?pane=assign"
    async with browse(contoso, LIDIA) as desk:
        plain = await desk.post(f"{place}?q=peter", {"country": "NO"})
        asked = await desk.post(place, {"country": "NO", "next": back})
        outside = await desk.post(place, {"country": "NO", "next": f"/t/{contoso.slug}//evil.example"})
        page = await desk.get(plain.headers["location"])
    assert plain.headers["location"].endswith(f"/users/active?q=peter&open={contoso.people[PETER]}")
    assert asked.headers["location"] == back
    assert "evil" not in outside.headers["location"]
    assert "Norway" in words(page)


async def test_a_country_that_is_none_is_refused_at_its_field(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as desk:
        page = await desk.post(f"/users/{contoso.people[PETER]}/location", {"country": "XX"})
    assert page.status_code == 422
    assert "“XX” is not a country" in words(page)
    assert 'aria-invalid="true"' in page.text


async def test_an_inherited_license_is_locked_and_not_sent(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await inherit(db, contoso.id, BASIC, contoso.people[PETER])
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(pane(contoso.people[PETER]))
    assert "Inherited from a group" in words(page)
    assert f'value="{BASIC.sku_id}" data-product-box checked disabled>' in page.text
    assert f'name="offered" value="{BASIC.sku_id}' not in page.text


async def test_a_product_of_the_whole_organization_is_not_offered(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, WAREHOUSE, 5)
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(pane(contoso.people[PETER]))
        forged = await save(desk, contoso.people[PETER], ticked(WAREHOUSE))
    assert "no product that can be assigned" in words(page)
    assert forged.status_code == 422
    assert "serves the whole organization" in words(forged)


async def test_a_guest_gets_licenses_like_everybody(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    user_id = contoso.people[GUSTAV]
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.post(f"/users/{user_id}/licenses?kind=guest", ticked(BASIC))
    assert answer.headers["location"].startswith(f"/t/{contoso.slug}/users/guests?")
    assert len(await held(db, contoso.id)) == 1


@pytest.mark.parametrize("place", ["licenses", "location"])
async def test_another_tenants_person_is_not_there(
    browse: type_browse, contoso: Tenant, northwind: Tenant, place: str
) -> None:
    async with browse(contoso, ADELE) as desk:
        answer = await desk.post(f"/users/{northwind.people[NED]}/{place}", ticked() | {"country": "NO"})
    assert answer.status_code == 404


async def test_the_pane_leads_to_the_rows_above_and_below(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(f"/users/active?q=n&open={contoso.people[NORA]}", target="pane")
    assert "Previous row" not in page.text
    assert "Next row" not in page.text
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(f"/users/active?open={contoso.people[LIDIA]}", target="pane")
    assert "Previous row" in page.text
    assert "Next row" in page.text


async def test_the_pane_asks_the_database_the_same_however_long_the_list(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, ADELE) as desk:
        with query_count(db) as few:
            await desk.get(pane(contoso.people[PETER]), target="pane")
        await make_users(db, contoso.id, 60)
        with query_count(db) as many:
            await desk.get(pane(contoso.people[PETER]), target="pane")
    assert few.count == many.count
