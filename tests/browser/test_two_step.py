"""Two-step sign-in in a real browser: a passkey on a device of Chromium's own making, an app, and how it looks."""

from collections.abc import Callable
from urllib.parse import urljoin

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tenantry.web.visit import SESSION
from tests import cast
from tests.browser.conftest import PHONE, overflow, type_visit, violations
from tests.cast import ADELE, PETER
from tests.world import Tenant

pytestmark = pytest.mark.browser

TWO_STEP = "/account/two-step"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

type_open = Callable[..., Page]


@pytest.fixture
def at_home(visit: type_visit, site: str) -> type_open:
    """Opens the sign-in page under a host name, as passkeys need it."""

    def open_() -> Page:
        page = visit(None, None, "/sign-in")
        page.goto(site.replace("127.0.0.1", "localhost") + "/sign-in")
        return page

    return open_


def device(page: Page) -> None:
    """Gives the browser a device that keeps passkeys, and a finger that is always there."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def go(page: Page, path: str) -> None:
    """To another page under the same host name."""
    page.goto(urljoin(page.url, path))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def sign_in(page: Page, tenant: Tenant) -> None:
    go(page, "/sign-in")
    page.get_by_label("E-mail").fill(tenant.email(PETER))
    page.get_by_label("Password").fill(cast.PASSWORD)
    press(page, "Sign in")
    page.wait_for_url(lambda address: not address.endswith("/sign-in"))


def leave(page: Page) -> None:
    page.context.clear_cookies()


def test_a_passkey_is_made_and_is_the_second_step_and_both_steps(at_home: type_open, contoso: Tenant) -> None:
    page = at_home()
    device(page)
    sign_in(page, contoso)
    go(page, TWO_STEP)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("My laptop")
    press(page, "Make the passkey")
    expect(page.locator(".tn-codes code")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("cell", name="My laptop Passkey")).to_be_visible()

    leave(page)
    sign_in(page, contoso)
    expect(page.get_by_role("heading", name="Two-step sign-in")).to_be_visible()
    press(page, "Use a passkey")
    page.wait_for_url(f"**/t/{contoso.slug}/**")
    go(page, TWO_STEP)
    expect(page.get_by_text("10 codes are left")).to_be_visible()

    leave(page)
    go(page, "/sign-in")
    press(page, "Sign in with a passkey")
    page.wait_for_url(f"**/t/{contoso.slug}/**")


def test_a_passkey_that_is_there_and_one_that_is_not_are_told(at_home: type_open, contoso: Tenant) -> None:
    page = at_home()
    device(page)
    sign_in(page, contoso)
    go(page, f"{TWO_STEP}/passkey")
    press(page, "Make the passkey")
    expect(page.locator(".tn-codes code")).to_have_count(10)
    go(page, f"{TWO_STEP}/passkey")
    press(page, "Make the passkey")
    expect(page.get_by_role("alert")).to_contain_text("already among your passkeys")

    elsewhere = at_home()
    device(elsewhere)
    press(elsewhere, "Sign in with a passkey")
    expect(elsewhere.get_by_role("alert")).to_contain_text("canceled, or it took too long")


def test_at_an_address_without_a_name_it_says_why(visit: type_visit, contoso: Tenant) -> None:
    page = visit(contoso, PETER, f"/{TWO_STEP}/passkey")
    press(page, "Make the passkey")
    expect(page.get_by_role("alert")).to_contain_text("it needs a host name and HTTPS")


def test_without_scripts_an_app_can_be_added_and_a_passkey_says_that_it_cannot(
    visit: type_visit, contoso: Tenant
) -> None:
    page = visit(contoso, PETER, f"/{TWO_STEP}/passkey", scripts=False)
    expect(page.get_by_text("its scripts are switched off")).to_be_visible()
    go(page, TWO_STEP)
    press(page, "Add an authenticator app")
    secret = page.locator(".tn-key code").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    press(page, "Add the app")
    expect(page.locator(".tn-codes code")).to_have_count(10)


def walk(page: Page, tenant: Tenant, look: Callable[[Page], object]) -> dict[str, object]:
    """What `look` says of every page of two-step sign-in that it minds: the way leads through all of them."""
    found: dict[str, object] = {"off": look(page)}

    def come(name: str, path: str = "", *, press: str = "") -> None:
        if path:
            go(page, path)
        if press:
            page.locator(press).click()
        found[name] = look(page)

    come("an app", press=".tn-ways button")
    secret = page.locator(".tn-key code").inner_text().replace(" ", "")
    page.locator("[name=code]").fill("000000")
    come("a wrong code", press=".tn-setup .btn-primary")
    page.locator("[name=code]").fill(pyotp.TOTP(secret).now())
    come("the codes", press=".tn-setup .btn-primary")
    come("on", TWO_STEP)
    come("remove", press="td .btn")
    come("a passkey", f"{TWO_STEP}/passkey")
    come("new codes", f"{TWO_STEP}/recovery-codes")
    come("an admin's page", f"/t/{tenant.slug}/users/{tenant.people[ADELE]}/second-steps")
    page.context.clear_cookies(name=SESSION)
    go(page, "/sign-in")
    page.locator("[name=email]").fill(tenant.email(ADELE))
    page.locator("[name=password]").fill(cast.PASSWORD)
    come("the second step", press="main form .btn-primary")
    come("a recovery code", "/sign-in/second-step?way=recovery")
    return {name: told for name, told in found.items() if told}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_nothing_against_any_of_its_pages(visit: type_visit, contoso: Tenant, theme: str) -> None:
    assert walk(visit(contoso, ADELE, f"/{TWO_STEP}", theme=theme), contoso, violations) == {}


def test_its_pages_fit_a_phone_in_danish(visit: type_visit, contoso: Tenant) -> None:
    assert walk(visit(contoso, ADELE, f"/{TWO_STEP}", language="da", size=PHONE), contoso, overflow) == {}
