"""The timetable, and what became of what was on it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tenantry.domain.timetable import TIMETABLE, Standing
from tenantry.queries.house import House
from tenantry.queries.timetable import TimetableRow, read_timetable
from tenantry.store.database import Database
from tests.cast import NOW
from tests.conftest import Base
from tests.web.conftest import Boss, desk_of, words
from tests.world import query_count

_DEFER = text("""
    SELECT procrastinate_defer_periodic_job_v2('default', NULL, :task, :task, 0, '', :due_at, '{}') AS job_id
""")
_END = text("SELECT procrastinate_finish_job_v1(:job_id, :became, :forget)")
_BEGIN = text("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = :job_id")


@pytest.fixture
def house(blank: Base, make_house: Callable[[Base], House]) -> House:
    """A house on a database of this test alone: its queue is that of all tenants."""
    return make_house(blank)


@pytest.fixture
def db(house: House) -> Database:
    return house.db


async def run_once(db: Database, task: str, due_at: datetime, became: str) -> None:
    """The queue's own way of it, up to `became`: "todo", "doing", "succeeded" (and forgotten) or "failed"."""
    async with db.transaction() as tx:
        facts = {"task": task, "due_at": int(due_at.timestamp())}
        job_id = (await tx.execute(_DEFER, facts)).scalar_one()
        if became != "todo":
            await tx.execute(_BEGIN, {"job_id": job_id})
        if became in ("succeeded", "failed"):
            await tx.execute(_END, {"job_id": job_id, "became": became, "forget": became == "succeeded"})


async def row_of(house: House, boss: Boss, task: str) -> TimetableRow:
    rows = {row.task: row for row in await read_timetable(house, boss.operator, now=NOW)}
    return rows[task]


async def test_a_house_that_just_opened_has_run_nothing_and_misses_nothing(house: House, boss: Boss) -> None:
    with query_count(house.jobs) as asked:
        rows = await read_timetable(house, boss.operator, now=NOW)
    assert asked.count == 1
    assert [row.task for row in rows] == list(TIMETABLE)
    assert {(row.due_at, row.standing) for row in rows} == {(None, Standing.NEVER)}
    async with desk_of(house, boss) as desk:
        page = words(await desk.get("/timetable"))
    assert "Every 5 minutes" in page
    assert "At 20 minutes past every hour" in page
    assert "Every day at 02:35 UTC" in page
    assert "is not kept" not in page


@pytest.mark.parametrize(
    ("became", "seen"),
    [
        ("todo", Standing.WAITING),
        ("doing", Standing.RUNNING),
        ("succeeded", Standing.DONE),
        ("failed", Standing.FAILED),
    ],
)
async def test_the_newest_job_says_how_it_went(
    house: House, db: Database, boss: Boss, became: str, seen: Standing
) -> None:
    due_at = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)
    await run_once(db, "sweep_sessions", due_at - timedelta(hours=1), "failed")
    await run_once(db, "sweep_sessions", due_at, became)
    with query_count(house.jobs) as asked:
        row = await row_of(house, boss, "sweep_sessions")
    assert (asked.count, row.due_at, row.standing) == (1, due_at, seen)
    assert row.next_at == due_at + timedelta(hours=1)


async def test_what_no_worker_does_is_missed_and_what_failed_leads_to_the_jobs(
    house: House, db: Database, boss: Boss
) -> None:
    await run_once(db, "sweep_sessions", NOW - timedelta(days=1), "succeeded")
    await run_once(db, "purge_people", NOW - timedelta(days=1), "failed")
    async with desk_of(house, boss) as desk:
        answer = await desk.get("/timetable")
    assert "The timetable is not kept" in words(answer)
    assert "1 job has failed" in words(answer)
    assert '<a href="/operator/jobs" class="btn' in answer.text
