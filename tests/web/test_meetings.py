"""Meetings as people meet them: one's own, and behind a link for whoever has it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient
from sqlalchemy import update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.attend_meetings import join_meeting
from tenantry.domain.licenses import Wish
from tenantry.domain.meetings import Attendee
from tenantry.domain.selections import Selection
from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.queries.meeting_gate import find_meeting
from tenantry.store.database import Database
from tenantry.store.tables import tenants, users
from tenantry.web import create_app
from tenantry.web.hub import MOST_STREAMS, Hub, News
from tenantry.words.speech import speech
from tests.cast import ADELE, BILL, BOARD, NANCY, PETER, ULLA
from tests.conftest import type_run
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, make_pool, query_count, rows_of

NEW = {"title": "Monday", "starts_at": "", "zone": ""}


@pytest.fixture
def free(db: Database, contoso: Tenant, run: type_run) -> Tenant:
    """A Contoso where Peter and Adele have what sign-up gives, since now."""

    async def make() -> Tenant:
        await make_pool(db, contoso.id, BOARD, 5)
        chosen, wish = Selection(ids=contoso.ids(PETER, ADELE)), Wish(assign={BOARD.sku_id: frozenset()})
        now = datetime.now(UTC)
        await assign_licenses(db, contoso.viewer(ADELE), selection=chosen, wish=wish, all_or_none=True, now=now)
        async with db.transaction(contoso.id) as tx:
            await tx.execute(update(users).values(created_at=now))
        return contoso

    return run(make())


async def create(desk: Desk, **wishes: str) -> str:
    """The address of a new meeting's room."""
    made = await desk.post("/meetings", NEW | {"id": str(new_id())} | wishes)
    assert made.status_code == 303
    return made.headers["location"]


class Guest:
    """A browser without an account, at a meeting's link."""

    def __init__(self, client: AsyncTestClient[Litestar], room: str) -> None:
        self.client, self.room = client, room

    async def look(self) -> Response:
        return await self.client.get(self.room)

    async def do(self, place: str, **form: str) -> Response:
        """A form of the page, with the token that the page gave it."""
        token = re.search(r'name="_csrf_token" value="(\w+)"', (await self.look()).text)
        assert token
        return await self.client.post(f"{self.room}/{place}", data=form | {"_csrf_token": token[1]})


@asynccontextmanager
async def guest(house: House, room: str) -> AsyncIterator[Guest]:
    async with AsyncTestClient(create_app(house)) as client:
        client.follow_redirects = False
        yield Guest(client, room)


async def test_a_member_and_a_guest_meet_and_only_who_is_in_sees_who_is(
    browse: type_browse, house: House, free: Tenant, northwind: Tenant
) -> None:
    async with browse(free, PETER) as desk:
        room = await create(desk)
        async with guest(house, room) as ida:
            await desk.client.post(f"{room}/join", data={"_csrf_token": desk.csrf})
            async with browse(northwind, NANCY) as other:
                stranger = await other.client.post(f"{room}/join", data={"_csrf_token": other.csrf})
                assert (stranger.status_code, "Your name" in words(stranger)) == (422, True), "a guest here"
            outside = words(await ida.look())
            assert f"{PETER.name} invites you" in outside
            assert "person is here" not in outside
            assert (await ida.do("join", name="Ida <b>Bold</b>")).status_code == 303
            inside = await ida.look()
            assert "2 people are here" in words(inside)
            assert "Ida &lt;b&gt;Bold&lt;/b&gt;" in inside.text
            assert "End for all" not in words(inside)
            mine = words(await desk.client.get(room))
            assert re.search(r"Ida <b>Bold</b> Guest", mine)
            assert "1 person" not in words(await desk.get("/meetings"))
            await ida.do("leave")
        assert "1 person is here" in words(await desk.client.get(room))
        await desk.client.post(f"{room}/end", data={"_csrf_token": desk.csrf})
        assert "This meeting has ended" in words(await desk.client.get(room))
        assert "Monday" in words(await desk.get("/meetings?show=ended"))


async def test_a_form_of_another_site_is_refused_for_guests_too(
    browse: type_browse, house: House, free: Tenant, db: Database
) -> None:
    async with browse(free, PETER) as desk:
        room = await create(desk)
    async with guest(house, room) as ida:
        await ida.look()
        for data in ({"name": "Ida"}, {"name": "Ida", "_csrf_token": "0" * 64}):
            assert (await ida.client.post(f"{room}/join", data=data)).status_code == 409
        for refused, code in (("", 422), ("\u202eadI", 422), ("x" * 100, 422)):
            assert (await ida.do("join", name=refused)).status_code == code
        assert (await ida.client.post(f"{room}/end")).status_code == 409
        assert (await ida.do("end")).status_code == 403
        assert (await ida.client.get(f"{room}/events")).status_code == 204
    assert await rows_of(db, free.id, "meeting_people") == []


async def test_the_eleventh_is_told_so_in_a_friendly_way(browse: type_browse, house: House, free: Tenant) -> None:
    async with browse(free, PETER) as desk:
        room = await create(desk)
    place = await find_meeting(house.db, token=room.rpartition("/")[2])
    for number in range(10):
        who = Attendee(f"Guest {number}", browser=bytes([number]))
        await join_meeting(house.db, place=place, who=who, origin="::1", now=datetime.now(UTC))
    async with guest(house, room) as late:
        answer = await late.do("join", name="Late")
    assert answer.status_code == 409
    assert "This meeting is full: at most 10 people can be in it." in words(answer)
    assert 'value="Late"' in answer.text


async def test_a_meeting_is_planned_in_the_zone_of_the_browser(browse: type_browse, free: Tenant, db: Database) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    async with browse(free, PETER) as desk:
        wishes = {"starts_at": f"{day}T10:00", "zone": "Asia/Tokyo", "lobby": "1"}
        assert (await create(desk, **wishes)).endswith("/meetings")
        page = words(await desk.get("/meetings"))
        assert "01:00:00" in page
        bad = await desk.post("/meetings", NEW | {"id": str(new_id()), "starts_at": "tomorrow"})
        assert bad.status_code == 422
        assert "This is not a date and a time." in words(bad)
        past = await desk.post("/meetings", NEW | {"id": str(new_id()), "starts_at": "2020-01-01T10:00"})
        assert "This time is over" in words(past)
    (row,) = await rows_of(db, free.id, "meetings")
    assert (row["starts_at"].hour, row["lobby"], row["mute_on_entry"]) == (1, True, False)


async def test_who_may_hold_no_meeting_is_told_whom_to_ask_and_who_can_buy_is_led_there(
    browse: type_browse, free: Tenant, db: Database
) -> None:
    async with browse(free, ULLA) as desk:
        page = words(await desk.get("/meetings"))
        assert "You can hold no meetings right now" in page
        assert f"For more, ask {ADELE.name}" in page
        refused = await desk.post("/meetings", NEW | {"id": str(new_id())})
        assert refused.status_code == 409
    async with browse(free, BILL) as desk:
        assert f'href="/t/{free.slug}/purchase"' in (await desk.get("/meetings")).text
    async with db.transaction(free.id) as tx:
        await tx.execute(update(tenants).values(kind="unmanaged"))
    async with browse(free, PETER) as desk:
        page = await desk.get("/meetings")
    assert "10 people can be in a meeting. From" in words(page)
    assert f'href="/t/{free.slug}/become-admin?door=meetings"' in page.text


async def test_whose_license_went_is_told_until_when_their_meetings_are_kept(
    browse: type_browse, free: Tenant, db: Database
) -> None:
    now = datetime.now(UTC)
    chosen, wish = Selection(ids=free.ids(PETER)), Wish(assign={}, remove=frozenset([BOARD.sku_id]))
    async with browse(free, PETER) as desk:
        await create(desk)
        await assign_licenses(db, free.viewer(ADELE), selection=chosen, wish=wish, all_or_none=True, now=now)
        page = words(await desk.get("/meetings"))
    assert f"Yours are kept until {speech('en').date(now + timedelta(days=30))}" in page
    assert "Monday" in page
    assert "Create the meeting" not in page


async def test_the_list_asks_as_much_for_many_as_for_one(browse: type_browse, free: Tenant, db: Database) -> None:
    async with browse(free, PETER) as desk:
        asked = []
        for many in (1, 8):
            for _ in range(many):
                await create(desk)
            with query_count(db) as counted:
                assert (await desk.get("/meetings")).status_code == 200
            asked.append(counted.count)
    assert asked[0] == asked[1]


async def test_ones_own_settings_fill_in_the_next_meeting(browse: type_browse, free: Tenant) -> None:
    async with browse(free, PETER) as desk:
        saved = await desk.post("/meetings/settings", {"lobby": "1", "reminder": "10"})
        assert saved.status_code == 303
        page = (await desk.get("/meetings")).text
        assert re.search(r'name="lobby" value="1" checked', page)
        assert not re.search(r'name="mute_on_entry" value="1" checked', page)
        assert (await desk.post("/meetings/settings", {"reminder": "7"})).status_code == 422
        assert 'value="10" selected' in (await desk.get("/meetings/settings")).text


# Streams


async def test_a_change_wakes_who_follows_that_meeting_and_a_stop_ends_every_stream(
    browse: type_browse, house: House, free: Tenant
) -> None:
    hub = Hub(house)
    async with browse(free, PETER) as desk:
        room = await create(desk)
    place = await find_meeting(house.db, token=room.rpartition("/")[2])
    with hub.follow(place.meeting_id, "ida") as ear, hub.follow(new_id(), "bo") as other:
        assert [await one.hear(5) for one in (ear, other)] == [News.CHANGED] * 2, "it listens from now on"
        who = Attendee("Ida", browser=b"ida")
        await join_meeting(house.db, place=place, who=who, origin="::1", now=datetime.now(UTC))
        assert await ear.hear(5) is News.CHANGED
        assert await other.hear(0) is News.QUIET
        hub.stop()
        assert await ear.hear(5) is News.OVER
    with hub.follow(place.meeting_id, "late") as ear:
        assert await ear.hear(0) is News.OVER
    await hub.close()


async def test_who_cannot_hear_is_woken_to_look_and_one_browser_has_few_streams(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(_: House) -> AsyncIterator[None]:
        raise OSError("the database is away")
        yield

    monkeypatch.setattr("tenantry.web.hub.hear_meetings", deaf)
    monkeypatch.setattr("tenantry.web.hub.DEAF", 0.01)
    hub, meeting_id = Hub(house), new_id()
    with hub.follow(meeting_id, "ida") as ear:
        for _ in range(3):
            assert await ear.hear(5) is News.CHANGED
        hub.require_room(meeting_id, "ida")
        others = [hub.follow(meeting_id, "ida") for _ in range(MOST_STREAMS - 1)]
        for one in others:
            one.__enter__()
        with pytest.raises(Exception, match="meeting_crowded"):
            hub.require_room(meeting_id, "ida")
        hub.require_room(meeting_id, "bo")
        for one in others:
            one.__exit__(None, None, None)
    await asyncio.wait_for(hub.close(), 5)
