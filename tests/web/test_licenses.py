"""Licenses by product: the list, its filters and its file."""

import csv
import io

from tenantry.store.database import Database
from tenantry.store.free_products import open_pools
from tests.cast import (
    ADELE,
    BASIC,
    BILL,
    BOARD,
    BOARD_TWIN,
    DAY,
    HENRIETTA,
    LIDIA,
    MEETINGS,
    NOW,
    PETER,
    PREMIUM,
    PRODUCTS,
    WAREHOUSE,
)
from tests.web.conftest import type_browse, words
from tests.world import Tenant, inherit, make_pool, make_users, query_count


async def test_seats_are_totalled_over_the_subscriptions_of_a_product(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, PREMIUM, 5)
    await make_pool(db, contoso.id, PREMIUM, 8)
    await inherit(db, contoso.id, PREMIUM, *contoso.ids(PETER))
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get("/licenses"))
    assert "Business Premium 2 subscriptions" in page
    assert "1 license assigned of 13 paid" in page


async def test_what_people_take_for_free_counts_no_seats_and_never_ends(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with db.transaction(contoso.id) as tx:
        await open_pools(tx, contoso.id, [MEETINGS.sku_id], "DKK", NOW)
    async with browse(contoso, ADELE) as desk:
        home, page, product, bought = [
            words(await desk.get(place)) for place in ("/", "/licenses", f"/licenses/{MEETINGS.sku_id}", "/products")
        ]
    assert MEETINGS.name not in home
    assert f"{MEETINGS.name} Free for everybody who signs up – 0 –" in page
    assert "0 licenses assigned of 5 paid" in page
    assert "Free for everybody who signs up" in product
    assert all("1,000,000" not in text and "2126" not in text for text in (home, page, product))
    assert "2126" not in bought


async def test_subscriptions_whose_data_is_gone_are_not_counted(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, PREMIUM, 5)
    long_ago = {"starts_at": NOW - 600 * DAY, "ends_at": NOW - 400 * DAY, "recurring": False}
    await make_pool(db, contoso.id, PREMIUM, 8, **long_ago)
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get("/licenses"))
        product = words(await desk.get(f"/licenses/{PREMIUM.sku_id}"))
    assert "2 subscriptions" not in page
    assert "1 subscription" in product


async def test_products_of_the_same_name_are_rows_of_their_own(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BOARD, 5)
    await make_pool(db, contoso.id, BOARD_TWIN, 8)
    async with browse(contoso, LIDIA) as desk:
        page = (await desk.get("/licenses")).text
    assert f"/licenses/{BOARD.sku_id}" in page
    assert f"/licenses/{BOARD_TWIN.sku_id}" in page


async def test_a_short_product_stands_first_and_is_never_below_nothing(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await make_pool(db, contoso.id, PREMIUM, 1)
    await inherit(db, contoso.id, PREMIUM, *contoso.ids(PETER, ADELE, BILL))
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get("/licenses"))
        only = words(await desk.get("/licenses?show=conflict"))
    assert page.index("Business Premium") < page.index("Business Basic")
    assert "2 users need a valid license" in page
    assert "0 available short by 2" in page
    assert "Business Basic" not in only


async def test_no_status_is_spoken_of_while_nothing_is_short(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get("/licenses"))
    assert "Business Basic" in page
    assert "Status" not in page


async def test_a_full_product_is_found_by_its_filter(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    await make_pool(db, contoso.id, PREMIUM, 5)
    await inherit(db, contoso.id, BASIC, *contoso.ids(PETER))
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get("/licenses?show=full"))
    assert "None available 1" in page
    assert "Business Basic" in page
    assert "Business Premium" not in page


async def test_products_are_searched_by_name_and_part_number(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await make_pool(db, contoso.id, PREMIUM, 5)
    async with browse(contoso, LIDIA) as desk:
        named = words(await desk.get("/licenses?q=premi"))
        nothing = words(await desk.get("/licenses?q=no+such+thing"))
    assert "Business Premium" in named
    assert "Business Basic" not in named
    assert "No product matches" in nothing


async def test_a_product_for_the_company_has_nobody_to_assign_it_to(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, WAREHOUSE, 3)
    async with browse(contoso, ADELE) as desk:
        listed = words(await desk.get("/licenses"))
        page = words(await desk.get(f"/licenses/{WAREHOUSE.sku_id}"))
    assert "For the whole organization" in listed
    assert "For the whole organization" in page
    assert "Assign licenses" not in page


async def test_a_tenant_without_products_is_told_what_the_page_is_for(contoso: Tenant, browse: type_browse) -> None:
    async with browse(contoso, LIDIA) as desk:
        page = words(await desk.get("/licenses"))
    assert "No licenses yet" in page


async def test_the_file_has_what_the_filter_shows(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await make_pool(db, contoso.id, PREMIUM, 1)
    await inherit(db, contoso.id, PREMIUM, *contoso.ids(PETER, ADELE))
    async with browse(contoso, LIDIA) as desk:
        answer = await desk.get("/licenses/export?show=conflict")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Product"] for row in rows] == ["Business Premium"]
    assert (rows[0]["Total"], rows[0]["Assigned"], rows[0]["Available"], rows[0]["Short"]) == ("1", "2", "0", "1")
    assert f"licenses-{contoso.slug}.csv" in answer.headers["content-disposition"]


async def test_billing_admins_look_and_helpdesk_admins_may_not(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, BILL) as desk:
        assert (await desk.get("/licenses")).status_code == 200
    async with browse(contoso, HENRIETTA) as desk:
        answer = await desk.get("/licenses")
    assert answer.status_code == 403
    assert "License admin" in answer.text


async def test_another_tenants_list_is_not_there(contoso: Tenant, northwind: Tenant, browse: type_browse) -> None:
    async with browse(contoso, ADELE) as desk:
        assert (await desk.get(f"/t/{northwind.slug}/licenses")).status_code == 404


async def test_many_products_cost_as_many_statements_as_one(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, LIDIA) as desk:
        await desk.get("/licenses")
        with query_count(db) as one:
            await desk.get("/licenses")
        for product in PRODUCTS[1:]:
            await make_pool(db, contoso.id, product, 5)
        await make_users(db, contoso.id, 5)
        with query_count(db) as many:
            await desk.get("/licenses")
    assert one.count == many.count
