"""What time does to meetings: reminders once, people lost taken out, data gone with its license."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.attend_meetings import join_meeting
from tenantry.commands.delete_people import delete_people, purge_people
from tenantry.commands.plan_meetings import change_habits, plan_meeting
from tenantry.commands.purge_data import purge_data
from tenantry.commands.run_meetings import remind_of_meetings, sweep_meetings
from tenantry.domain.licenses import Wish
from tenantry.domain.meetings import STALE, Attendee, Habits, Plan
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import janitor
from tenantry.kit.ids import new_id
from tenantry.queries.due_meetings import tenants_to_remind, tenants_with_lost_attendees
from tenantry.queries.house import House
from tenantry.queries.meeting_gate import Place, find_meeting
from tenantry.store.database import Database
from tenantry.store.tables import handles, letters, tenants
from tests.cast import ADELE, BASIC, BOARD, DAY, NOW, PETER
from tests.world import Tenant, make_pool, rows_of

SOON = NOW + timedelta(hours=1)
SITE = "https://admin.example"


async def wish(db: Database, tenant: Tenant, *products, remove=(), now: datetime = NOW) -> None:
    wanted = Wish(assign={one.sku_id: frozenset() for one in products}, remove=frozenset(one.sku_id for one in remove))
    chosen = Selection(ids=tenant.ids(PETER))
    await assign_licenses(db, tenant.viewer(ADELE), selection=chosen, wish=wanted, all_or_none=True, now=now)


async def meeting_of_peter(db: Database, tenant: Tenant, starts_at: datetime | None = None) -> Place:
    for product in (BOARD, BASIC):
        await make_pool(db, tenant.id, product, 5)
    await wish(db, tenant, BOARD)
    plan = Plan("Monday", starts_at, False, False)
    return await find_meeting(
        db, token=await plan_meeting(db, tenant.viewer(PETER), meeting_id=new_id(), plan=plan, now=NOW)
    )


async def letters_to(db: Database, tenant: Tenant) -> list[dict[str, object]]:
    async with db.transaction() as tx:
        mine = select(letters.c.params).where(letters.c.recipient == tenant.email(PETER))
        return list((await tx.execute(mine.where(letters.c.kind == "meeting_reminder"))).scalars())


async def test_an_organizer_is_reminded_once_and_as_early_as_they_chose(
    db: Database, contoso: Tenant, house: House
) -> None:
    await meeting_of_peter(db, contoso, starts_at=SOON)
    facts = {"tenant_id": contoso.id, "site": SITE}
    assert await remind_of_meetings(db, **facts, now=SOON - timedelta(minutes=5)) == 0, "nobody asked for it"
    await change_habits(db, contoso.viewer(PETER), habits=Habits(reminder=10))
    for minutes, due in ((11, False), (10, True), (0, False)):
        found = await tenants_to_remind(house, now=SOON - timedelta(minutes=minutes))
        assert (contoso.id in {one for one, _ in found}) is due
    for _ in range(2):
        await remind_of_meetings(db, **facts, now=SOON - timedelta(minutes=10))
    (letter,) = await letters_to(db, contoso)
    assert letter["title"] == "Monday"
    assert str(letter["link"]).startswith(f"{SITE}/meet/")


async def test_a_sandbox_reminds_by_its_own_clock(db: Database, contoso: Tenant, house: House) -> None:
    await meeting_of_peter(db, contoso, starts_at=SOON)
    await change_habits(db, contoso.viewer(PETER), habits=Habits(reminder=10))
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tenants).values(test_clock=3000))
    found = dict(await tenants_to_remind(house, now=NOW))
    assert found[contoso.id] == NOW + timedelta(seconds=3000)


async def test_the_job_takes_out_whom_nothing_was_heard_of(db: Database, contoso: Tenant, house: House) -> None:
    place = await meeting_of_peter(db, contoso)
    await join_meeting(db, place=place, who=Attendee("Ida", browser=b"ida"), origin="::1", now=SOON)
    for late, lost in ((STALE, False), (STALE + timedelta(seconds=1), True)):
        found = await tenants_with_lost_attendees(house, now=SOON + late)
        assert (contoso.id in {one for one, _ in found}) is lost
    await sweep_meetings(db, tenant_id=contoso.id, now=SOON + STALE + timedelta(seconds=1))
    (meeting,) = await rows_of(db, contoso.id, "meetings")
    assert meeting["present"] == 0


async def kept(db: Database, tenant: Tenant) -> dict[str, int]:
    tables = ("meetings", "meeting_people", "meeting_settings")
    found = {table: len(await rows_of(db, tenant.id, table)) for table in tables}
    async with db.transaction() as tx:
        links = select(handles).where(handles.c.kind == "meeting", handles.c.tenant_id == tenant.id)
        return found | {"links": len((await tx.execute(links)).all())}


ALL = {"meetings": 1, "meeting_people": 1, "meeting_settings": 1, "links": 1}
NOTHING = dict.fromkeys(ALL, 0)


async def used_meeting(db: Database, tenant: Tenant) -> None:
    place = await meeting_of_peter(db, tenant)
    await change_habits(db, tenant.viewer(PETER), habits=Habits(lobby=True))
    await join_meeting(db, place=place, who=Attendee("Ida", browser=b"ida"), origin="::1", now=SOON)


async def test_meetings_go_with_the_last_license_that_has_them_after_its_days(db: Database, contoso: Tenant) -> None:
    await used_meeting(db, contoso)
    await wish(db, contoso, remove=[BOARD], now=NOW + DAY)
    await purge_data(db, janitor(contoso.id), now=NOW + 31 * DAY - timedelta(seconds=1))
    assert await kept(db, contoso) == ALL
    await purge_data(db, janitor(contoso.id), now=NOW + 31 * DAY)
    assert await kept(db, contoso) == NOTHING


async def test_meetings_stay_when_another_product_has_them(db: Database, contoso: Tenant) -> None:
    await used_meeting(db, contoso)
    await wish(db, contoso, BASIC, remove=[BOARD], now=NOW + DAY)
    await purge_data(db, janitor(contoso.id), now=NOW + 40 * DAY)
    assert await kept(db, contoso) == ALL
    await wish(db, contoso, remove=[BASIC], now=NOW + 50 * DAY)
    await purge_data(db, janitor(contoso.id), now=NOW + 80 * DAY)
    assert await kept(db, contoso) == NOTHING


async def test_who_is_gone_for_good_leaves_no_meeting_no_link_and_no_name(db: Database, contoso: Tenant) -> None:
    place = await meeting_of_peter(db, contoso)
    await join_meeting(db, place=place, who=Attendee(PETER.name, contoso.people[PETER]), origin="::1", now=SOON)
    await delete_people(db, contoso.viewer(ADELE), selection=Selection(ids=contoso.ids(PETER)), now=SOON)
    await purge_people(db, janitor(contoso.id), now=SOON + 31 * DAY)
    assert await kept(db, contoso) == NOTHING
