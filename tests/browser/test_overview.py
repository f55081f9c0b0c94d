"""Charts in a browser: drawn from their tables, which stand behind a button, in the colors of the theme."""

import pytest
from playwright.sync_api import Page

from tenantry.store.database import Database
from tenantry.store.notices import raise_notice
from tests.browser.conftest import PHONE, overflow, type_visit
from tests.cast import ADELE, BASIC, BOARD, NOW
from tests.conftest import type_run
from tests.world import Tenant, make_pool

pytestmark = pytest.mark.browser

# How many different colors the first chart has; one that is not drawn has one.
COLORS = """() => {
    const canvas = document.querySelector("figure canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
}"""


@pytest.fixture(scope="module")
def owner(module_tenant: Tenant, db: Database, run: type_run) -> Tenant:
    run(make_pool(db, module_tenant.id, BASIC, 12))
    run(make_pool(db, module_tenant.id, BOARD, 5, recurring=False))
    return module_tenant


def drawn(page: Page) -> int:
    page.wait_for_selector("figure canvas")
    return int(page.evaluate(COLORS))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chart_is_drawn_and_its_table_opens_by_a_button(owner: Tenant, visit: type_visit, theme: str) -> None:
    page = visit(owner, ADELE, "/billing/overview", theme=theme)
    assert drawn(page) > 3
    table = page.locator("figure table").first
    assert not table.is_visible()
    page.get_by_text("Show as a table").first.click()
    assert table.is_visible()
    assert "Business Basic" in table.inner_text()


def test_without_script_the_tables_stand_alone(owner: Tenant, visit: type_visit) -> None:
    page = visit(owner, ADELE, "/billing/overview", scripts=False)
    assert page.locator("figure table").first.is_visible()
    assert not page.locator("figure canvas").first.is_visible()


def test_charts_fit_a_phone_with_their_tables_open(owner: Tenant, visit: type_visit) -> None:
    page = visit(owner, ADELE, "/billing/overview", size=PHONE, language="da")
    assert drawn(page) > 3
    for summary in page.locator("figure summary").all():
        summary.click()
    assert overflow(page) <= 0


def test_the_bell_is_empty_once_the_notices_were_opened(
    owner: Tenant, visit: type_visit, db: Database, run: type_run
) -> None:
    run(tell(db, owner))
    page = visit(owner, ADELE, "/notices")
    page.wait_for_selector("#bell[aria-label='Notices']")
    assert page.get_by_text("New", exact=True).count() == 1
    page.reload()
    assert page.get_by_text("New", exact=True).count() == 0


async def tell(db: Database, tenant: Tenant) -> None:
    """A notice to everybody who sees licenses."""
    about = {"product": BASIC.name, "short": 3}
    async with db.transaction(tenant.id) as tx:
        await raise_notice(tx, "conflict", "license.read", BASIC.sku_id, about, NOW)
