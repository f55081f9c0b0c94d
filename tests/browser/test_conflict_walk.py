"""Seed 003 walked in a real browser, in each language: a conflict seen on Licenses, and licenses removed out of it."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from tenantry.store.database import Database
from tenantry.store.tables import licenses
from tenantry.words.speech import LANGUAGES, speech
from tests.browser.conftest import type_visit
from tests.cast import ADELE, BASIC
from tests.conftest import type_run
from tests.world import Tenant, held, inherit, make_pool, make_users

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("language", LANGUAGES)]


async def in_conflict(db: Database, tenant: Tenant) -> None:
    """Five licenses on two seats that are paid and three whose subscription expired ten days ago."""
    ended = datetime.now(UTC) - timedelta(days=10)
    await make_pool(db, tenant.id, BASIC, 2)
    await make_pool(db, tenant.id, BASIC, 3, starts_at=ended - timedelta(days=365), ends_at=ended, recurring=False)
    await inherit(db, tenant.id, BASIC, *await make_users(db, tenant.id, 5))
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(licenses).values(group_ids=[], disabled_plans=[]))


def test_the_ways_out_of_a_conflict_are_where_the_seed_has_them(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run, language: str
) -> None:
    run(in_conflict(db, contoso))
    voice = speech(language)
    page = visit(contoso, ADELE, "/licenses", language=language)
    expect(page.get_by_role("columnheader", name=voice.say("Status"))).to_be_visible()
    row = page.get_by_role("row").filter(has_text=BASIC.name)
    expect(row).to_contain_text(
        voice.count("%(num)s user needs a valid license", "%(num)s users need a valid license", 3)
    )
    row.get_by_text(voice.say("Buy more"), exact=True).click()
    page.wait_for_url("**/seats")
    expect(page.get_by_label(voice.say("Total licenses"))).to_have_value("5")


def test_licenses_are_removed_from_selected_users(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run, language: str
) -> None:
    run(in_conflict(db, contoso))
    voice = speech(language)
    page = visit(contoso, ADELE, "/licenses", language=language)
    page.get_by_role("row").filter(has_text=BASIC.name).get_by_text(voice.say("Remove"), exact=True).click()
    for number in range(3):
        page.locator("#list input[type=checkbox]").nth(number).check()
    expect(page.locator("#picked li")).to_have_count(3)
    expect(page.locator("#picked")).to_contain_text(voice.say("Selected users"))
    page.get_by_role("button", name=voice.say("Next"), exact=True).click()
    page.get_by_role("link", name=voice.say("Remove licenses"), exact=True).last.click()
    page.get_by_role("button", name=voice.say("Yes"), exact=True).click()
    page.get_by_role("link", name=voice.say("Finish"), exact=True).click()
    expect(page.get_by_role("columnheader", name=voice.say("Status"))).to_have_count(0)
    assert len(run(held(db, contoso.id))) == 2
