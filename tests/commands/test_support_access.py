"""The operator's way into a tenant: for a reason, for hours, seen and ended by the tenant."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from tenantry.commands.support_access import end_support_access, leave_support_access, open_support_access
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.gate import enter, token_hash
from tenantry.queries.support_access import list_support_access
from tenantry.store.database import Database
from tenantry.store.tables import accounts, house_operations, sessions, tenants
from tests.cast import ADELE, LIDIA, NOW
from tests.conftest import type_run
from tests.world import Tenant, rows_of

HOUR = timedelta(hours=1)
WISH = {"reason": "Ticket 812: a license is missing", "level": "look", "hours": 2, "now": NOW}


@pytest.fixture
def olga(db: Database, run: type_run) -> Operator:
    """An operator with an account, signed in by the token "olga-" and her id."""

    async def make() -> UUID:
        account_id = new_id()
        facts = {"email": f"olga-{account_id}@house.example", "name": "Olga Operator", "is_operator": True}
        times = {"created_at": NOW, "seen_at": NOW, "expires_at": NOW + timedelta(days=1)}
        async with db.transaction() as tx:
            await tx.execute(insert(accounts).values(id=account_id, **facts, created_at=NOW))
            row = {"token_hash": token_hash(f"olga-{account_id}"), "account_id": account_id}
            await tx.execute(insert(sessions).values(**row, **times))
        return account_id

    return Operator(run(make()), "Olga Operator", "operator")


async def seen(db: Database, olga: Operator, tenant: Tenant, at=NOW):
    """What the gate makes of Olga in the tenant, or the code of its refusal."""
    try:
        return await enter(db, token=f"olga-{olga.account_id}", slug=tenant.slug, language="en", now=at)
    except Refused as refused:
        return refused.code


async def change_tenant(db: Database, tenant: Tenant, **facts) -> None:
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(tenants).values(facts))


async def test_without_an_access_the_operator_finds_no_tenant(db, contoso, olga):
    assert await seen(db, olga, contoso) == "tenant_missing"


async def test_an_access_lets_in_until_its_time_and_not_a_second_longer(db, contoso, olga):
    await open_support_access(db, olga, tenant_id=contoso.id, **WISH)
    entrance = await seen(db, olga, contoso)
    assert (entrance.viewer.name, entrance.viewer.via, entrance.support.level) == ("Olga Operator", "support", "look")
    assert await seen(db, olga, contoso, NOW + 2 * HOUR - timedelta(seconds=1)) != "tenant_missing"
    assert await seen(db, olga, contoso, NOW + 2 * HOUR) == "tenant_missing"


async def test_an_access_to_one_tenant_opens_no_other(db, contoso, northwind, olga):
    await open_support_access(db, olga, tenant_id=contoso.id, **WISH)
    assert await seen(db, olga, northwind) == "tenant_missing"


async def test_both_logs_name_the_real_person_and_the_reason(db, contoso, olga):
    await open_support_access(db, olga, tenant_id=contoso.id, **WISH)
    (row,) = await rows_of(db, contoso.id, "operations")
    assert (row["command"], row["actor_name"], row["via"]) == ("open_support_access", "Olga Operator", "operator")
    assert row["facts"] == {"reason": WISH["reason"], "level": "look", "hours": 2}
    async with db.transaction() as tx:
        mine = select(house_operations.c.command).where(house_operations.c.actor_id == olga.account_id)
        assert list((await tx.execute(mine)).scalars()) == ["open_support_access"]


async def test_a_tenants_admin_sees_an_access_and_ends_it_at_once(db, contoso, olga):
    access_id = await open_support_access(db, olga, tenant_id=contoso.id, **WISH)
    (row,) = await list_support_access(db, contoso.viewer(ADELE), now=NOW)
    assert (row.name, row.reason, row.running) == ("Olga Operator", WISH["reason"], True)
    assert await end_support_access(db, contoso.viewer(ADELE), access_id=access_id, now=NOW + HOUR)
    assert await seen(db, olga, contoso, NOW + HOUR) == "tenant_missing"
    (row,) = await list_support_access(db, contoso.viewer(ADELE), now=NOW + HOUR)
    assert (row.running, row.ended_at, row.ended_by) == (False, NOW + HOUR, "Adele Vance")


async def test_to_end_it_twice_changes_and_tells_nothing(db, contoso, olga):
    access_id = await open_support_access(db, olga, tenant_id=contoso.id, **WISH)
    await leave_support_access(db, olga, tenant_id=contoso.id, now=NOW)
    before = await rows_of(db, contoso.id, "operations")
    assert not await end_support_access(db, contoso.viewer(ADELE), access_id=access_id, now=NOW)
    assert not await leave_support_access(db, olga, tenant_id=contoso.id, now=NOW)
    assert await rows_of(db, contoso.id, "operations") == before


async def test_who_may_not_change_the_organization_may_not_end_it(db, contoso, olga):
    access_id = await open_support_access(db, olga, tenant_id=contoso.id, **WISH)
    with pytest.raises(Refused, match="permission_missing"):
        await end_support_access(db, contoso.viewer(LIDIA), access_id=access_id, now=NOW)


async def test_after_leaving_one_may_come_again(db, contoso, olga):
    await open_support_access(db, olga, tenant_id=contoso.id, **WISH)
    with pytest.raises(Refused, match="support_is_open"):
        await open_support_access(db, olga, tenant_id=contoso.id, **WISH)
    await leave_support_access(db, olga, tenant_id=contoso.id, now=NOW)
    await open_support_access(db, olga, tenant_id=contoso.id, **WISH | {"level": "change"})
    assert (await seen(db, olga, contoso)).support.level == "change"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"reason": " "}, "text_missing"),
        ({"reason": "x" * 301}, "text_long"),
        ({"reason": "a\u202eb"}, "text_control"),
        ({"level": "all"}, "support_level_unknown"),
        ({"hours": 0}, "support_hours_invalid"),
        ({"hours": 9}, "support_hours_invalid"),
        ({"tenant_id": new_id()}, "tenant_missing"),
    ],
)
async def test_a_reason_a_level_and_a_few_hours_are_asked_for(db, contoso, olga, wish, code):
    with pytest.raises(Refused, match=code):
        await open_support_access(db, olga, **{"tenant_id": contoso.id} | WISH | wish)


@pytest.mark.parametrize(
    ("facts", "code"), [({"allow_support": False}, "support_not_allowed"), ({"deleted_at": NOW}, "tenant_deleted")]
)
async def test_a_tenant_that_does_not_want_it_is_left_alone(db, contoso, olga, facts, code):
    await change_tenant(db, contoso, **facts)
    with pytest.raises(Refused, match=code):
        await open_support_access(db, olga, tenant_id=contoso.id, **WISH)


async def test_the_command_line_opens_none(db, contoso):
    with pytest.raises(Refused, match="support_needs_account"):
        await open_support_access(db, Operator(None, "root", "cli"), tenant_id=contoso.id, **WISH)
