"""Looks at domains as jobs: asked for, due by themselves, and in the demo into its own DNS."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text, update

from tenantry.commands.edit_zone import add_zone_record
from tenantry.commands.manage_domains import add_domain
from tenantry.commands.prove_domains import check_domain
from tenantry.domain.domains import WEEK, Outcome
from tenantry.jobs.domains import look_at_due, ways_of
from tenantry.kit.settings import Settings
from tenantry.queries.domains import read_domain
from tenantry.queries.house import House
from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import ADELE
from tests.jobs.conftest import type_work_off
from tests.world import Tenant

NAME = "fabrikam.example"


async def test_a_look_that_is_asked_for_proves_the_domain_by_the_demos_own_dns(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    adele, now = contoso.viewer(ADELE), datetime.now(UTC)
    await add_domain(db, adele, name=NAME, now=now)
    token = (await read_domain(db, adele, name=NAME)).token
    await check_domain(db, adele, name=NAME, now=now)
    await work_off(demo_zone=True)
    there = await read_domain(db, adele, name=NAME)
    assert (there.outcome, there.is_verified) == (Outcome.MISSING, False)
    await add_zone_record(db, name=NAME, kind="MX", value=f"{token}.verify.invalid.")
    await check_domain(db, adele, name=NAME, now=datetime.now(UTC) + timedelta(minutes=1))
    async with db.transaction(contoso.id) as tx:  # as it will be when the minute is over
        await tx.execute(update(tables.domains).where(tables.domains.c.name == NAME).values(check_at=now))
    await work_off(demo_zone=True)
    there = await read_domain(db, adele, name=NAME)
    assert (there.outcome, there.is_verified, there.method) == (Outcome.PROVEN, True, "mx")
    assert there.check_at is not None
    assert there.checked_at is not None
    assert there.check_at - there.checked_at == WEEK


async def test_what_is_due_is_looked_at_by_the_tenants_own_clock_and_once(
    house: House, db: Database, contoso: Tenant
) -> None:
    demo = replace(house, settings=replace(house.settings, demo_zone=True))
    adele, now = contoso.viewer(ADELE), datetime.now(UTC)
    await add_domain(db, adele, name=NAME, now=now)
    await look_at_due(demo, now=now)
    assert (await read_domain(db, adele, name=NAME)).checked_at is None
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tables.tenants).values(test_clock=600))
    await look_at_due(demo, now=now)
    await look_at_due(demo, now=now)
    there = await read_domain(db, adele, name=NAME)
    assert there.checked_at == now + timedelta(seconds=600)
    async with db.transaction(contoso.id) as tx:
        assert (await tx.execute(select(tables.domains.c.tries).where(tables.domains.c.name == NAME))).scalar_one() == 1


async def test_a_look_whose_job_is_lost_is_taken_up_by_the_timetable(
    house: House, db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    adele, now = contoso.viewer(ADELE), datetime.now(UTC)
    await add_domain(db, adele, name=NAME, now=now)
    await check_domain(db, adele, name=NAME, now=now)
    async with db.transaction() as tx:
        assert (await tx.execute(select(func.count()).select_from(text("queue.procrastinate_jobs")))).scalar_one() > 0
        await tx.execute(text("DELETE FROM queue.procrastinate_jobs"))
    demo = replace(house, settings=replace(house.settings, demo_zone=True))
    await look_at_due(demo, now=now)
    assert (await read_domain(db, adele, name=NAME)).outcome is Outcome.MISSING


def test_the_settings_say_whom_to_ask() -> None:
    ways = ways_of(
        Settings(dns_resolvers="192.0.2.1, [2001:db8::1]:5353", dns_validating_resolver="192.0.2.2:53", dns_timeout=2)
    )
    assert ways.resolvers == (("192.0.2.1", 53), ("2001:db8::1", 5353))
    assert (ways.validating, ways.allow_private, ways.patience) == (("192.0.2.2", 53), False, 2.0)
    assert ways_of(Settings()).validating is None
