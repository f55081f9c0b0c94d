"""The operator's pages, looked at by axe once per theme, and on a phone in the longest language."""

from collections.abc import Callable

import pytest

from tenantry.store.database import Database
from tenantry.store.letters import write_letter
from tests.browser.conftest import PHONE, overflow, type_visit, violations, violations_in_both_themes
from tests.cast import ADELE, BASIC, NOW, Character
from tests.conftest import type_run
from tests.web.conftest import make_boss
from tests.world import Tenant, make_pool, make_request

pytestmark = pytest.mark.browser

OLGA = Character("olga", "Olga Operator")  # of the house, not of the tenant
ASKED: dict[str, str] = {}
PAGES: dict[str, Callable[[Tenant], str]] = {
    "organizations": lambda tenant: f"//operator/tenants?q={tenant.slug}",
    "no organization": lambda tenant: "//operator/tenants?q=zzzz",
    "an organization": lambda tenant: f"//operator/tenants/{tenant.id}",
    "add an organization": lambda tenant: "//operator/tenants/add",
    "catalog": lambda tenant: "//operator/catalog",
    "a product of the catalog": lambda tenant: f"//operator/catalog/{BASIC.sku_id}",
    "import": lambda tenant: "//operator/catalog/import",
    "doors": lambda tenant: "//operator/doors",
    "mail domains": lambda tenant: "//operator/mail-domains",
    "takeovers": lambda tenant: "//operator/takeovers",
    "app keys": lambda tenant: "//operator/app-keys",
    "service requests": lambda tenant: "//operator/requests",
    "a service request": lambda tenant: ASKED["place"],
    "an edition": lambda tenant: "//operator/editions/worldwide",
    "what readers say": lambda tenant: "//operator/help",
    "jobs": lambda tenant: "//operator/jobs",
    "timetable": lambda tenant: "//operator/timetable",
    "letters": lambda tenant: "//operator/letters",
    "events": lambda tenant: "//operator/events",
    "doctor": lambda tenant: "//operator/doctor",
    "settings": lambda tenant: "//operator/settings",
    "log": lambda tenant: "//operator/log",
    "a welcome that is dead": lambda tenant: "//operator/welcome/none",
}


@pytest.fixture(scope="module")
def looked_after(module_tenant: Tenant, db: Database, run: type_run) -> Tenant:
    """A Contoso with seats, a letter on its way, and Olga who runs the house."""

    async def prepare() -> None:
        boss = await make_boss(db, OLGA.name)
        module_tenant.accounts[OLGA] = boss.account_id
        await make_pool(db, module_tenant.id, BASIC, 5)
        asked = await make_request(db, module_tenant, ADELE)
        ASKED["place"] = f"//operator/requests/{module_tenant.id}/{asked['request_id']}"
        async with db.transaction() as tx:
            facts = {"email": "x@mail.example", "changed_at": NOW}
            await write_letter(tx, kind="password_changed", to="x@mail.example", language="nl", params=facts, now=NOW)

    run(prepare())
    return module_tenant


@pytest.mark.parametrize("name", PAGES)
def test_axe_has_nothing_against_the_page(look: type_visit, looked_after: Tenant, name: str) -> None:
    assert violations_in_both_themes(look(looked_after, OLGA, PAGES[name](looked_after))) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_fits_a_phone_in_danish(look: type_visit, looked_after: Tenant, name: str) -> None:
    assert overflow(look(looked_after, OLGA, PAGES[name](looked_after), language="da", size=PHONE)) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_support_access_is_opened_seen_and_left(visit: type_visit, looked_after: Tenant, theme: str) -> None:
    page = visit(looked_after, OLGA, f"//operator/tenants/{looked_after.id}", theme=theme)
    page.get_by_label("Reason").first.fill("Ticket 812")
    page.get_by_role("button", name="Open support access").click()
    page.wait_for_url(f"**/t/{looked_after.slug}/")
    bar = page.get_by_role("region", name="Support access")
    assert "You look after" in bar.inner_text()
    assert violations(page) == []
    assert overflow(page) == 0
    bar.get_by_role("button", name="Leave").click()
    page.wait_for_url(f"**/operator/tenants/{looked_after.id}")
    assert page.get_by_role("region", name="Support access").count() == 0
