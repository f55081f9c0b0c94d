"""Who is let into a meeting, under concurrency and by the organizer's apps at that very moment."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.attend_meetings import (
    end_meeting,
    join_meeting,
    leave_meeting,
    let_in,
    look_in,
    mute_self,
    stay_in_meeting,
    turn_away,
)
from tenantry.commands.plan_meetings import change_habits, plan_meeting
from tenantry.domain.licenses import Wish
from tenantry.domain.meetings import STALE, Attendee, Habits, Plan, State
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.meeting_gate import Place, find_meeting
from tenantry.store.database import Database
from tenantry.store.tables import handles, meetings, tenants
from tests.cast import ADELE, BASIC, BOARD, DAY, NOW, PETER, ULLA
from tests.conftest import type_run
from tests.world import Tenant, make_pool, rows_of

SOON = NOW + timedelta(hours=1)


async def license_for(db: Database, tenant: Tenant, *products, remove=frozenset(), now=NOW) -> None:
    """Products for Peter. BOARD is the free one: ten people, three from day 61; with BASIC it is 300."""
    wish = Wish(assign={product.sku_id: frozenset() for product in products}, remove=remove)
    chosen = Selection(ids=tenant.ids(PETER))
    await assign_licenses(db, tenant.viewer(ADELE), selection=chosen, wish=wish, all_or_none=True, now=now)


@dataclass
class Meeting:
    """A meeting of Peter's, and who comes to it."""

    db: Database
    tenant: Tenant
    place: Place

    @property
    def organizer(self) -> Attendee:
        return Attendee(PETER.name, self.tenant.people[PETER])

    async def join(self, who: Attendee | str, now=SOON) -> State:
        return await join_meeting(self.db, place=self.place, who=self.who(who), origin="::1", now=now)

    def who(self, who: Attendee | str) -> Attendee:
        return who if isinstance(who, Attendee) else Attendee(who, browser=who.encode())

    async def refusal(self, who: Attendee | str, now=SOON) -> str:
        with pytest.raises(Refused) as refused:
            await self.join(who, now)
        return refused.value.code

    async def present(self) -> int:
        async with self.db.transaction(self.tenant.id) as tx:
            mine = select(meetings.c.present).where(meetings.c.id == self.place.meeting_id)
            counter = (await tx.execute(mine)).scalar_one()
        people = await rows_of(self.db, self.tenant.id, "meeting_people")
        assert counter == sum(row["state"] == "in" for row in people), "the counter is what the rows say"
        return int(counter)

    async def room(self, who: Attendee | str | None, now=SOON):
        who = None if who is None else self.who(who)
        return await look_in(self.db, place=self.place, who=who, now=now)


async def plan(db: Database, tenant: Tenant, **wishes) -> Meeting:
    plan = replace(Plan("Monday", None, False, False), **wishes)
    token = await plan_meeting(db, tenant.viewer(PETER), meeting_id=new_id(), plan=plan, now=NOW)
    return Meeting(db, tenant, await find_meeting(db, token=token))


@pytest.fixture
def free(db: Database, contoso: Tenant, run: type_run) -> Tenant:
    """A Contoso where Peter has what sign-up gives."""

    async def make() -> Tenant:
        for product in (BOARD, BASIC):
            await make_pool(db, contoso.id, product, 5)
        await license_for(db, contoso, BOARD)
        return contoso

    return run(make())


async def test_of_twenty_who_come_at_once_ten_are_in(db: Database, free: Tenant) -> None:
    meeting = await plan(db, free)

    async def come(name: str) -> str:
        try:
            return await meeting.join(name)
        except Refused as refused:
            return refused.code

    came = await asyncio.gather(*(come(f"guest {number}") for number in range(20)))
    assert (came.count("in"), came.count("meeting_full")) == (10, 10)
    assert await meeting.present() == 10


async def test_the_same_browser_and_the_same_person_count_once(db: Database, free: Tenant) -> None:
    meeting = await plan(db, free)
    for who in (meeting.organizer, meeting.organizer, "ida", "ida"):
        assert await meeting.join(who) is State.IN
    assert await meeting.present() == 2
    await meeting.join(replace(meeting.who("ida"), name="Ida of Sales"))
    assert {one.name for one in (await meeting.room(meeting.organizer)).people} == {PETER.name, "Ida of Sales"}
    await leave_meeting(db, place=meeting.place, who=meeting.who("ida"), now=SOON)
    await leave_meeting(db, place=meeting.place, who=meeting.who("ida"), now=SOON)
    assert await meeting.present() == 1
    assert await meeting.join("ida") is State.IN


async def test_from_day_61_on_three_may_meet_and_a_paid_license_lifts_it_at_once(db: Database, free: Tenant) -> None:
    meeting, day_61 = await plan(db, free), NOW + 60 * DAY
    for name in ("a", "b", "c", "d"):
        await meeting.join(name, day_61 - timedelta(seconds=1))
    assert await meeting.refusal("e", day_61) == "meeting_full"
    assert await meeting.present() == 4, "who is in stays in"
    await license_for(db, free, BASIC, now=day_61)
    assert await meeting.join("e", day_61) is State.IN
    await license_for(db, free, remove=frozenset([BASIC.sku_id]), now=day_61)
    assert await meeting.refusal("f", day_61) == "meeting_full"
    await license_for(db, free, remove=frozenset([BOARD.sku_id]), now=day_61)
    assert await meeting.refusal("f", day_61) == "meeting_closed"


async def test_who_says_nothing_for_a_while_is_gone_and_makes_room(db: Database, free: Tenant) -> None:
    meeting, later = await plan(db, free), SOON + STALE + timedelta(seconds=1)
    for number in range(10):
        await meeting.join(f"guest {number}")
    await stay_in_meeting(db, place=meeting.place, who=meeting.who("guest 1"), now=later - timedelta(seconds=10))
    assert await meeting.join("late", later) is State.IN
    assert await meeting.present() == 2
    assert (await meeting.room("guest 3", later)).state is State.LEFT


async def test_a_sandbox_whose_clock_is_moved_loses_nobody(db: Database, free: Tenant) -> None:
    meeting = await plan(db, free)
    await meeting.join("a")
    async with db.transaction(free.id) as tx:
        await tx.execute(update(tenants).values(test_clock=30 * 86400))
    await meeting.join("b", SOON + 30 * DAY)
    assert await meeting.present() == 2


async def test_the_lobby_holds_who_comes_until_the_organizer_decides(db: Database, free: Tenant) -> None:
    meeting = await plan(db, free, lobby=True, mute_on_entry=True)
    assert [await meeting.join(who) for who in (meeting.organizer, "ida", "bo")] == ["in", "waiting", "waiting"]
    seen = await meeting.room(meeting.organizer)
    assert [one.name for one in seen.waiting] == ["ida", "bo"]
    assert [one.muted for one in seen.people] == [False]
    hidden = await meeting.room("ida")
    assert (hidden.state, hidden.people, hidden.waiting) == (State.WAITING, (), ())
    decide = {"place": meeting.place, "who": meeting.organizer, "now": SOON}
    await let_in(db, **decide, person_id=seen.waiting[0].id)
    await turn_away(db, **decide, person_id=seen.waiting[1].id)
    assert [(await meeting.room(who)).state for who in ("ida", "bo")] == ["in", "left"]
    assert (await meeting.room("ida")).muted
    assert await meeting.present() == 2
    with pytest.raises(Refused, match="meeting_not_yours"):
        await let_in(db, place=meeting.place, who=meeting.who("ida"), person_id=new_id(), now=SOON)


async def test_the_lobby_does_not_go_past_the_limit(db: Database, free: Tenant) -> None:
    meeting = await plan(db, free, lobby=True)
    for number in range(11):
        await meeting.join(f"guest {number}")
    await meeting.join(meeting.organizer)
    waiting = [one.id for one in (await meeting.room(meeting.organizer)).waiting]
    decide = {"place": meeting.place, "who": meeting.organizer, "now": SOON}
    for person_id in waiting[:9]:
        await let_in(db, **decide, person_id=person_id)
    with pytest.raises(Refused, match="meeting_full"):
        await let_in(db, **decide, person_id=waiting[9])
    assert await meeting.present() == 10


async def test_a_meeting_is_over_for_everybody_and_only_by_its_organizer(db: Database, free: Tenant) -> None:
    meeting = await plan(db, free)
    await meeting.join(meeting.organizer)
    await meeting.join("ida")
    for who in (meeting.who("ida"), Attendee(ULLA.name, free.people[ULLA])):
        with pytest.raises(Refused, match="meeting_not_yours"):
            await end_meeting(db, place=meeting.place, who=who, now=SOON)
    await end_meeting(db, place=meeting.place, who=meeting.organizer, now=SOON)
    assert await meeting.present() == 0
    assert await meeting.refusal("ida") == "meeting_ended"


async def test_who_mutes_themself_is_seen_muted(db: Database, free: Tenant) -> None:
    meeting = await plan(db, free)
    await meeting.join("ida")
    await mute_self(db, place=meeting.place, who=meeting.who("ida"), muted=True)
    (ida,) = (await meeting.room("ida")).people
    assert (ida.muted, ida.guest, ida.me) == (True, True, True)


async def test_a_link_finds_its_meeting_only_while_the_organization_is_open(db: Database, free: Tenant) -> None:
    meeting = await plan(db, free)
    token = (await rows_of(db, free.id, "meetings"))[0]["token"]
    async with db.transaction(free.id) as tx:
        await tx.execute(update(tenants).values(suspended_at=NOW))
    for link in (token, "0" * 40, "x\0y", "Ω" * 500):
        with pytest.raises(Refused, match="meeting_missing"):
            await find_meeting(db, token=link)
    async with db.transaction() as tx:
        kept = select(handles.c.hash).where(handles.c.row_id == meeting.place.meeting_id)
        assert token.encode() not in (await tx.execute(kept)).scalar_one()


async def test_a_form_sent_twice_makes_one_meeting_and_nobody_elses(db: Database, free: Tenant) -> None:
    once: dict[str, object] = {"meeting_id": new_id(), "plan": Plan("Monday", None, False, False), "now": NOW}
    first = await plan_meeting(db, free.viewer(PETER), **once)
    assert await plan_meeting(db, free.viewer(PETER), **once) == first
    with pytest.raises(Refused, match="meeting_not_licensed"):
        await plan_meeting(db, free.viewer(ULLA), **once)
    operator = replace(free.viewer(PETER), user_id=None, via="support")
    with pytest.raises(Refused, match="own_people_only"):
        await plan_meeting(db, operator, **once)
    assert len(await rows_of(db, free.id, "meetings")) == 1


async def test_habits_are_kept_for_each(db: Database, free: Tenant) -> None:
    for habits in (Habits(lobby=True), Habits(mute_on_entry=True, reminder=10)):
        await change_habits(db, free.viewer(PETER), habits=habits)
    (row,) = await rows_of(db, free.id, "meeting_settings")
    assert (row["user_id"], row["lobby"], row["reminder_minutes"]) == (free.people[PETER], False, 10)
