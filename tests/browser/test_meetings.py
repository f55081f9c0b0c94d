"""Two browsers in one meeting see each other come and go, without anybody loading a page."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.store.database import Database
from tenantry.store.tables import users
from tests.browser.conftest import PHONE, overflow, type_visit, violations_in_both_themes
from tests.cast import ADELE, BOARD, PETER
from tests.conftest import type_run
from tests.world import Tenant, make_pool

pytestmark = pytest.mark.browser

AT_ONCE = 1000  # milliseconds in which a change is seen


@pytest.fixture
def free(db: Database, contoso: Tenant, run: type_run) -> Tenant:
    """A Contoso where Peter has what sign-up gives, since now."""

    async def make() -> Tenant:
        await make_pool(db, contoso.id, BOARD, 5)
        chosen, wish = Selection(ids=contoso.ids(PETER)), Wish(assign={BOARD.sku_id: frozenset()})
        now = datetime.now(UTC)
        await assign_licenses(db, contoso.viewer(ADELE), selection=chosen, wish=wish, all_or_none=True, now=now)
        async with db.transaction(contoso.id) as tx:
            await tx.execute(update(users).values(created_at=now))
        return contoso

    return run(make())


def listens(page: Page) -> None:
    """Waits until the page's stream is open: what changes before that is read with it."""
    page.wait_for_selector("[data-room][data-listening]")


def test_two_browsers_see_each_other_come_and_go_within_a_second(visit: type_visit, free: Tenant) -> None:
    peter = visit(free, PETER, "/meetings")
    peter.get_by_label("Name").fill("Monday")
    peter.get_by_label("Lobby").check()
    peter.get_by_role("button", name="Create the meeting").click()
    peter.get_by_role("button", name="Join").click()
    listens(peter)
    room = peter.url.partition("/meet/")[2]

    ida = visit(free, None, f"//meet/{room}", language="en", size=PHONE)
    assert violations_in_both_themes(ida) == []
    ida.get_by_label("Your name").fill("Ida")
    ida.get_by_role("button", name="Join").click()
    listens(ida)
    expect(peter.get_by_text("1 person waits to be let in")).to_be_visible(timeout=AT_ONCE)
    peter.get_by_role("button", name="Let in Ida").click()
    expect(ida.get_by_text("2 people are here")).to_be_visible(timeout=AT_ONCE)
    assert violations_in_both_themes(peter) == []
    assert overflow(ida) == 0

    ida.get_by_role("button", name="Mute").click()
    expect(peter.get_by_label("Muted", exact=True)).to_be_visible(timeout=AT_ONCE)
    ida.get_by_role("button", name="Leave").click()
    expect(peter.get_by_text("1 person is here")).to_be_visible(timeout=AT_ONCE)
    expect(ida.get_by_text("You are not in this meeting.")).to_be_visible()
    assert violations_in_both_themes(ida) == []

    ida.get_by_role("button", name="Join again").click()
    listens(ida)
    peter.get_by_role("button", name="End for all").click()
    expect(ida.get_by_text("This meeting has ended.")).to_be_visible(timeout=AT_ONCE)


def test_without_script_the_room_is_read_anew_and_everything_works(visit: type_visit, free: Tenant) -> None:
    peter = visit(free, PETER, "/meetings", scripts=False)
    peter.get_by_label("Name").fill("Monday")
    peter.get_by_role("button", name="Create the meeting").click()
    peter.get_by_role("button", name="Join").click()
    expect(peter.get_by_text("1 person is here")).to_be_visible()
    peter.get_by_role("button", name="Mute").click()
    expect(peter.get_by_role("button", name="Unmute")).to_be_visible()
    assert peter.locator("meta[http-equiv=refresh]").count() == 1
