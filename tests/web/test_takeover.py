"""The page of a takeover: everything is said before it happens, and the way back after it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from httpx import Response

from tenantry.queries.house import House
from tenantry.store.database import Database
from tests.cast import ADELE, BOARD_TWIN, CALENDAR, TASKS
from tests.commands.test_take_over_tenant import IDA, OLE, in_meetings, prove, row_of, take
from tests.conftest import Base
from tests.web.conftest import Boss, desk_of, make_boss, type_browse, words
from tests.world import Tenant, make_group


def place(group: Tenant) -> str:
    return f"/settings/domains/{group.domain}/takeover"


def hidden(page: Response) -> dict[str, str]:
    """What the page's form sends by itself."""
    form = page.text.partition('id="takeover-form"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(mark|people|key|forced)" value="([^"]*)"', form))


async def test_what_is_shown_is_done_and_old_links_lead_to_the_new_place(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    group = await make_group(db, (IDA, OLE), BOARD_TWIN)
    await prove(db, contoso, group.domain, datetime.now(UTC))
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(place(group))
        said = words(page)
        assert f"2 people signed up with {group.domain}" in said
        assert "Ida Iversen" in said
        assert "Task Board" in said
        again = await desk.post(place(group), hidden(page) | {"mark": "old"})
        assert (again.status_code, "Meanwhile something changed" in words(again)) == (409, True)
        sent = await desk.post(place(group), hidden(again))
        assert sent.headers["location"].endswith(place(group))
        after = words(await desk.get(place(group)))
        assert "2 people were taken over" in after
        assert f"Bring {group.domain} back" in after
    ida = Tenant(group.id, group.slug, group.people, group.accounts)
    async with browse(ida, IDA) as desk:
        led = await desk.get("/meetings?x=1")
        assert led.headers["location"] == f"/t/{contoso.slug}/meetings?x=1"


async def test_what_cannot_move_is_named_and_left_behind_only_by_typing_the_domain(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    group = await in_meetings(db)
    await prove(db, contoso, group.domain, datetime.now(UTC))
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(place(group))
        said = words(page)
        assert "Cannot move: Calendar" in said
        assert "Stays behind, and is deleted" in said
        wrong = await desk.post(place(group), hidden(page) | {"typed": "contoso"})
        assert (wrong.status_code, f"Type the name of the domain: {group.domain}." in words(wrong)) == (422, True)
        await desk.post(place(group), hidden(wrong) | {"typed": group.domain})
        done = await row_of(db, contoso.id, "takeovers")
        assert done["forced"] is True
        back = await desk.post(f"{place(group)}/restore", {"takeover": str(done["id"])})
        assert back.status_code == 303
        assert "was brought back" in words(await desk.get(place(group)))


async def test_many_are_taken_over_by_a_job(browse: type_browse, db: Database, contoso: Tenant) -> None:
    group = await make_group(db, (IDA,), BOARD_TWIN)
    await prove(db, contoso, group.domain, datetime.now(UTC))
    async with browse(contoso, ADELE) as desk:
        form = hidden(await desk.get(place(group))) | {"people": "2001"}
        led = await desk.post(place(group), form)
        assert led.headers["location"] == f"{desk.home}/operations/{form['key']}"
    asked = await row_of(db, contoso.id, "long_operations")
    assert (asked["command"], asked["state"], asked["total"]) == ("take_over_tenant", "waiting", 2001)


# The operator


async def test_the_operator_says_whose_data_cannot_move(own: Base, make_house: Callable[[Base], House]) -> None:
    house = make_house(own)
    async with desk_of(house, await make_boss(house.db)) as desk:
        assert "Calendar" in words(await desk.get("/takeovers"))
        found = words(await desk.get("/takeovers?q=task"))
        assert "Task board" in found
        assert "Calendar" not in found
        await desk.post("/takeovers", {"app": str(TASKS.id), "do": "add"})
        await desk.post("/takeovers", {"app": str(CALENDAR.id), "do": "remove"})
        said = words(await desk.get("/takeovers"))
        assert "Task board" in said
        assert "Calendar" not in said
        log = words(await desk.get("/log"))
        assert "Data of Calendar can be moved by a takeover" in log


async def test_the_operator_brings_a_taken_over_tenant_back(house: House, boss: Boss, contoso: Tenant) -> None:
    group = await make_group(house.db, (IDA,), BOARD_TWIN)
    now = datetime.now(UTC)
    await prove(house.db, contoso, group.domain, now)
    await take(house.db, contoso, group, now=now)
    async with desk_of(house, boss) as desk:
        page = words(await desk.get(f"/tenants/{group.id}"))
        assert "This organization was taken over" in page
        await desk.post(f"/tenants/{group.id}/restore")
        assert "Support access" in words(await desk.get(f"/tenants/{group.id}"))
