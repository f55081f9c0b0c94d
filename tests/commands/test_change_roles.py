"""Roles assigned and removed, and that somebody is always left who can do all."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from tenantry.commands.change_roles import RolesChanged, change_roles
from tenantry.domain.roles import Role
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.tables import role_assignments, users
from tests.cast import ADELE, BILL, CONTOSO, GUSTAV, LIDIA, NANCY, NOW, PETER, RASMUS, ULLA, Character
from tests.world import Tenant, make_users, query_count, rows_of

GLOBAL, BILLING, LICENSE = (frozenset([role]) for role in (Role.GLOBAL, Role.BILLING, Role.LICENSE))


async def roles_of(db: Database, tenant: Tenant, who: Character) -> set[str]:
    rows = await rows_of(db, tenant.id, "role_assignments")
    return {str(row["role"]) for row in rows if row["user_id"] == tenant.people[who]}


async def told(db: Database, tenant: Tenant) -> list[dict[str, object]]:
    return [row for row in await rows_of(db, tenant.id, "operations") if row["command"] == "change_roles"]


async def test_a_role_is_assigned_and_removed_and_stands_in_the_persons_history(db: Database, contoso: Tenant) -> None:
    viewer, peter = contoso.viewer(ADELE), contoso.people[PETER]
    given = await change_roles(db, viewer, user_ids=(peter,), give=BILLING | LICENSE, now=NOW)
    assert await roles_of(db, contoso, PETER) == {"billing_admin", "license_admin"}
    taken = await change_roles(db, viewer, user_ids=(peter,), take=BILLING, now=NOW)
    assert await roles_of(db, contoso, PETER) == {"license_admin"}
    facts = [(row["subject"], row["facts"]) for row in await told(db, contoso)]
    assert facts == [
        (PETER.name, {"roles_given": ["billing_admin", "license_admin"], "roles_taken": [], "changed": 1}),
        (PETER.name, {"roles_given": [], "roles_taken": ["billing_admin"], "changed": 1}),
    ]
    history = await rows_of(db, contoso.id, "operation_people")
    assert {row["operation_id"] for row in history} == {given.operation_id, taken.operation_id}
    assert {row["user_id"] for row in history} == {peter}


async def test_what_is_so_already_changes_nothing_and_is_not_told(db: Database, contoso: Tenant) -> None:
    people = contoso.ids(BILL, PETER)
    some = await change_roles(db, contoso.viewer(ADELE), user_ids=people, give=BILLING, now=NOW)
    none = await change_roles(db, contoso.viewer(ADELE), user_ids=people, give=BILLING, take=LICENSE, now=NOW)
    assert (some.changed, none.changed) == (1, 0)
    assert len(await told(db, contoso)) == 1


async def test_only_who_may_assign_roles_does(db: Database, contoso: Tenant) -> None:
    for who in CONTOSO:
        if who is not ADELE:
            with pytest.raises(Refused, match="permission_missing"):
                await change_roles(db, contoso.viewer(who), user_ids=contoso.ids(who), give=GLOBAL, now=NOW)


async def test_the_last_global_admin_stays_one(db: Database, contoso: Tenant) -> None:
    with pytest.raises(Refused, match="last_global_admin"):
        await change_roles(db, contoso.viewer(ADELE), user_ids=contoso.ids(ADELE), take=GLOBAL, now=NOW)
    assert await roles_of(db, contoso, ADELE) == {"global_admin"}


@pytest.mark.parametrize("facts", [{"blocked_at": NOW}, {"account_id": None}])
async def test_who_cannot_sign_in_does_not_count_as_the_one_who_is_left(
    db: Database, contoso: Tenant, facts: dict[str, object]
) -> None:
    await change_roles(db, contoso.viewer(ADELE), user_ids=contoso.ids(PETER), give=GLOBAL, now=NOW)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(users).where(users.c.id == contoso.people[PETER]).values(**facts))
    with pytest.raises(Refused, match="last_global_admin"):
        await change_roles(db, contoso.viewer(ADELE), user_ids=contoso.ids(ADELE), take=GLOBAL, now=NOW)


async def test_a_guest_may_have_a_role_but_not_the_one_that_does_all(db: Database, contoso: Tenant) -> None:
    viewer, people = contoso.viewer(ADELE), contoso.ids(GUSTAV, PETER)
    with pytest.raises(Refused, match="guest_not_global"):
        await change_roles(db, viewer, user_ids=people, give=GLOBAL, now=NOW)
    assert await roles_of(db, contoso, PETER) == set()
    await change_roles(db, viewer, user_ids=people, give=LICENSE, now=NOW)
    assert await roles_of(db, contoso, GUSTAV) == {"license_admin"}


async def test_people_who_are_not_here_get_nothing(db: Database, contoso: Tenant, northwind: Tenant) -> None:
    viewer, stranger = contoso.viewer(ADELE), northwind.people[NANCY]
    for people, code in (((), "nobody_selected"), ((stranger,), "user_missing"), ((new_id(),), "user_missing")):
        with pytest.raises(Refused, match=code):
            await change_roles(db, viewer, user_ids=people, give=GLOBAL, now=NOW)
    with pytest.raises(Refused, match="people_gone"):
        await change_roles(db, viewer, user_ids=(contoso.people[PETER], stranger), give=LICENSE, now=NOW)
    assert await roles_of(db, contoso, PETER) == set()


async def test_of_two_who_remove_each_other_one_stays(db: Database, contoso: Tenant) -> None:
    async with db.transaction(contoso.id) as tx:
        row = {"tenant_id": contoso.id, "user_id": contoso.people[ULLA], "role": Role.GLOBAL.value}
        await tx.execute(insert(role_assignments).values(row))

    async def remove(who: Character) -> RolesChanged | Refused:
        try:
            return await change_roles(db, contoso.viewer(ADELE), user_ids=contoso.ids(who), take=GLOBAL, now=NOW)
        except Refused as refused:
            return refused

    answers = await asyncio.gather(remove(ULLA), remove(ADELE))
    assert [answer.code for answer in answers if isinstance(answer, Refused)] == ["last_global_admin"]
    left = [who for who in (ADELE, ULLA) if "global_admin" in await roles_of(db, contoso, who)]
    assert len(left) == 1


async def test_one_and_fifty_cost_the_same_statements(db: Database, contoso: Tenant) -> None:
    many = await make_users(db, contoso.id, 50)

    async def cost(people: tuple[UUID, ...]) -> int:
        with query_count(db) as counted:
            await change_roles(db, contoso.viewer(ADELE), user_ids=people, give=LICENSE, take=BILLING, now=NOW)
        return counted.count

    assert await cost(many[:1]) == await cost(many[1:])


async def test_a_repeated_key_gets_the_first_answer(db: Database, contoso: Tenant) -> None:
    wish = {"user_ids": contoso.ids(RASMUS, LIDIA), "give": BILLING, "now": NOW, "key": "once"}
    first = await change_roles(db, contoso.viewer(ADELE), **wish)
    assert await change_roles(db, contoso.viewer(ADELE), **wish) == first
