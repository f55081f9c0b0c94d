"""Twelve people added from a file in a real browser, in each language: two rows corrected, the passwords shown once."""

import pytest
from playwright.sync_api import Page, expect

from tenantry.domain.people_files import ALL_HEADINGS
from tenantry.jobs.worker import make_queue
from tenantry.kit.csvfile import write_rows
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.words.speech import LANGUAGES, Speech, speech
from tests.browser.conftest import type_visit
from tests.cast import ADELE, BASIC, PETER
from tests.conftest import type_run
from tests.world import Tenant, held, make_pool, rows_of

pytestmark = pytest.mark.browser

NAMES = (
    "Ida Holm",
    "Søren Kjær",
    "Łukasz Żak",
    "مريم العلي",
    "Åse Østby",
    "Bo <b>Bold</b>",
    "Élodie Petit",
    "Jan de Vries",
)


def file_of(tenant: Tenant) -> bytes:
    """Twelve people: one whose name is taken, one of a domain that is elsewhere."""
    rows = []
    for number in range(12):
        user_name = {3: tenant.email(PETER), 7: "new7@elsewhere.example"}.get(number, f"new{number}@{tenant.domain}")
        person = {"user_name": user_name, "display_name": NAMES[number % len(NAMES)]}
        rows.append([person.get(name, "") for name in ALL_HEADINGS])
    text = write_rows(list(ALL_HEADINGS.values()), rows).decode("utf-8-sig")
    return text.replace(",", ";").encode("utf-16")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def send(page: Page, voice: Speech, data: bytes) -> None:
    page.get_by_role("link", name=voice.say("Add many")).click()
    page.set_input_files("input[type=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": data})
    press(page, voice.say("Next"))


def correct(page: Page, voice: Speech, line: int, user_name: str) -> None:
    page.get_by_role("link", name=voice.say("Correct line %(line)s", line=line), exact=True).click()
    page.get_by_label(voice.say("User Name")).fill(user_name)
    press(page, voice.say("Save and verify"))
    page.wait_for_url("**/verify")


async def work_off(house: House) -> None:
    async with make_queue(house, timetable={}).open_async() as queue:
        context = {"house": house}
        await queue.run_worker_async(
            wait=False, listen_notify=False, install_signal_handlers=False, additional_context=context
        )


WALKS = [*((language, True) for language in LANGUAGES), ("en", False)]


@pytest.mark.parametrize(("language", "scripts"), WALKS)
def test_twelve_people_are_added_from_a_file_with_two_rows_corrected(
    visit: type_visit, house: House, db: Database, contoso: Tenant, run: type_run, language: str, scripts: bool
) -> None:
    run(make_pool(db, contoso.id, BASIC, 20))
    voice = speech(language)
    say, count = voice.say, voice.count
    page = visit(contoso, ADELE, "/users/active", language=language, scripts=scripts)
    send(page, voice, file_of(contoso))
    faulty = count("%(num)s line cannot be added as it is", "%(num)s lines cannot be added as they are", 2)
    expect(page.get_by_text(faulty)).to_be_visible()
    expect(page.get_by_text("UTF-16").first).to_be_visible()
    correct(page, voice, 5, f"new3@{contoso.domain}")
    correct(page, voice, 9, f"new7@{contoso.domain}")
    fine = count("%(num)s person can be added.", "All %(num)s people can be added.", 12)
    expect(page.get_by_text(fine)).to_be_visible()
    page.get_by_role("link", name=say("Next"), exact=True).click()
    page.get_by_label(BASIC.name, exact=True).first.check()
    press(page, say("Next"))
    press(page, count("Add %(num)s person", "Add %(num)s people", 12))
    page.wait_for_url("**/operations/*")
    run(work_off(house))
    if not scripts:
        page.get_by_role("link", name=say("Look again")).click()
    page.wait_for_url("**/people")
    added = count("%(num)s person was added", "%(num)s people were added", 12)
    expect(page.get_by_role("heading", name=added)).to_be_visible()
    press(page, say("Show the passwords"))
    expect(page.locator("code")).to_have_count(12)
    assert len(run(held(db, contoso.id))) == 12
    assert len([row for row in run(rows_of(db, contoso.id, "users")) if row["user_name"].startswith("new")]) == 12
