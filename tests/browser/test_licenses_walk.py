"""Seed 002 walked in a real browser, in each language: the Licenses page, Active users, one user."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tenantry.store.database import Database
from tenantry.words.speech import LANGUAGES, Speech, speech
from tests.browser.conftest import type_visit
from tests.cast import ADELE, BASIC, BOARD, CHAT, HENRIETTA, LIDIA, PETER, TASKS, ULLA
from tests.conftest import type_run
from tests.world import Tenant, held, make_pool

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("language", LANGUAGES)]


@pytest.fixture
def stocked(contoso: Tenant, db: Database, run: type_run) -> Tenant:
    """Contoso with five seats of one product and eight of the same, and of another."""
    run(make_pool(db, contoso.id, BASIC, 5))
    run(make_pool(db, contoso.id, BASIC, 8))
    run(make_pool(db, contoso.id, BOARD, 3))
    return contoso


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def link(page: Page, name: str) -> Any:
    return page.get_by_role("link", name=name, exact=True)


def pick(page: Page, letters: str, name: str) -> None:
    """Types the beginning of a name and chooses the person."""
    page.locator("#pane").get_by_role("combobox").type(letters)
    page.get_by_role("option", name=name).click()


def switch_off(page: Page, app: str) -> None:
    page.locator("#pane").get_by_role("switch", name=app).or_(page.locator("#pane").get_by_label(app)).first.uncheck()


def test_the_licenses_page_assigns_to_people_found_by_name(
    visit: type_visit, stocked: Tenant, db: Database, run: type_run, language: str
) -> None:
    say = speech(language).say
    page = visit(stocked, LIDIA, "/licenses", language=language)
    row = page.get_by_role("row").filter(has_text=BASIC.name)
    expect(row).to_contain_text("13")
    link(page, BASIC.name).click()
    link(page, say("Assign licenses")).first.click()
    pick(page, "pet", PETER.name)
    pick(page, "ull", ULLA.name)
    page.locator("#pane summary", has_text=say("Turn apps and services on or off")).click()
    switch_off(page, CHAT.friendly_name)
    button(page, say("Assign")).click()
    link(page, say("Close")).last.click()
    expect(page.get_by_role("row").filter(has_text=PETER.name)).to_be_visible()
    licenses = run(held(db, stocked.id))
    assert licenses == {(id_, BASIC.sku_id): frozenset({CHAT.id}) for id_ in stocked.ids(PETER, ULLA)}


def test_the_row_of_one_user_switches_an_app(
    visit: type_visit, stocked: Tenant, db: Database, run: type_run, language: str
) -> None:
    voice = speech(language)
    assign(visit, stocked, voice, BASIC.name)
    page = visit(stocked, LIDIA, f"/licenses/{BASIC.sku_id}", language=language)
    page.get_by_role("row").filter(has_text=PETER.name).get_by_role("link").first.click()
    switch_off(page, CHAT.friendly_name)
    button(page, voice.say("Save changes")).click()
    page.wait_for_timeout(300)
    assert run(held(db, stocked.id))[stocked.people[PETER], BASIC.sku_id] == frozenset({CHAT.id})


def assign(visit: type_visit, tenant: Tenant, voice: Speech, product: str) -> None:
    """One user's pane: tick a product, save."""
    user = tenant.people[PETER]
    page = visit(tenant, LIDIA, f"/users/active?open={user}&tab=licenses", language=voice.language)
    page.locator("#pane").get_by_label(product, exact=True).first.check()
    button(page, voice.say("Save changes")).click()
    expect(page.locator("#toasts .tn-toast").first).to_be_visible()


def test_one_users_pane_assigns_a_product(
    visit: type_visit, stocked: Tenant, db: Database, run: type_run, language: str
) -> None:
    assign(visit, stocked, speech(language), BOARD.name)
    assert run(held(db, stocked.id)) == {(stocked.people[PETER], BOARD.sku_id): frozenset()}


def test_active_users_assigns_to_several_after_a_preview(
    visit: type_visit, stocked: Tenant, db: Database, run: type_run, language: str
) -> None:
    voice = speech(language)
    page = visit(stocked, ADELE, "/users/active", language=language)
    for who in (PETER, ULLA, HENRIETTA):
        page.get_by_role("row").filter(has_text=who.name).get_by_role("checkbox").check()
    button(page, voice.say("Manage product licenses")).click()
    page.get_by_label(voice.say("Assign more: Keep the existing licenses and assign more")).check()
    button(page, voice.say("Next")).click()
    page.get_by_label(BOARD.name, exact=True).first.check()
    page.get_by_label(TASKS.friendly_name, exact=True).first.uncheck()
    button(page, voice.say("Next")).click()
    expect(page.get_by_text(voice.say("Nothing has been changed"))).to_be_visible()
    assert run(held(db, stocked.id)) == {}
    button(page, voice.count("Assign %(num)s license", "Assign %(num)s licenses", 3)).click()
    page.wait_for_url("**/operations/*")
    licenses = run(held(db, stocked.id))
    assert licenses == {(i, BOARD.sku_id): frozenset({TASKS.id}) for i in stocked.ids(PETER, ULLA, HENRIETTA)}
