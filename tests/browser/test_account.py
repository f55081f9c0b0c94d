"""The menu of one's tenants in a real browser, with script and without; and times in a chosen zone."""

import pytest
from sqlalchemy import update

from tenantry.store.database import Database
from tenantry.store.people_write import join_account
from tenantry.store.tables import accounts
from tests.browser.conftest import type_visit
from tests.cast import ADELE, NED
from tests.conftest import type_run
from tests.world import Tenant

pytestmark = pytest.mark.browser


@pytest.fixture
def in_both(contoso: Tenant, northwind: Tenant, db: Database, run: type_run) -> Tenant:
    """A Contoso whose Adele is let into Northwind too."""

    async def join() -> None:
        async with db.transaction(northwind.id) as tx:
            await join_account(tx, northwind.id, northwind.people[NED], contoso.accounts[ADELE])

    run(join())
    return contoso


def test_the_menu_of_tenants_is_loaded_when_it_opens(visit: type_visit, in_both: Tenant, northwind: Tenant) -> None:
    page = visit(in_both, ADELE, "/find?q=a")
    page.locator(".tn-tenant summary").click()
    page.get_by_role("link", name=northwind.slug.title()).click()
    page.wait_for_url(f"**/t/{northwind.slug}/**")


def test_without_script_the_menu_leads_to_a_page(visit: type_visit, in_both: Tenant, northwind: Tenant) -> None:
    page = visit(in_both, ADELE, "/find?q=a", scripts=False)
    page.locator(".tn-tenant summary").click()
    page.get_by_role("link", name="Your organizations").click()
    page.get_by_role("link", name=northwind.slug.title()).click()
    page.wait_for_url(f"**/t/{northwind.slug}/**")


def test_a_chosen_zone_is_told_whatever_the_browsers_is(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run
) -> None:
    async def choose() -> None:
        async with db.transaction() as tx:
            mine = update(accounts).where(accounts.c.id == contoso.accounts[ADELE])
            await tx.execute(mine.values(time_zone="Asia/Tokyo"))

    run(choose())
    page = visit(contoso, ADELE, "//account/sessions")
    assert page.locator("time").first.get_attribute("title") == "Asia/Tokyo"
