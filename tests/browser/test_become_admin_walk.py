"""Seeds 000 and 004 walked in a real browser, in each language: two people sign up, and one becomes the admin.

By the tile or by the upgrade in Meetings; the domain is proven in the demo's DNS, the licenses are bought."""

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest
from anyio.from_thread import BlockingPortal
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.sync_api import Browser, Page, expect

from tenantry.jobs.worker import make_queue
from tenantry.queries.house import House
from tenantry.web import create_app
from tenantry.words.speech import LANGUAGES, Speech, speech
from tests.browser.conftest import PHONE, Tabs, _serving, overflow, violations_in_both_themes
from tests.cast import BASIC, PASSWORD, PREMIUM
from tests.conftest import Base, clone, type_run

pytestmark = pytest.mark.browser
MIEKE, SANNE = "Mieke Bakker", "Sanne de Jong"
# The seeds' own words for what is seen on the way.
SEEDS = {
    "da": {
        "Sign up": "Tilmeld dig",
        "Work e-mail address": "Mailadresse til arbejde",
        "App launcher": "Appstarter",
        "Admin": "Administrator",
        "Become the admin": "Bliv administrator",
        "Yes, I want to be the admin": "Ja, jeg vil være administrator",
        "Upgrade": "Opgrader",
        "Run the wizard": "Kør guiden",
        "Verify domain ownership": "Bekræft ejerskab af domæne",
        "Buy licenses": "Køb licenser",
        "Contact the others who signed up": "Kontakte andre, der allerede er tilmeldt",
    },
    "nl": {
        "Sign up": "Registreren",
        "Work e-mail address": "Zakelijk e-mailadres",
        "App launcher": "Startprogramma voor apps",
        "Admin": "Beheerder",
        "Become the admin": "Word de beheerder",
        "Yes, I want to be the admin": "Ja, ik wil de beheerder zijn",
        "Upgrade": "Upgraden",
        "Run the wizard": "De wizard uitvoeren",
        "Verify domain ownership": "Domeineigendom verifiëren",
        "Buy licenses": "Licenties kopen",
        "What’s next?": "En nu?",
    },
}
_numbers = count(1)
type_work = Callable[[], None]


@pytest.fixture(scope="module")
def demo(templates: object, make_house: Callable[[Base], House]) -> House:
    """A house as the demo has it: its own mailbox and its own DNS, and cards that move no money."""
    house = make_house(clone(templates, "tenantry_small"))  # type: ignore[arg-type]
    settings = {"demo_mailbox": True, "demo_zone": True, "payment_provider": "sandbox"}
    return replace(house, settings=replace(house.settings, **settings))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def work_off(demo: House, run: type_run) -> type_work:
    """Does all jobs that wait, as a worker would."""

    async def work() -> None:
        async with make_queue(demo, timetable={}).open_async() as queue:
            context = {"house": demo}
            await queue.run_worker_async(
                wait=False, listen_notify=False, install_signal_handlers=False, additional_context=context
            )

    return lambda: run(work())


@pytest.fixture(scope="module")
def place(demo: House, portal: BlockingPortal) -> Iterator[str]:
    """The address of the demo."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = Server(create_app(demo), address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    with portal.wrap_async_context_manager(_serving(server)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def tabs(place: str, browser: Browser) -> Iterator[Tabs]:
    tabs = Tabs(place, browser, lambda tenant, who: "")
    yield tabs
    tabs.close()
    assert tabs.wrong == []


def violations_of(page: Page, voice: Speech) -> list[str]:
    """What axe has against a page; once, for it looks the same in every language."""
    return violations_in_both_themes(page) if voice.language == "en" else []


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def sign_up(page: Page, voice: Speech, work_off: type_work, email: str, name: str) -> None:
    """From the work address over the mailed code to the launcher."""
    say = voice.say
    page.goto("/sign-in")
    page.get_by_role("link", name=say("Sign up")).click()
    page.get_by_label(say("Work e-mail address")).fill(email)
    press(page, say("Send me a code"))
    page.get_by_role("heading", name=say("Check your mail")).wait_for()
    work_off()
    mailbox = page.context.new_page()
    mailbox.goto("/mailbox")
    mailbox.get_by_role("link").filter(has_text=email).first.click()
    mailbox.wait_for_url("**/mailbox/*")
    (code,) = set(re.findall(r"\b\d{6}\b", mailbox.locator("main").inner_text()))
    mailbox.close()
    page.get_by_label(say("Code")).fill(code)
    press(page, say("Go on"))
    page.get_by_label(say("Your name")).fill(name)
    page.get_by_label(say("New password"), exact=True).fill(PASSWORD)
    page.get_by_label(say("New password again")).fill(PASSWORD)
    press(page, say("Sign up"))
    page.get_by_role("heading", name=say("Apps"), exact=True).wait_for()


def prove(page: Page, voice: Speech, work_off: type_work) -> None:
    """Looked for and not found, put into the demo's DNS, looked for again."""
    say = voice.say
    page.get_by_role("heading", name=say("Verify domain ownership"), exact=True).wait_for()
    assert violations_of(page, voice) == []
    press(page, say("Check now"))
    work_off()
    page.reload()
    expect(page.get_by_role("link", name=say("Next"), exact=True)).to_have_count(0)
    href = page.get_by_role("link", name=say("Open the demo’s DNS")).get_attribute("href")
    zone = page.context.new_page()
    zone.goto(str(href))
    press(zone, say("Save the record"))
    zone.close()
    press(page, say("Check now"))
    work_off()
    page.get_by_role("link", name=say("Next"), exact=True).click()


def buy(page: Page, voice: Speech) -> None:
    """Who pays, then a license for each of the two, by a card whose second step is confirmed."""
    say = voice.say
    page.get_by_role("heading", name=say("Buy licenses"), exact=True).wait_for()
    expect(page.get_by_label(say("Total licenses"))).to_have_value("2")
    address = {"Legal name": "Van der Berg BV", "Street": "Kade 1", "Postal code": "1011 AA", "City": "Amsterdam"}
    for label, text in address.items():
        page.get_by_label(say(label), exact=True).fill(text)
    assert violations_of(page, voice) == []
    press(page, say("Save billing account"))


def goes_on(page: Page, voice: Speech, organization: str, product: str) -> None:
    """What's next: each of the seeds' four tasks, and the licenses as they are now."""
    say = voice.say
    words_of_the_seed(page, voice.language, "What’s next?")
    page.get_by_role("link", name=say("What’s next?")).first.click()
    for words in (
        "Assign or remove licenses",
        "Contact the others who signed up",
        "Get started",
        "Manage your subscription",
    ):
        expect(page.get_by_role("heading", name=say(words), exact=True)).to_be_visible()
    assert violations_of(page, voice) == []
    page.get_by_role("link", name=say("Show people and addresses")).click()
    expect(page.get_by_role("row").filter(has_text=MIEKE)).to_be_visible()
    press(page, say("See who gets it"))
    press(page, voice.count("Send %(num)s letter", "Send %(num)s letters", 1))
    page.wait_for_url("**/next")
    page.goto(page.url.replace("/next", "/licenses"))
    row = page.get_by_role("row").filter(has_text=product)
    expect(row).to_be_visible()
    expect(page.locator(".tn-tenant")).to_contain_text(organization)


def words_of_the_seed(page: Page, language: str, *english: str) -> None:
    """The page says it as the seed does, where there is a seed in that language."""
    for text in english:
        if text in SEEDS.get(language, {}):
            expect(page.locator("body")).to_contain_text(SEEDS[language][text])


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_of_two_becomes_the_admin(language: str, tabs: Tabs, work_off: type_work) -> None:
    voice, domain = speech(language), f"vanderberg-{next(_numbers)}.example"
    say, by_tile = voice.say, language in ("da", "nb")
    sign_up(tabs.new(None, None, language=language), voice, work_off, f"m.bakker@{domain}", MIEKE)  # type: ignore[arg-type]
    page = tabs.new(None, None, language=language)  # type: ignore[arg-type]
    sign_up(page, voice, work_off, f"s.dejong@{domain}", SANNE)
    if by_tile:
        page.get_by_label(say("App launcher")).click()
        page.locator("#launcher").get_by_role("link", name=say("Admin")).click()
    else:
        page.get_by_label(say("App launcher")).click()
        page.locator("#launcher").get_by_role("link", name=say("Meetings")).click()
        page.get_by_role("link", name=say("Upgrade")).first.click()
    page.get_by_role("heading", name=say("Become the admin"), exact=True).wait_for()
    words_of_the_seed(page, language, "Become the admin", "Yes, I want to be the admin", "Run the wizard")
    expect(page.locator("main")).to_contain_text(MIEKE)
    assert violations_of(page, voice) == []
    press(page, say("Yes, I want to be the admin"))
    product = BASIC.name
    if not by_tile:
        product = PREMIUM.name
        page.get_by_label(product).check()
        press(page, say("Next"))
    prove(page, voice, work_off)
    words_of_the_seed(page, language, "Verify domain ownership", "Buy licenses")
    buy(page, voice)
    if by_tile:
        press(page, say("Buy and become the admin"))
    else:
        page.get_by_text(say("Add a test card")).click()
        page.locator("input[value='3155']").check()
        press(page, say("Add card"))
        press(page, say("Buy and become the admin"))
        page.get_by_text(say("The payment is under way")).wait_for()
        work_off()
        page.get_by_role("link", name=say("Go to the second step")).click()
        press(page, say("Confirm"))
    page.get_by_role("heading", name=say("You are the admin"), exact=True).wait_for()
    page.set_viewport_size(PHONE)
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1440, "height": 900})
    goes_on(page, voice, "Van der Berg BV", product)


@pytest.mark.parametrize("language", SEEDS)
def test_the_words_are_those_of_the_seed(language: str) -> None:
    voice = speech(language)
    assert {text: voice.say(text) for text in SEEDS[language]} == SEEDS[language]
