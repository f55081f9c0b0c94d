"""Seed 003 walked in a real browser, in each language: a conflict on Licenses, and each way out of it to its end."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from tenantry.kit.money import Money
from tenantry.store.database import Database
from tenantry.store.tables import licenses
from tenantry.words.speech import LANGUAGES, Speech, speech
from tests.browser.conftest import type_visit
from tests.cast import ADELE, BASIC
from tests.conftest import type_run
from tests.world import Tenant, held, inherit, make_payer, make_pool, make_users, rows_of

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("language", LANGUAGES)]
PEOPLE, LOST, PRICE = 5, 3, 7000


async def in_conflict(db: Database, tenant: Tenant, *paid: int) -> None:
    """Five licenses, subscriptions of `paid` seats, and one of three seats that expired ten days ago."""
    ended = datetime.now(UTC) - timedelta(days=10)
    for seats in paid:
        await make_pool(db, tenant.id, BASIC, seats)
    await make_pool(db, tenant.id, BASIC, LOST, starts_at=ended - timedelta(days=365), ends_at=ended, recurring=False)
    await inherit(db, tenant.id, BASIC, *await make_users(db, tenant.id, PEOPLE))
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(licenses).values(group_ids=[], disabled_plans=[]))
    await make_payer(db, tenant)


def status(page: Page, voice: Speech) -> Locator:
    """The head of the column that is there only while there is a conflict."""
    return page.get_by_role("columnheader", name=voice.say("Status"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, voice: Speech, way: str) -> None:
    """One of the ways out that stand in the column Status."""
    expect(status(page, voice)).to_be_visible()
    row = page.get_by_role("row").filter(has_text=BASIC.name)
    expect(row).to_contain_text(
        voice.count("%(num)s user needs a valid license", "%(num)s users need a valid license", LOST)
    )
    row.get_by_text(way, exact=True).click()


def review(page: Page, voice: Speech, was: int, will: int) -> None:
    """The monthly cost of so many seats before and after, as the preview promises it."""
    row = page.locator(".tn-figures div").filter(has_text=voice.say("Monthly cost"))
    for seats in (was, will):
        expect(row).to_contain_text(voice.money(Money(seats * PRICE, "DKK")))


def close(page: Page, voice: Speech, seats: int) -> None:
    """The receipt's new monthly cost, *Close*, and back to Licenses, where nothing is left of the conflict."""
    page.wait_for_url("**/receipt*")
    expect(page.locator("main")).to_contain_text(voice.say("New monthly cost"))
    expect(page.locator("main")).to_contain_text(voice.money(Money(seats * PRICE, "DKK")))
    page.get_by_role("link", name=voice.say("Close"), exact=True).click()
    page.get_by_role("navigation").get_by_role("link", name=voice.say("Licenses"), exact=True).click()
    page.wait_for_url("**/licenses")
    expect(page.get_by_role("row").filter(has_text=BASIC.name)).to_be_visible()
    expect(status(page, voice)).to_have_count(0)


def test_more_licenses_are_bought_for_the_subscription_that_is_chosen(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run, language: str
) -> None:
    run(in_conflict(db, contoso, 1, 1))
    voice = speech(language)
    page = visit(contoso, ADELE, "/licenses", language=language)
    choose(page, voice, voice.say("Buy more"))
    page.get_by_role("heading", name=voice.say("Choose a subscription")).wait_for()
    change = page.get_by_role("link", name=voice.say("Add/Remove licenses"), exact=True)
    expect(change).to_have_count(2)
    change.first.click()
    page.get_by_label(voice.say("Total licenses")).fill("4")
    press(page, voice.say("Send"))
    review(page, voice, 1, 4)
    press(page, voice.count("Add %(num)s license", "Add %(num)s licenses", LOST))
    close(page, voice, 4)
    assert sorted(row["seats"] for row in run(rows_of(db, contoso.id, "subscriptions"))) == [1, LOST, 4]


def test_with_one_subscription_buying_more_begins_at_its_total(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run, language: str
) -> None:
    run(in_conflict(db, contoso, 2))
    voice = speech(language)
    page = visit(contoso, ADELE, "/licenses", language=language)
    choose(page, voice, voice.say("Buy more"))
    page.get_by_role("heading", name=voice.say("Add/Remove licenses"), exact=True).wait_for()
    expect(page.get_by_label(voice.say("Total licenses"))).to_have_value(str(PEOPLE))
    press(page, voice.say("Send"))
    review(page, voice, 2, PEOPLE)
    press(page, voice.count("Add %(num)s license", "Add %(num)s licenses", LOST))
    close(page, voice, PEOPLE)


def test_the_subscription_that_expired_is_renewed(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run, language: str
) -> None:
    run(in_conflict(db, contoso, 2))
    voice = speech(language)
    page = visit(contoso, ADELE, "/licenses", language=language)
    choose(page, voice, voice.say("Renew"))
    page.get_by_role("heading", name=voice.say("Renew"), exact=True).wait_for()
    expect(page.get_by_label(voice.say("Total licenses"))).to_have_value(str(LOST))
    press(page, voice.say("Send"))
    expect(page.locator("main")).to_contain_text(
        voice.say("Everybody who has a license keeps it, with all their data.")
    )
    press(page, voice.count("Renew with %(num)s license", "Renew with %(num)s licenses", LOST))
    close(page, voice, LOST)
    assert len(run(held(db, contoso.id))) == PEOPLE


def test_licenses_are_removed_from_selected_users(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run, language: str
) -> None:
    run(in_conflict(db, contoso, 2))
    voice = speech(language)
    page = visit(contoso, ADELE, "/licenses", language=language)
    choose(page, voice, voice.say("Remove"))
    for number in range(LOST):
        page.locator("#list input[type=checkbox]").nth(number).check()
    expect(page.locator("#picked li")).to_have_count(LOST)
    expect(page.locator("#picked")).to_contain_text(voice.say("Selected users"))
    press(page, voice.say("Next"))
    page.get_by_role("link", name=voice.say("Remove licenses"), exact=True).last.click()
    press(page, voice.say("Yes"))
    page.get_by_role("link", name=voice.say("Finish"), exact=True).click()
    page.wait_for_url("**/licenses")
    expect(page.get_by_role("row").filter(has_text=BASIC.name)).to_be_visible()
    expect(status(page, voice)).to_have_count(0)
    assert len(run(held(db, contoso.id))) == PEOPLE - LOST
