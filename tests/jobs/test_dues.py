"""A sandbox goes by its own clock in everything; the others go by the wall's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tenantry.commands.advance_clock import advance_clock
from tenantry.commands.delete_people import delete_people
from tenantry.commands.delete_tenant import delete_tenant, purge_tenant
from tenantry.commands.mail_notices import mail_notices
from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.organization import GRACE
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import janitor
from tenantry.kit.ids import new_id
from tenantry.queries.due import tenants_to_purge
from tenantry.queries.due_tenants import tenants_to_end
from tenantry.queries.house import House
from tenantry.queries.unmailed import tenants_to_mail
from tenantry.store.letters import write_letter
from tenantry.store.notices import raise_notice
from tenantry.store.tables import letters, tenants
from tests.cast import ADELE, DAY, NORTHWIND, NOW, PETER
from tests.jobs.conftest import type_work_off
from tests.world import Tenant, make_tenant, rows_of

AHEAD = 100 * DAY


@pytest.fixture
def sandbox(house: House, contoso: Tenant, run: Any) -> Tenant:
    run(ahead(house, contoso, AHEAD))
    return contoso


async def ahead(house: House, tenant: Tenant, by: timedelta) -> None:
    async with house.db.transaction(tenant.id) as tx:
        await tx.execute(update(tenants).values(test_clock=round(by.total_seconds())))


async def delete_peter(house: House, tenant: Tenant, now: datetime) -> None:
    await delete_people(house.db, tenant.viewer(ADELE), selection=Selection(ids=tenant.ids(PETER)), now=now)


async def test_what_fell_due_is_asked_for_with_each_tenants_own_time(house: House, sandbox: Tenant) -> None:
    other = await make_tenant(house.db, "northwind", (*NORTHWIND, ADELE, PETER))
    there = NOW + AHEAD
    for tenant, now in ((sandbox, there), (other, NOW)):
        await delete_peter(house, tenant, now)
        async with house.db.transaction(tenant.id) as tx:
            kind, about = NoticeKind.CONFLICT, {"product": "Basic", "short": 1}
            await raise_notice(tx, kind, AUDIENCE[kind], new_id(), about, now)
    assert await tenants_to_purge(house, now=NOW + 29 * DAY) == ()
    assert dict(await tenants_to_purge(house, now=NOW + 30 * DAY)) == {
        sandbox.id: there + 30 * DAY,
        other.id: NOW + 30 * DAY,
    }
    assert dict(await tenants_to_mail(house, now=NOW)) == {sandbox.id: there, other.id: NOW}
    for tenant, now in await tenants_to_mail(house, now=NOW):
        assert await mail_notices(house.db, janitor(tenant), site="", now=now) > 0
    assert await tenants_to_mail(house, now=NOW + timedelta(hours=1)) == ()


async def test_a_sandbox_that_was_deleted_ends_by_its_own_clock(house: House, sandbox: Tenant) -> None:
    name = (await rows_of(house.db, sandbox.id, "tenants"))[0]["name"]
    await delete_tenant(house.db, sandbox.viewer(ADELE), name=name, now=NOW + AHEAD)
    assert await tenants_to_end(house, now=NOW + GRACE - timedelta(seconds=1)) == ()
    ((tenant_id, there),) = await tenants_to_end(house, now=NOW + GRACE)
    assert await purge_tenant(house.db, janitor(tenant_id), now=there)


async def test_letters_of_a_sandbox_go_by_the_wall_clock(house: House, sandbox: Tenant) -> None:
    to = sandbox.email(PETER)
    facts = {"email": to, "changed_at": NOW}
    async with house.db.transaction(sandbox.id) as tx:
        await write_letter(tx, kind="password_changed", to=to, language="en", params=facts, now=NOW + AHEAD)
    async with house.db.transaction() as tx:
        await write_letter(tx, kind="password_changed", to=to, language="en", params=facts, now=NOW)
        made = (await tx.execute(select(letters.c.made_at).where(letters.c.recipient == to))).scalars()
        assert set(made) == {NOW}


async def test_moving_the_clock_ends_what_is_past_its_days_and_mails_what_is_new(
    house: House, contoso: Tenant, work_off: type_work_off
) -> None:
    now = datetime.now(UTC)  # jobs read the clock themselves
    await ahead(house, contoso, timedelta())
    await delete_peter(house, contoso, now)
    async with house.db.transaction(contoso.id) as tx:
        kind, about = NoticeKind.CONFLICT, {"product": "Basic", "short": 1}
        await raise_notice(tx, kind, AUDIENCE[kind], new_id(), about, now)
    await advance_clock(house.db, contoso.viewer(ADELE), days=31, now=now)
    await work_off()
    assert contoso.people[PETER] not in {row["id"] for row in await rows_of(house.db, contoso.id, "users")}
    (notice,) = await rows_of(house.db, contoso.id, "notices")
    assert notice["mailed_at"] >= now + 31 * DAY
