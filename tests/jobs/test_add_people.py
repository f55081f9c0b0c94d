"""Adding many people as a job: passwords made under way, once for all tries, and their seed forgotten after a day."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text

from tenantry.commands.add_people import add_people
from tenantry.commands.long_operations import ask, sweep_long_operations, take_secret
from tenantry.domain.newcomers import NewPeople
from tenantry.domain.people import Person
from tenantry.domain.people_files import PersonRow
from tenantry.domain.viewers import janitor
from tenantry.jobs.frame import Job
from tenantry.jobs.long import run
from tenantry.kit.ids import new_id
from tenantry.kit.passwords import derive_password, verify
from tenantry.queries.house import House
from tenantry.queries.people_added import read_added
from tenantry.queries.waiting import tenants_to_sweep
from tenantry.store.database import Database
from tenantry.store.people_write import insert_people
from tenantry.store.tables import accounts, users
from tests.cast import ADELE, BASIC, PETER
from tests.jobs.conftest import type_work_off
from tests.world import Tenant, make_pool

_AGAIN = text("UPDATE long_operations SET state = 'running', done = 0")


async def ask_for(db: Database, tenant: Tenant, *, sign_in: bool = True, count: int = 3) -> UUID:
    """People of lines 2 and on, and Peter, who is here already."""
    people = [Person(f"new{n}@{tenant.domain}", f"New {n}", usage_location="DK") for n in range(count)]
    rows = tuple(PersonRow(line, one) for line, one in enumerate([*people, Person(tenant.email(PETER), "Peter")], 2))
    wanted = NewPeople(rows, sign_in, {BASIC.sku_id: frozenset()})
    secret, now = "seed" if sign_in else None, datetime.now(UTC)
    operation_id = new_id()
    asked = {"operation_id": operation_id, "request": wanted, "total": len(rows), "secret": secret, "now": now}
    await ask(db, tenant.viewer(ADELE), command=add_people, **asked)
    return operation_id


async def test_people_sign_in_with_the_passwords_that_their_seed_tells(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    await make_pool(db, contoso.id, BASIC, 2)
    operation_id = await ask_for(db, contoso)
    await work_off()
    seen = await read_added(db, contoso.viewer(ADELE), operation_id=operation_id)
    assert (seen.long.state, seen.long.done, len(seen.added), seen.short) == ("done", 4, 3, {BASIC.name: 1})
    assert [(one.row.line, one.refusal.code) for one in seen.failed if one.refusal] == [(5, "user_name_known")]
    assert [one.refusal.code for one in seen.added if one.refusal] == ["seats_short"]
    seed = await take_secret(db, contoso.viewer(ADELE), operation_id=operation_id)
    assert seed is not None
    key = f"new1@{contoso.domain}"
    async with db.transaction() as tx:
        found = select(accounts.c.password_hash).where(accounts.c.email_key == key)
        assert verify((await tx.execute(found)).scalar_one(), derive_password(seed, key))


async def test_a_job_that_is_done_twice_adds_once(
    db: Database, contoso: Tenant, house: House, work_off: type_work_off
) -> None:
    await make_pool(db, contoso.id, BASIC, 9)
    operation_id = await ask_for(db, contoso)
    await work_off()
    first = await read_added(db, contoso.viewer(ADELE), operation_id=operation_id)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(_AGAIN)
    await run(Job(house, 1, datetime.now(UTC)), tenant_id=contoso.id, operation_id=operation_id)
    again = await read_added(db, contoso.viewer(ADELE), operation_id=operation_id)
    async with db.transaction(contoso.id) as tx:
        count = (await tx.execute(select(func.count()).where(users.c.user_name.startswith("new")))).scalar()
    assert (msgspec.to_builtins(again.people), count) == (msgspec.to_builtins(first.people), 3)
    assert again.long.secret


async def test_a_name_that_is_taken_in_the_very_moment_is_that_persons_result(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    await make_pool(db, contoso.id, BASIC, 9)
    operation_id = await ask_for(db, contoso, sign_in=False)
    rival = Person(f"new1@{contoso.domain}", "Rival")
    async with db.transaction(contoso.id) as tx:
        await insert_people(tx, contoso.id, [rival], "member", datetime.now(UTC))
        at_work = asyncio.create_task(work_off())
        await asyncio.sleep(0.5)
    await at_work
    seen = await read_added(db, contoso.viewer(ADELE), operation_id=operation_id)
    assert [(one.row.line, one.refusal.code) for one in seen.failed if one.refusal] == [
        (3, "user_name_known"),
        (5, "user_name_known"),
    ]
    assert len(seen.added) == 2


async def test_without_a_sign_in_there_is_no_secret(db: Database, contoso: Tenant, work_off: type_work_off) -> None:
    await make_pool(db, contoso.id, BASIC, 9)
    operation_id = await ask_for(db, contoso, sign_in=False)
    await work_off()
    seen = await read_added(db, contoso.viewer(ADELE), operation_id=operation_id)
    assert (len(seen.added), seen.long.secret) == (3, False)


async def test_the_seed_is_forgotten_a_day_after_it_was_made(
    db: Database, house: House, contoso: Tenant, work_off: type_work_off
) -> None:
    await make_pool(db, contoso.id, BASIC, 9)
    operation_id = await ask_for(db, contoso)
    await work_off()
    now = datetime.now(UTC)
    assert await tenants_to_sweep(house, now=now + timedelta(hours=23)) == ()
    later = now + timedelta(hours=25)
    assert await tenants_to_sweep(house, now=later) == ((contoso.id, later),)
    await sweep_long_operations(db, janitor(contoso.id), now=now + timedelta(hours=25))
    seen = await read_added(db, contoso.viewer(ADELE), operation_id=operation_id)
    assert (seen.long.secret, len(seen.people)) == (False, 4)
    assert await take_secret(db, contoso.viewer(ADELE), operation_id=operation_id) is None
    assert await tenants_to_sweep(house, now=later) == ()
