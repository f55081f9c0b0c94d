"""A working day of an admin in a real browser, in each language: people come and go, somebody is locked out, a
password is forgotten, a second step is set up, and in the evening one looks up who did what."""

from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tenantry.domain.roles import Role
from tenantry.store.database import Database
from tenantry.words.speech import LANGUAGES, Speech, speech
from tests import cast
from tests.browser.conftest import type_visit
from tests.cast import ADELE, BASIC, HENRIETTA, LIDIA, NORA, PETER, ULLA, Character
from tests.conftest import type_run
from tests.world import Tenant, held, make_pool

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("language", LANGUAGES)]
CHOSEN = "my own three words"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()


def pane(page: Page, tenant: Tenant, who: Character, tab: str = "account") -> Any:
    """Somebody's pane beside the list."""
    page.goto(f"/t/{tenant.slug}/users/active?open={tenant.people[who]}&tab={tab}")
    return page.locator("#pane")


def sign_in(page: Page, voice: Speech, email: str, password: str) -> None:
    page.get_by_label(voice.say("E-mail"), exact=True).fill(email)
    page.get_by_label(voice.say("Password"), exact=True).fill(password)
    press(page, voice.say("Sign in"))


def test_a_user_admin_corrects_a_person_and_locks_another_out(
    visit: type_visit, contoso: Tenant, language: str
) -> None:
    say = speech(language).say
    page = visit(contoso, ULLA, "/", language=language)
    pane(page, contoso, NORA)
    follow(page, say("Edit"))
    page.get_by_label(say("Job title")).fill("Økonom <b>&")
    press(page, say("Save changes"))
    expect(page.locator("#pane")).to_contain_text("Økonom <b>&")
    pane(page, contoso, PETER)
    follow(page, say("Block sign-in"))
    expect(page.locator("#pane")).to_contain_text(say("Nothing has been changed."))
    press(page, say("Block sign-in"))
    row = page.get_by_role("row").filter(has_text=PETER.name)
    expect(row).to_contain_text(say("Blocked"))
    out = visit(contoso, PETER, "/", language=language)
    assert "/sign-in" in out.url or out.title().startswith(say("Not found"))


def test_a_global_admin_gives_a_role(visit: type_visit, contoso: Tenant, language: str) -> None:
    voice = speech(language)
    page = visit(contoso, ADELE, "/", language=language)
    pane(page, contoso, PETER)
    follow(page, voice.say("Change roles"))
    page.locator("#pane").get_by_role("checkbox", name=voice.role(Role.HELPDESK)).check()
    press(page, voice.say("Save roles"))
    expect(page.locator("#toasts .tn-toast").first).to_be_visible()
    page.goto(f"/t/{contoso.slug}/roles?open={Role.HELPDESK}")
    expect(page.locator("#pane")).to_contain_text(PETER.name)


def test_somebody_deleted_comes_back_with_password_and_license(
    visit: type_visit, contoso: Tenant, db: Database, run: type_run, language: str
) -> None:
    voice = speech(language)
    run(make_pool(db, contoso.id, BASIC, 1))
    page = visit(contoso, LIDIA, f"/users/active?open={contoso.people[PETER]}&tab=licenses", language=language)
    page.locator("#pane").get_by_label(BASIC.name, exact=True).first.check()
    press(page, voice.say("Save changes"))
    expect(page.locator("#toasts .tn-toast").first).to_be_visible()
    page = visit(contoso, ULLA, "/", language=language)
    pane(page, contoso, PETER)
    follow(page, voice.say("Delete user"))
    expect(page.locator("main")).to_contain_text(voice.say("Seats"))
    press(page, voice.count("Delete %(num)s person", "Delete %(num)s people", 1))
    expect(page.locator("#toasts .tn-toast").first).to_be_visible()
    assert run(held(db, contoso.id)) == {}
    page.goto(f"/t/{contoso.slug}/users/deleted")
    page.get_by_role("row").filter(has_text=PETER.name).get_by_role("link", name=voice.say("Restore")).last.click()
    page.get_by_label(BASIC.name).check()
    press(page, voice.count("Restore %(num)s person", "Restore %(num)s people", 1))
    password = page.locator(".tn-secret code").first.inner_text()
    assert (contoso.people[PETER], BASIC.sku_id) in run(held(db, contoso.id))
    back = visit(contoso, None, "/sign-in", language=language)
    sign_in(back, voice, contoso.email(PETER), password)
    back.wait_for_url("**/account/password*")


def test_a_forgotten_password_is_reset_and_changed_at_the_next_sign_in(
    visit: type_visit, contoso: Tenant, language: str
) -> None:
    voice = speech(language)
    page = visit(contoso, HENRIETTA, "/", language=language)
    pane(page, contoso, NORA)
    follow(page, voice.say("Reset password"))
    press(page, voice.count("Reset %(num)s password", "Reset %(num)s passwords", 1))
    password = page.locator(".tn-secret code").first.inner_text()
    page.reload()
    expect(page.locator(".tn-secret code")).to_have_count(0)
    hers = visit(contoso, None, "/sign-in", language=language)
    sign_in(hers, voice, contoso.email(NORA), cast.PASSWORD)
    expect(hers.locator("main, form").first).to_contain_text(speech(language).refusal("sign_in_wrong", {}))
    sign_in(hers, voice, contoso.email(NORA), password)
    hers.wait_for_url("**/account/password*")
    hers.get_by_label(voice.say("New password"), exact=True).fill(CHOSEN)
    hers.get_by_label(voice.say("New password again"), exact=True).fill(CHOSEN)
    hers.locator("main form button[type=submit], main form button:not([type])").first.click()
    hers.wait_for_url(lambda address: "/account/password" not in address)


def test_a_second_step_is_set_up_and_asked_for(visit: type_visit, contoso: Tenant, language: str) -> None:
    voice = speech(language)
    page = visit(contoso, ADELE, "//account/two-step", language=language)
    press(page, voice.say("Add an authenticator app"))
    secret = page.locator(".tn-key code").inner_text().replace(" ", "")
    page.get_by_label(voice.say("Code"), exact=True).fill(pyotp.TOTP(secret).now())
    press(page, voice.say("Add the app"))
    codes = page.locator(".tn-codes code").all_inner_texts()
    assert len(codes) == 10
    again = visit(contoso, None, "/sign-in", language=language)
    sign_in(again, voice, contoso.email(ADELE), cast.PASSWORD)
    again.wait_for_url("**/sign-in/second-step*")
    follow(again, voice.say("Use a recovery code"))
    again.get_by_label(voice.say("Recovery code"), exact=True).fill(codes[0])
    press(again, voice.say("Sign in"))
    again.get_by_role("heading", name=voice.say("Home"), exact=True).wait_for()


def test_in_the_evening_one_sees_who_did_what(visit: type_visit, contoso: Tenant, language: str) -> None:
    voice = speech(language)
    page = visit(contoso, ULLA, "/", language=language)
    pane(page, contoso, PETER)
    follow(page, voice.say("Block sign-in"))
    press(page, voice.say("Block sign-in"))
    expect(page.get_by_role("row").filter(has_text=PETER.name)).to_contain_text(voice.say("Blocked"))
    activity = pane(page, contoso, PETER, "activity")
    expect(activity).to_contain_text(ULLA.name)
    evening = visit(contoso, ADELE, "/audit", language=language)
    first = evening.get_by_role("row").nth(1)
    expect(first).to_contain_text(PETER.name)
    expect(first).to_contain_text(ULLA.name)
