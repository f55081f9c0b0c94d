import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.delete_people import delete_people, purge_people, purge_person
from tenantry.commands.manage_people import add_person
from tenantry.domain.licenses import Wish
from tenantry.domain.people import Person
from tenantry.domain.roles import Role
from tenantry.domain.selections import Selection, UserFilter
from tenantry.domain.viewers import janitor, operator
from tenantry.kit.errors import Refused
from tenantry.queries.doctor import examine
from tenantry.queries.due import tenants_to_purge
from tenantry.store.people_write import give_roles
from tenantry.store.tables import accounts, handles, sessions
from tests.cast import (
    ADELE,
    BASIC,
    BILL,
    BOARD,
    DAY,
    GUSTAV,
    HENRIETTA,
    LIDIA,
    NOW,
    PETER,
    RASMUS,
    ULLA,
)
from tests.world import consumed, held, inherit, make_pool, make_tenant, make_users, query_count, rows_of


def only(*ids):
    return Selection(ids=ids)


async def delete(db, tenant, *ids, by=ADELE, **more):
    return await delete_people(db, tenant.viewer(by), selection=only(*ids), now=NOW, **more)


async def assign(db, tenant, product, *ids):
    wish = Wish(assign={product.sku_id: frozenset()})
    await assign_licenses(db, tenant.viewer(ADELE), selection=only(*ids), wish=wish, all_or_none=True, now=NOW - DAY)


async def row_of(db, tenant, user_id):
    return next(row for row in await rows_of(db, tenant.id, "users") if row["id"] == user_id)


async def account_of(db, account_id):
    async with db.transaction() as tx:
        return (await tx.execute(select(accounts).where(accounts.c.id == account_id))).one()


async def sign_in(db, account_id):
    row = {"token_hash": uuid4().bytes, "account_id": account_id, "created_at": NOW, "seen_at": NOW}
    async with db.transaction() as tx:
        await tx.execute(sessions.insert().values(**row, expires_at=NOW + DAY))


async def sessions_of(db, account_id):
    async with db.transaction() as tx:
        return len((await tx.execute(select(sessions).where(sessions.c.account_id == account_id))).all())


async def wrong(house):
    """What the doctor finds among the rows."""
    found = await examine(house, clock=lambda: datetime.now(UTC))
    return [one.code for one in found if not one.ok and one.check in ("counters", "licenses", "search", "policies")]


async def test_a_deleted_person_frees_the_seat_and_is_out_at_once(db, contoso):
    await make_pool(db, contoso.id, BASIC, 3)
    await make_pool(db, contoso.id, BOARD, 3)
    peter = contoso.people[PETER]
    await assign(db, contoso, BASIC, peter)
    await inherit(db, contoso.id, BOARD, peter)
    await sign_in(db, contoso.accounts[PETER])
    done = await delete(db, contoso, peter)
    assert (done.people, done.freed) == (1, {BASIC.name: 1, BOARD.name: 1})
    assert await held(db, contoso.id) == {}
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 0, BOARD.sku_id: 0}
    assert len(await rows_of(db, contoso.id, "license_history")) == 2
    assert (await row_of(db, contoso, peter))["deleted_at"] == NOW
    account = await account_of(db, contoso.accounts[PETER])
    assert (account.closed_at, account.password_hash) == (NOW, None)
    assert await sessions_of(db, account.id) == 0
    async with db.transaction() as tx:
        ways = await tx.execute(select(handles).where(handles.c.row_id == peter))
        assert ways.all() == []


async def test_the_deletion_is_told_with_what_became_free_and_stands_in_their_own_history(db, contoso):
    await make_pool(db, contoso.id, BASIC, 3)
    ids = contoso.ids(PETER, BILL)
    await assign(db, contoso, BASIC, *ids)
    done = await delete(db, contoso, *ids)
    told = next(row for row in await rows_of(db, contoso.id, "operations") if row["id"] == done.operation_id)
    assert (told["subject"], told["facts"]) == ("2", {"count": 2, "removed": {BASIC.name: 2}})
    about = await rows_of(db, contoso.id, "operation_people")
    assert {row["user_id"] for row in about if row["operation_id"] == done.operation_id} == set(ids)


async def test_a_guests_own_account_is_not_closed_and_stays_signed_in_elsewhere(db, contoso):
    gustav = contoso.people[GUSTAV]
    await sign_in(db, contoso.accounts[GUSTAV])
    await delete(db, contoso, gustav)
    account = await account_of(db, contoso.accounts[GUSTAV])
    assert (account.closed_at, account.password_hash is None) == (None, False)
    assert await sessions_of(db, account.id) == 1
    assert (await row_of(db, contoso, gustav))["account_id"] == account.id


async def test_the_address_can_be_used_again_for_a_new_person(db, contoso):
    await delete(db, contoso, contoso.people[PETER])
    new = Person(user_name=contoso.email(PETER), display_name="Peter Anew")
    added = await add_person(db, contoso.viewer(ADELE), person=new, password_hash="x", now=NOW)
    row = await row_of(db, contoso, added.user_id)
    assert row["account_id"] not in (None, contoso.accounts[PETER])


async def test_nobody_deletes_themselves(db, contoso):
    with pytest.raises(Refused, match="own_deletion"):
        await delete(db, contoso, contoso.people[ADELE])
    done = await delete(db, contoso, *contoso.ids(ADELE, PETER))
    assert (done.people, done.staying) == (1, 1)


async def test_a_user_admin_reaches_people_and_the_helpdesk_and_no_other_admins(db, contoso):
    with pytest.raises(Refused) as refused:
        await delete(db, contoso, contoso.people[RASMUS], by=ULLA)
    assert (refused.value.code, refused.value.params["name"]) == ("admin_out_of_reach", RASMUS.name)
    done = await delete(db, contoso, *contoso.ids(PETER, HENRIETTA, LIDIA), by=ULLA)
    assert (done.people, done.staying) == (2, 1)
    assert (await row_of(db, contoso, contoso.people[LIDIA]))["deleted_at"] is None


@pytest.mark.parametrize("who", [BILL, LIDIA, HENRIETTA, RASMUS, PETER])
async def test_others_delete_nobody(db, contoso, who):
    with pytest.raises(Refused, match="permission_missing"):
        await delete(db, contoso, contoso.people[PETER], by=who)


async def test_a_preview_that_came_to_differ_is_refused(db, contoso):
    with pytest.raises(Refused, match="forecast_stale"):
        await delete(db, contoso, contoso.people[PETER], expected=2)
    assert (await row_of(db, contoso, contoso.people[PETER]))["deleted_at"] is None


async def test_nobody_of_another_tenant_is_deleted(db, contoso, northwind):
    with pytest.raises(Refused, match="nobody_selected"):
        await delete(db, contoso, *northwind.people.values())


async def test_everybody_that_a_filter_matches_is_deleted_but_oneself(db, contoso):
    everybody = Selection(filter=UserFilter())
    done = await delete_people(db, contoso.viewer(ADELE), selection=everybody, now=NOW)
    assert done.staying == 1
    left = [row["display_name"] for row in await rows_of(db, contoso.id, "users") if row["deleted_at"] is None]
    assert sorted(left) == sorted([ADELE.name, GUSTAV.name])


async def test_the_last_global_admin_is_not_deleted_even_by_the_operator(db, contoso):
    with pytest.raises(Refused, match="last_global_admin"):
        await delete_people(db, operator(contoso.id, "root"), selection=only(contoso.people[ADELE]), now=NOW)


async def test_two_global_admins_who_delete_each_other_leave_one(db, contoso):
    async with db.transaction(contoso.id) as tx:
        await give_roles(tx, contoso.id, contoso.people[PETER], [Role.GLOBAL])
    first = contoso.viewer(ADELE)
    second = replace(first, user_id=contoso.people[PETER])
    answers = await asyncio.gather(
        delete_people(db, first, selection=only(contoso.people[PETER]), now=NOW),
        delete_people(db, second, selection=only(contoso.people[ADELE]), now=NOW),
        return_exceptions=True,
    )
    assert sorted(getattr(answer, "code", "done") for answer in answers) == ["done", "last_global_admin"]


async def test_deleting_asks_the_database_as_often_for_one_as_for_fifty(db, contoso):
    await make_pool(db, contoso.id, BASIC, 60)
    people = await make_users(db, contoso.id, 51)
    await assign(db, contoso, BASIC, *people)
    counts = []
    for some in (people[:1], people[1:]):
        with query_count(db) as statements:
            await delete(db, contoso, *some)
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 20


async def test_many_thousands_go_in_one_step(own, make_house, open_db):
    house = make_house(own)
    tenant = await make_tenant(house.db)
    await make_pool(house.db, tenant.id, BASIC, 10_000)
    people = await make_users(house.db, tenant.id, 10_000)
    await assign(house.db, tenant, BASIC, *people)
    async with open_db(own.owner_url).transaction() as tx:
        await tx.execute(text("ANALYZE"))  # as the server itself does within a minute
    done = await delete(house.db, tenant, *people)
    assert (done.people, done.freed) == (10_000, {BASIC.name: 10_000})
    assert await wrong(house) == []
    assert await tenants_to_purge(house, now=NOW + 29 * DAY) == ()
    assert await tenants_to_purge(house, now=NOW + 30 * DAY) == ((tenant.id, NOW + 30 * DAY),)
    later = NOW + 30 * DAY
    gone = [(await purge_people(house.db, janitor(tenant.id), now=later, limit=6000)).people for _ in range(3)]
    assert gone == [6000, 4000, 0]
    assert await wrong(house) == []
    assert await tenants_to_purge(house, now=later) == ()


async def test_a_purged_person_leaves_nothing_but_history_that_names_an_id(db, contoso):
    await make_pool(db, contoso.id, BASIC, 1)
    peter = contoso.people[PETER]
    await assign(db, contoso, BASIC, peter)
    await delete(db, contoso, peter)
    await purge_people(db, janitor(contoso.id), now=NOW + 29 * DAY)
    assert (await row_of(db, contoso, peter))["display_name"] == PETER.name
    await purge_people(db, janitor(contoso.id), now=NOW + 31 * DAY)
    for table in ("users", "search_tokens", "role_assignments", "operation_people", "licenses"):
        assert peter not in {row.get("user_id", row.get("id")) for row in await rows_of(db, contoso.id, table)}
    assert [row["user_id"] for row in await rows_of(db, contoso.id, "license_history")] == [peter]


async def test_one_person_is_deleted_permanently_by_typing_their_user_name(db, contoso):
    peter, viewer = contoso.people[PETER], contoso.viewer(ULLA)
    with pytest.raises(Refused, match="deleted_missing"):
        await purge_person(db, viewer, user_id=peter, typed=contoso.email(PETER), now=NOW)
    await delete(db, contoso, peter)
    with pytest.raises(Refused) as refused:
        await purge_person(db, viewer, user_id=peter, typed="peter", now=NOW)
    assert (refused.value.code, refused.value.field) == ("user_name_differs", "typed")
    await purge_person(db, viewer, user_id=peter, typed=contoso.email(PETER).upper(), now=NOW)
    assert peter not in {row["id"] for row in await rows_of(db, contoso.id, "users")}
