"""Long operations: asked for once, done by a job in its asker's name, with an end whatever happens on the way."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, text, update

from tenantry.commands.long_operations import ask, start, sweep_long_operations, take_secret, try_again
from tenantry.commands.manage_people import set_usage_location
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer, janitor
from tenantry.jobs import frame, long, tasks
from tenantry.jobs.long import LONG, Done
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.queries.long_operations import LongOperation
from tenantry.queries.operations import read_audit_entry, read_receipt
from tenantry.queries.waiting import lost_operations, tenants_to_sweep
from tenantry.store.database import Database
from tenantry.store.files import KEPT, PART, keep_file
from tenantry.store.tables import files, long_operations, operations, role_assignments, tenants
from tests.cast import ADELE, HENRIETTA, LIDIA, NORA, NOW, PETER
from tests.jobs.conftest import type_work_off
from tests.world import Tenant

_QUEUED = text("SELECT status::text, attempts FROM procrastinate_jobs ORDER BY id")
_DUE = text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
_KILLED = text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE status = 'todo'")


async def locate(house: House, viewer: Viewer, asked: Any, progress: Any) -> Done:
    """As an entry of `LONG` would be."""
    progress.told_at = 0.0
    await progress(1)
    chosen = Selection(ids=tuple(UUID(one) for one in asked.request["users"]))
    country = asked.request["country"]
    await set_usage_location(house.db, viewer, selection=chosen, country=country, **asked.wishes)
    return Done()


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LONG, "set_usage_location", locate)


async def ask_for(db: Database, tenant: Tenant, *, by: Any = ADELE, country: str = "NO", **more: Any) -> UUID:
    operation_id = more.pop("operation_id", None) or new_id()
    request = {"users": tenant.ids(PETER, NORA), "country": country}
    wanted = {"command": set_usage_location, "request": request, "total": 2, "now": NOW}
    await ask(db, tenant.viewer(by), operation_id=operation_id, **(wanted | more))
    return operation_id


async def row_of(db: Database, tenant: Tenant, operation_id: UUID) -> Any:
    async with db.transaction(tenant.id) as tx:
        found = select(long_operations).where(long_operations.c.id == operation_id)
        return (await tx.execute(found)).one_or_none()


async def queued(db: Database) -> list[tuple[str, int]]:
    async with db.transaction() as tx:
        return [tuple(row) for row in await tx.execute(_QUEUED)]


async def test_it_is_done_by_a_job_and_stands_in_the_log_under_its_own_id(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    operation_id = await ask_for(db, contoso)
    waiting = await row_of(db, contoso, operation_id)
    await work_off()
    done = await row_of(db, contoso, operation_id)
    entry = await read_audit_entry(db, contoso.viewer(ADELE), operation_id=operation_id)
    assert (waiting.state, waiting.done, waiting.total) == ("waiting", 0, 2)
    assert (done.state, done.done, done.secret, done.refusal) == ("done", 2, None, None)
    assert done.finished_at >= done.started_at
    assert (entry.command, entry.actor_name, entry.via) == ("set_usage_location", "Adele Vance", "job")
    assert await queued(db) == []


async def test_a_form_sent_twice_asks_once(db: Database, contoso: Tenant, work_off: type_work_off) -> None:
    operation_id = await ask_for(db, contoso)
    await ask_for(db, contoso, operation_id=operation_id)
    with pytest.raises(Refused, match="key_reused"):
        await ask_for(db, contoso, by=LIDIA, operation_id=operation_id)
    assert len(await queued(db)) == 1


async def test_only_those_may_ask_who_may_do_it(db: Database, contoso: Tenant) -> None:
    with pytest.raises(Refused, match="permission_missing"):
        await ask_for(db, contoso, by=HENRIETTA)
    with pytest.raises(Refused, match="person_needed"):
        await ask(
            db, janitor(contoso.id), command=set_usage_location, operation_id=new_id(), request={}, total=1, now=NOW
        )


async def test_who_lost_the_role_meanwhile_is_refused_and_nothing_is_done(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    operation_id = await ask_for(db, contoso, by=LIDIA)
    async with db.transaction(contoso.id) as tx:
        theirs = role_assignments.c.user_id == contoso.people[LIDIA]
        await tx.execute(delete(role_assignments).where(theirs))
    await work_off()
    failed = await row_of(db, contoso, operation_id)
    assert (failed.state, failed.refusal["code"]) == ("failed", "permission_missing")
    assert await count(db, contoso, operations) == 0


async def count(db: Database, tenant: Tenant, table: Any) -> int:
    async with db.transaction(tenant.id) as tx:
        return int((await tx.execute(select(func.count()).select_from(table))).scalar_one())


async def test_of_a_suspended_organization_nothing_is_done(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    operation_id = await ask_for(db, contoso)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tenants).values(suspended_at=NOW))
    await work_off()
    assert (await row_of(db, contoso, operation_id)).refusal == {"code": "actor_gone", "params": {}}


async def test_what_failed_can_be_tried_again_by_who_asked(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    operation_id = await ask_for(db, contoso, country="??", secret="seed")
    await work_off()
    failed = await row_of(db, contoso, operation_id)
    with pytest.raises(Refused, match="operation_missing"):
        await try_again(db, contoso.viewer(LIDIA), operation_id=operation_id)
    await try_again(db, contoso.viewer(ADELE), operation_id=operation_id)
    again = await row_of(db, contoso, operation_id)
    assert (failed.state, failed.refusal["code"], failed.secret) == ("failed", "country_unknown", "seed")
    assert (again.state, again.refusal) == ("waiting", None)
    assert await queued(db) == [("todo", 0)]


async def test_what_breaks_is_tried_again_and_ends_failed(
    db: Database, contoso: Tenant, work_off: type_work_off, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Done:
        raise ZeroDivisionError

    monkeypatch.setitem(LONG, "set_usage_location", broken)
    operation_id, states = await ask_for(db, contoso), []
    for _ in range(long.MOST_ATTEMPTS):
        await work_off()
        states.append((await row_of(db, contoso, operation_id)).state)
        async with db.transaction() as tx:
            await tx.execute(_DUE)
    assert states == ["running", "running", "running", "failed"]
    assert (await row_of(db, contoso, operation_id)).refusal["code"] == "operation_broken"
    assert await queued(db) == []


async def test_a_worker_that_died_after_the_command_does_it_no_second_time(
    db: Database, house: House, contoso: Tenant, work_off: type_work_off
) -> None:
    operation_id = await ask_for(db, contoso)
    asked = await start(db, tenant_id=contoso.id, operation_id=operation_id, now=NOW)
    assert asked is not None
    await locate(house, contoso.viewer(ADELE), asked, long.Progress(house, asked))  # and then it dies
    between = await row_of(db, contoso, operation_id)
    await work_off()
    assert (between.state, between.done) == ("running", 1)
    assert (await row_of(db, contoso, operation_id)).state == "done"
    assert await count(db, contoso, operations) == 1


async def test_a_job_whose_worker_died_is_taken_up_by_the_next(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    operation_id = await ask_for(db, contoso)
    async with db.transaction() as tx:
        await tx.execute(_KILLED)
    await work_off()
    dead = (await row_of(db, contoso, operation_id)).state
    await work_off(stalled=True)
    assert (dead, (await row_of(db, contoso, operation_id)).state) == ("waiting", "done")


async def test_one_that_kills_its_worker_each_time_is_given_up(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    operation_id = await ask_for(db, contoso)
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE procrastinate_jobs SET attempts = 4"))
    await work_off()
    assert (await row_of(db, contoso, operation_id)).refusal["code"] == "operation_broken"


async def test_one_that_lost_its_job_gets_another(
    db: Database, house: House, contoso: Tenant, work_off: type_work_off
) -> None:
    operation_id = await ask_for(db, contoso)
    assert await lost_operations(house.jobs) == []
    async with db.transaction() as tx:
        await tx.execute(text("DELETE FROM procrastinate_jobs"))
    assert await lost_operations(house.jobs) == [(contoso.id, operation_id)]
    await tasks.take_up_lost_operations(frame.Job(house, 1, NOW))
    await work_off()
    assert (await row_of(db, contoso, operation_id)).state == "done"


async def test_two_of_a_tenant_come_one_after_the_other(
    db: Database, contoso: Tenant, work_off: type_work_off, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = most = 0

    async def slow(*_: Any) -> Done:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        return Done()

    monkeypatch.setitem(LONG, "set_usage_location", slow)
    for _ in range(3):
        await ask_for(db, contoso)
    await asyncio.gather(work_off(), work_off())
    await work_off()
    assert most == 1
    assert await queued(db) == []


async def test_a_secret_is_shown_once_and_only_to_who_asked(
    db: Database, contoso: Tenant, work_off: type_work_off, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def keeps(*_: Any) -> Done:
        return Done(keep_secret=True)

    monkeypatch.setitem(LONG, "set_usage_location", keeps)
    operation_id = await ask_for(db, contoso, secret="seed")
    early = await take_secret(db, contoso.viewer(ADELE), operation_id=operation_id)
    await work_off()
    taken = [await take_secret(db, contoso.viewer(who), operation_id=operation_id) for who in (LIDIA, ADELE, ADELE)]
    assert [early, *taken] == [None, None, "seed", None]


async def test_files_and_requests_are_kept_for_a_week(
    db: Database, house: House, contoso: Tenant, work_off: type_work_off, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def writes(house: House, viewer: Viewer, asked: Any, progress: Any) -> Done:
        pieces = (b"a" * 300_000 for _ in range(10))
        async with house.db.transaction(viewer.tenant_id) as tx:
            kept = {"name": "all.zip", "media_type": "application/zip", "now": asked.now}
            return Done(await keep_file(tx, viewer.tenant_id, pieces=pieces, **kept))

    monkeypatch.setitem(LONG, "set_usage_location", writes)
    operation_id = await ask_for(db, contoso)
    await work_off()
    seen = await read_receipt(db, contoso.viewer(ADELE), operation_id=operation_id)
    assert isinstance(seen, LongOperation)
    assert seen.file is not None
    assert seen.finished_at is not None
    assert (seen.file.size, seen.file.name, seen.file.expires_at - KEPT <= seen.finished_at) == (
        3_000_000, "all.zip", True
    )  # fmt: skip
    assert PART < 3_000_000
    assert await tenants_to_sweep(house, now=seen.finished_at + timedelta(days=6)) == ()
    later = seen.finished_at + timedelta(days=8)
    assert await tenants_to_sweep(house, now=later) == ((contoso.id, later),)
    await sweep_long_operations(db, janitor(contoso.id), now=later)
    assert (await count(db, contoso, files), await row_of(db, contoso, operation_id)) == (0, None)


async def test_a_sandbox_ahead_of_the_clock_is_worked_for_in_its_own_time(db: Database, contoso: Tenant) -> None:
    operation_id = await ask_for(db, contoso)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tenants).values(test_clock=3600))
    asked = await start(db, tenant_id=contoso.id, operation_id=operation_id, now=NOW)
    assert asked is not None
    assert asked.now == NOW + timedelta(hours=1)
