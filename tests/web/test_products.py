"""Your products: a row per subscription."""

from datetime import UTC, datetime

import pytest

from tenantry.store.database import Database
from tests.cast import ADELE, BASIC, BILL, DAY, HENRIETTA, PREMIUM
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_pool, query_count

NOW = datetime.now(UTC)  # the pages read the clock


async def test_two_purchases_of_a_product_are_two_rows(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, PREMIUM, 5)
    await make_pool(db, contoso.id, PREMIUM, 8)
    async with browse(contoso, BILL) as desk:
        page = words(await desk.get("/products"))
    assert page.count("Business Premium") == 2
    assert "2 subscriptions" in page
    assert "DKK 70.00 per month" in page
    assert "1 year Billed monthly" in page


@pytest.mark.parametrize(
    ("ends", "recurring", "status", "says"),
    [
        (100, True, "Active", "Renews on"),
        (100, False, "Active", "Ends on"),
        (-10, False, "Expired", "Ended on"),
        (-40, False, "Disabled", "Ended on"),
    ],
)
async def test_a_subscription_says_where_it_stands_and_what_comes(
    db: Database, contoso: Tenant, browse: type_browse, ends: int, recurring: bool, status: str, says: str
) -> None:
    period = {"starts_at": NOW - 200 * DAY, "ends_at": NOW + ends * DAY}
    await make_pool(db, contoso.id, BASIC, 5, recurring=recurring, **period)
    async with browse(contoso, BILL) as desk:
        page = words(await desk.get("/products"))
    row = page[page.index("Business Basic") :]
    assert f"{status} 5" in row
    assert says in row
    assert row.split(" 1 subscription")[0].endswith("On" if recurring else "Off")


async def test_a_trial_is_free_and_does_not_renew(db: Database, contoso: Tenant, browse: type_browse) -> None:
    period = {"starts_at": NOW - DAY, "ends_at": NOW + 29 * DAY, "term_months": 1}
    await make_pool(db, contoso.id, BASIC, 5, trial=True, recurring=True, **period)
    async with browse(contoso, BILL) as desk:
        page = words(await desk.get("/products"))
    assert "Trial 5 Free 1 month Ends on" in page


async def test_a_subscription_to_come_says_when_it_starts(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5, starts_at=NOW + 5 * DAY, ends_at=NOW + 370 * DAY)
    async with browse(contoso, BILL) as desk:
        page = words(await desk.get("/products"))
    assert "Scheduled 5" in page
    assert "Starts on" in page


async def test_a_subscription_whose_data_is_gone_is_not_shown(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5, recurring=False, starts_at=NOW - 600 * DAY, ends_at=NOW - 200 * DAY)
    async with browse(contoso, BILL) as desk:
        page = words(await desk.get("/products"))
    assert "No subscriptions yet" in page


async def test_helpdesk_admins_do_not_see_what_was_bought(contoso: Tenant, browse: type_browse) -> None:
    async with browse(contoso, HENRIETTA) as desk:
        assert (await desk.get("/products")).status_code == 403
        assert "Your products" not in words(await desk.get("/"))


async def test_another_tenants_products_are_not_there(contoso: Tenant, northwind: Tenant, browse: type_browse) -> None:
    async with browse(contoso, ADELE) as desk:
        assert (await desk.get(f"/t/{northwind.slug}/products")).status_code == 404


async def test_many_subscriptions_cost_as_many_statements_as_one(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, BILL) as desk:
        with query_count(db) as one:
            await desk.get("/products")
        for _ in range(20):
            await make_pool(db, contoso.id, BASIC, 5)
        with query_count(db) as many:
            await desk.get("/products")
    assert one.count == many.count
