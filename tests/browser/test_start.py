"""The first pages: signing in by hand, the start page, the search over everything."""

import pytest

from tenantry.words.speech import LANGUAGES, speech
from tests import cast
from tests.browser.conftest import PHONE, overflow, type_visit, violations
from tests.cast import ADELE, HENRIETTA
from tests.world import Tenant

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_signs_in_and_out_by_hand(visit: type_visit, contoso: Tenant, language: str) -> None:
    say = speech(language).say
    page = visit(contoso, None, "/sign-in", language=language)
    page.get_by_label(say("E-mail"), exact=True).fill(contoso.email(ADELE))
    page.get_by_label(say("Password"), exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name=say("Sign in"), exact=True).click()
    page.get_by_role("heading", name=say("Home"), exact=True).wait_for()
    assert page.locator("html").get_attribute("lang") == language
    page.locator("summary", has_text="AV").click()
    page.get_by_role("button", name=say("Sign out")).click()
    page.get_by_role("heading", name=say("Sign in"), exact=True).wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_nothing_against_the_sign_in(visit: type_visit, contoso: Tenant, theme: str) -> None:
    assert violations(visit(contoso, None, "/sign-in", theme=theme)) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_nothing_against_the_start_page(visit: type_visit, contoso: Tenant, theme: str) -> None:
    assert violations(visit(contoso, ADELE, "/", theme=theme)) == []


def test_the_start_page_fits_a_phone_in_danish(visit: type_visit, contoso: Tenant) -> None:
    assert overflow(visit(contoso, ADELE, "/", language="da", size=PHONE)) == 0


def test_ctrl_k_finds_a_person_by_the_first_letters(visit: type_visit, contoso: Tenant) -> None:
    page = visit(contoso, ADELE, "/")
    page.keyboard.press("Control+k")
    page.keyboard.type("sør")
    page.get_by_role("link", name="Ulla Sørensen").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/users/active?open=*")


def test_a_helpdesk_admin_sees_only_what_the_role_is_for(visit: type_visit, contoso: Tenant) -> None:
    page = visit(contoso, HENRIETTA, "/")
    assert page.get_by_role("navigation").get_by_text("Billing").count() == 0
    assert page.get_by_role("navigation").get_by_text("Audit log").count() == 0
    page.get_by_role("navigation").get_by_text("Users", exact=True).wait_for()
