"""The pages of a seat conflict, each looked at by axe in both themes, on a phone in Danish and on narrow desks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from tenantry.domain.catalog import Product
from tenantry.store.database import Database
from tenantry.store.tables import licenses, users
from tenantry.words.speech import LANGUAGES
from tests.browser.conftest import PHONE, overflow, type_visit, violations_in_both_themes
from tests.cast import ADELE, BASIC, BOARD, PHONES, PREMIUM
from tests.conftest import type_run
from tests.world import Tenant, inherit, make_payer, make_pool, make_users

pytestmark = pytest.mark.browser

HOLDERS: list[UUID] = []  # of Business Basic


def picked(step: str = "", **more: str) -> Callable[[], str]:
    """A step of removing Business Basic from the first three who hold it."""
    tail = "".join(f"&{name}={value}" for name, value in more.items())
    return lambda: f"{place(BASIC)}/remove{step}?{'&'.join(f'user={one}' for one in HOLDERS[:3])}{tail}"


def place(product: Product) -> str:
    return f"/licenses/{product.sku_id}"


PAGES: dict[str, Callable[[], str]] = {
    "licenses in conflict": lambda: "/licenses",
    "only those in conflict": lambda: "/licenses?show=conflict",
    "nothing cut yet": lambda: f"{place(BASIC)}/conflict",
    "without service": lambda: f"{place(PREMIUM)}/conflict",
    "nothing to buy seats in": lambda: f"{place(BOARD)}/conflict",
    "no conflict": lambda: f"{place(PHONES)}/conflict",
    "which to buy more of": lambda: f"{place(BASIC)}/buy-more",
    "which to renew": lambda: f"{place(PREMIUM)}/renew",
    "remove: pick": lambda: f"{place(BASIC)}/remove",
    "remove: nobody picked": lambda: f"{place(BASIC)}/remove?nobody=1",
    "remove: picked": picked(),
    "remove: what is lost": picked("/confirm"),
    "remove: are you sure": picked("/confirm", sure="1"),
    "remove: done": picked("/done"),
}


def ended(days: int) -> dict[str, Any]:
    """The terms of a yearly subscription that ended so many days ago."""
    ends_at = datetime.now(UTC) - timedelta(days=days)
    return {"starts_at": ends_at - timedelta(days=365), "ends_at": ends_at, "recurring": False}


SHARES: list[tuple[Product, int, dict[str, Any]]] = [
    (BASIC, 1200, {}),
    (BASIC, 10, {}),
    (BASIC, 25, ended(10)),
    (PREMIUM, 3, {}),
    (PREMIUM, 4, ended(40)),
    (PREMIUM, 5, ended(35)),
    (BOARD, 2, ended(40)),
    (PHONES, 5, {}),
]


@pytest.fixture(scope="module")
def short(module_tenant: Tenant, db: Database, run: type_run) -> Tenant:
    """A Contoso with three products in conflict: before the deadline, after it, and with nothing left; one is well."""

    async def make() -> None:
        for product, seats, terms in SHARES:
            await make_pool(db, module_tenant.id, product, seats, **terms)
        HOLDERS.extend(await make_users(db, module_tenant.id, 1233))
        for product, people in ((BASIC, 1233), (PREMIUM, 12), (BOARD, 2), (PHONES, 3)):
            await inherit(db, module_tenant.id, product, *HOLDERS[:people])
        async with db.transaction(module_tenant.id) as tx:
            await tx.execute(update(licenses).values(group_ids=[], disabled_plans=[]))
            await tx.execute(update(users).where(users.c.id == HOLDERS[0]).values(blocked_at=datetime.now(UTC)))
        await make_payer(db, module_tenant)

    run(make())
    return module_tenant


@pytest.mark.parametrize("name", PAGES)
def test_axe_has_nothing_against_the_page(look: type_visit, short: Tenant, name: str) -> None:
    assert violations_in_both_themes(look(short, ADELE, PAGES[name]())) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_fits_a_phone_in_danish(look: type_visit, short: Tenant, name: str) -> None:
    assert overflow(look(short, ADELE, PAGES[name](), language="da", size=PHONE)) == 0


@pytest.mark.parametrize("width", [1280, 1360, 1440])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ways_out_stand_inside_the_table(look: type_visit, short: Tenant, language: str, width: int) -> None:
    page = look(short, ADELE, "/licenses", language=language, size={"width": width, "height": 800})
    table = page.locator(".tn-table-wrap")
    edge, ways = table.bounding_box(), [way.bounding_box() for way in table.locator(".tn-ways-out .btn").all()]
    assert edge
    assert len(ways) == 9
    assert table.evaluate("table => table.scrollWidth - table.clientWidth") == 0
    assert min(edge["x"] + edge["width"] - way["x"] - way["width"] for way in ways if way) >= 16
