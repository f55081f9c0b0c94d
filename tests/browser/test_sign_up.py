"""Signing up by hand: from the work address to the app launcher."""

import re
from itertools import count

import pytest
from sqlalchemy import select

from tenantry.store import tables
from tenantry.store.database import Database
from tests.browser.conftest import PHONE, overflow, type_visit, violations
from tests.cast import PASSWORD
from tests.conftest import type_run
from tests.world import Tenant

pytestmark = pytest.mark.browser

_numbers = count(1)


async def code_of(db: Database, email: str) -> str:
    mine = select(tables.letters.c.params).where(tables.letters.c.recipient == email)
    async with db.transaction() as tx:
        return str((await tx.execute(mine.order_by(tables.letters.c.id.desc()).limit(1))).scalar_one()["code"])


def test_somebody_signs_up_and_opens_the_launcher(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run
) -> None:
    email = f"rob@proseware-{next(_numbers)}.example"
    page = visit(contoso, None, "/sign-in")
    page.get_by_role("link", name="Sign up").click()
    assert violations(page) == []
    page.get_by_label("Work e-mail address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_role("heading", name="Check your mail").wait_for()
    assert violations(page) == []
    page.get_by_label("Code").fill("123")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("The code is wrong").wait_for()
    page.get_by_label("Code").fill(run(code_of(db, email)))
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Your name").fill("Rob Young")
    assert violations(page) == []
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("heading", name="Apps", exact=True).wait_for()
    page.get_by_label("App launcher").click()
    page.locator("#launcher").get_by_role("link", name="Meetings").wait_for()
    page.locator("#launcher").get_by_role("link", name="Admin").wait_for()
    assert violations(page) == []
    for path in ("apps", "colleagues", "close-account"):
        page.goto(re.sub(r"/[a-z-]+$", f"/{path}", page.url))
        assert violations(page) == []
        page.set_viewport_size(PHONE)
        assert overflow(page) == 0
