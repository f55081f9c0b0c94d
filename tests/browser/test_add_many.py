"""Twelve people added from a file in a real browser: two faulty rows corrected, the passwords shown once."""

import pytest
from playwright.sync_api import Page, expect

from tenantry.domain.people_files import ALL_HEADINGS
from tenantry.jobs.worker import make_queue
from tenantry.kit.csvfile import write_rows
from tenantry.queries.house import House
from tenantry.store.database import Database
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


def send(page: Page, data: bytes) -> None:
    page.get_by_role("link", name="Add many").click()
    page.set_input_files("input[type=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": data})
    page.get_by_role("button", name="Next").click()


def correct(page: Page, line: int, user_name: str) -> None:
    page.get_by_role("link", name=f"Correct line {line}", exact=True).click()
    page.get_by_label("User Name").fill(user_name)
    page.get_by_role("button", name="Save and verify").click()
    page.wait_for_url("**/verify")


async def work_off(house: House) -> None:
    async with make_queue(house, timetable={}).open_async() as queue:
        context = {"house": house}
        await queue.run_worker_async(
            wait=False, listen_notify=False, install_signal_handlers=False, additional_context=context
        )


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_twelve_people_are_added_from_a_file_with_two_rows_corrected(
    visit: type_visit, house: House, db: Database, contoso: Tenant, run: type_run, scripts: bool
) -> None:
    run(make_pool(db, contoso.id, BASIC, 20))
    page = visit(contoso, ADELE, "/users/active", scripts=scripts)
    send(page, file_of(contoso))
    expect(page.get_by_text("2 lines cannot be added as they are")).to_be_visible()
    expect(page.get_by_text("UTF-16").first).to_be_visible()
    correct(page, 5, f"new3@{contoso.domain}")
    correct(page, 9, f"new7@{contoso.domain}")
    expect(page.get_by_text("All 12 people can be added.")).to_be_visible()
    page.get_by_role("link", name="Next", exact=True).click()
    page.get_by_label(BASIC.name, exact=True).first.check()
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Add 12 people").click()
    page.wait_for_url("**/operations/*")
    run(work_off(house))
    if not scripts:
        page.get_by_role("link", name="Look again").click()
    page.wait_for_url("**/people")
    expect(page.get_by_role("heading", name="12 people were added")).to_be_visible()
    page.get_by_role("button", name="Show the passwords").click()
    expect(page.locator("code")).to_have_count(12)
    assert len(run(held(db, contoso.id))) == 12
    assert len([row for row in run(rows_of(db, contoso.id, "users")) if row["user_name"].startswith("new")]) == 12
