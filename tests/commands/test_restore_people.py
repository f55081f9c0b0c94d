import pytest
from sqlalchemy import insert

from tenantry.commands.delete_people import delete_people
from tenantry.commands.manage_people import add_person
from tenantry.commands.restore_people import restore_people
from tenantry.domain.people import Person
from tenantry.domain.selections import UserFilter
from tenantry.kit.errors import Refused
from tenantry.kit.paging import decode
from tenantry.queries.deleted import list_deleted, read_return
from tenantry.queries.users import list_users
from tenantry.store.tables import domains
from tests.cast import ADELE, ARCHIVING, BASIC, BILL, BOARD, DAY, GUSTAV, HENRIETTA, LIDIA, NOW, PETER, ULLA
from tests.commands.test_delete_people import account_of, assign, delete, only, row_of, sessions_of, sign_in, wrong
from tests.world import consumed, held, make_pool, make_tenant, make_users, query_count, rows_of


async def restore(db, tenant, *ids, by=ULLA, now=NOW + DAY, **more):
    return await restore_people(db, tenant.viewer(by), user_ids=ids, now=now, **more)


async def names(db, tenant, *words):
    found = await list_users(db, tenant.viewer(ADELE), wanted=UserFilter(words=words), cursor=None, limit=50)
    return [row.user_name for row in found.page.items]


async def test_a_restored_person_finds_account_and_license_again_and_needs_a_new_password(db, contoso):
    await make_pool(db, contoso.id, BASIC, 1)
    peter = contoso.people[PETER]
    await assign(db, contoso, BASIC, peter)
    await delete(db, contoso, peter)
    done = await restore(db, contoso, peter, password_hashes={peter: "a new hash"})
    assert (done.people, done.signed_in, done.failed, done.missing) == ((peter,), (peter,), (), ())
    assert done.assigned == {BASIC.name: 1}
    account = await account_of(db, contoso.accounts[PETER])
    facts = (account.closed_at, account.password_hash, account.must_change_password)
    assert facts == (None, "a new hash", True)
    row = await row_of(db, contoso, peter)
    assert (row["deleted_at"], row["account_id"]) == (None, account.id)
    assert await held(db, contoso.id) == {(peter, BASIC.sku_id): frozenset()}
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1}


async def test_without_a_password_the_restored_cannot_sign_in(db, contoso):
    peter = contoso.people[PETER]
    await delete(db, contoso, peter)
    await restore(db, contoso, peter)
    assert (await row_of(db, contoso, peter))["account_id"] is None
    assert (await account_of(db, contoso.accounts[PETER])).closed_at == NOW


async def test_roles_do_not_come_back(db, contoso):
    await delete(db, contoso, contoso.people[LIDIA])
    await restore(db, contoso, contoso.people[LIDIA], by=ADELE)
    assert contoso.people[LIDIA] not in {row["user_id"] for row in await rows_of(db, contoso.id, "role_assignments")}


async def test_a_guest_finds_their_own_account_and_its_sessions(db, contoso):
    gustav = contoso.people[GUSTAV]
    await sign_in(db, contoso.accounts[GUSTAV])
    await delete(db, contoso, gustav)
    done = await restore(db, contoso, gustav, password_hashes={gustav: "not to be given"})
    assert (done.people, done.signed_in) == ((gustav,), ())
    account = await account_of(db, contoso.accounts[GUSTAV])
    assert (account.closed_at, account.password_hash == "not to be given") == (None, False)
    assert await sessions_of(db, account.id) == 1
    assert (await row_of(db, contoso, gustav))["account_id"] == account.id


async def test_a_name_in_use_is_told_and_solved_by_another(db, contoso):
    peter = contoso.people[PETER]
    await delete(db, contoso, peter)
    new = Person(user_name=contoso.email(PETER), display_name="Peter Anew")
    await add_person(db, contoso.viewer(ADELE), person=new, password_hash="x", now=NOW)
    failed = await restore(db, contoso, peter)
    assert (failed.people, [(one.user_id, one.code) for one in failed.failed]) == ((), [(peter, "user_name_taken")])
    wrong_name = await restore(db, contoso, peter, renames={peter: "peter@elsewhere.example"})
    assert [one.code for one in wrong_name.failed] == ["domain_unknown"]
    name = f"peter.plain@{contoso.domain}"
    done = await restore(db, contoso, peter, renames={peter: name}, password_hashes={peter: "h"})
    assert (done.people, done.failed) == ((peter,), ())
    assert await names(db, contoso, "peter.plain") == [name]
    account = await account_of(db, contoso.accounts[PETER])
    assert (account.email, account.closed_at) == (name, None)


async def test_of_several_those_who_cannot_are_told_and_the_others_are_back(db, contoso):
    ids = contoso.ids(PETER, BILL)
    await delete(db, contoso, *ids)
    new = Person(user_name=contoso.email(BILL), display_name="Bill Anew")
    await add_person(db, contoso.viewer(ADELE), person=new, now=NOW)
    done = await restore(db, contoso, *ids)
    assert (done.people, [one.user_id for one in done.failed]) == ((ids[0],), [ids[1]])


async def test_two_deleted_of_one_name_do_not_both_come_back(db, contoso):
    first = contoso.people[PETER]
    await delete(db, contoso, first)
    again = Person(user_name=contoso.email(PETER), display_name="Peter Anew")
    second = (await add_person(db, contoso.viewer(ADELE), person=again, now=NOW)).user_id
    await delete(db, contoso, second)
    done = await restore(db, contoso, first, second)
    assert (done.people, [one.user_id for one in done.failed]) == ((first,), [second])


async def test_without_a_free_seat_the_person_is_back_and_it_is_said_what_is_missing(db, contoso):
    for product in (BASIC, BOARD):
        await make_pool(db, contoso.id, product, 1)
        await assign(db, contoso, product, contoso.people[PETER])
    await delete(db, contoso, contoso.people[PETER])
    await assign(db, contoso, BASIC, contoso.people[BILL])
    done = await restore(db, contoso, contoso.people[PETER])
    assert done.assigned == {BOARD.name: 1}
    assert [(one.code, one.params) for one in done.missing] == [("seats_short", {"products": [BASIC.name], "short": 1})]
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1, BOARD.sku_id: 1}


async def test_what_the_rules_refuse_now_is_said_too(db, contoso):
    for product in (BASIC, ARCHIVING):
        await make_pool(db, contoso.id, product, 1)
        await assign(db, contoso, product, contoso.people[PETER])
    await delete(db, contoso, contoso.people[PETER])
    await assign(db, contoso, BASIC, contoso.people[BILL])
    done = await restore(db, contoso, contoso.people[PETER])
    assert (done.assigned, sorted(one.code for one in done.missing)) == ({}, ["plan_missing", "seats_short"])


async def test_only_the_wanted_licenses_come_back(db, contoso):
    for product in (BASIC, BOARD):
        await make_pool(db, contoso.id, product, 1)
        await assign(db, contoso, product, contoso.people[PETER])
    await delete(db, contoso, contoso.people[PETER])
    done = await restore(db, contoso, contoso.people[PETER], wanted=frozenset({BOARD.sku_id}))
    assert done.assigned == {BOARD.name: 1}


async def test_after_thirty_days_nobody_comes_back(db, contoso):
    await delete(db, contoso, contoso.people[PETER])
    with pytest.raises(Refused, match="deleted_missing"):
        await restore(db, contoso, contoso.people[PETER], now=NOW + 30 * DAY)


async def test_people_who_are_here_or_elsewhere_are_not_restored(db, contoso, northwind):
    for stranger in (contoso.people[PETER], next(iter(northwind.people.values()))):
        with pytest.raises(Refused, match="deleted_missing"):
            await restore(db, contoso, stranger)


@pytest.mark.parametrize("who", [BILL, LIDIA, HENRIETTA])
async def test_others_restore_nobody(db, contoso, who):
    with pytest.raises(Refused, match="permission_missing"):
        await restore(db, contoso, contoso.people[PETER], by=who)


async def test_restoring_asks_the_database_as_often_for_one_as_for_fifty(own, make_house):
    house = make_house(own)
    tenant = await make_tenant(house.db)
    await make_pool(house.db, tenant.id, BASIC, 60)
    people = await make_users(house.db, tenant.id, 51)
    async with house.db.transaction(tenant.id) as tx:
        crowd = {"name": "crowd.example", "added_at": NOW, "verified_at": NOW}
        await tx.execute(insert(domains).values(tenant_id=tenant.id, **crowd))
    await assign(house.db, tenant, BASIC, *people)
    await delete_people(house.db, tenant.viewer(ADELE), selection=only(*people), now=NOW)
    counts = []
    for some in (people[:1], people[1:]):
        with query_count(house.db) as statements:
            done = await restore(house.db, tenant, *some, password_hashes=dict.fromkeys(some, "h"))
        assert (len(done.people), len(done.signed_in), done.missing) == (len(some), len(some), ())
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 30
    assert await wrong(house) == []


async def test_the_deleted_are_listed_the_last_one_first_page_by_page(db, contoso):
    for days, who in enumerate((PETER, BILL, GUSTAV)):
        at = NOW + days * DAY
        await delete_people(db, contoso.viewer(ADELE), selection=only(contoso.people[who]), now=at)
    viewer, now = contoso.viewer(HENRIETTA), NOW + 3 * DAY

    async def page(cursor=None, words=()):
        found = await list_deleted(db, viewer, words=words, cursor=decode(cursor) if cursor else None, limit=2, now=now)
        return found, [row.name for row in found.page.items]

    first, told = await page()
    assert (told, first.total) == ([GUSTAV.name, BILL.name], 3)
    assert [row.days_left(now) for row in first.page.items] == [29, 28]
    second, told = await page(first.page.next)
    assert (told, second.page.next) == ([PETER.name], None)
    assert (await page(second.page.previous))[1] == [GUSTAV.name, BILL.name]
    assert (await page(words=("bil",)))[1] == [BILL.name]


async def test_what_a_return_would_meet_is_seen_before(db, contoso):
    await make_pool(db, contoso.id, BASIC, 1)
    await assign(db, contoso, BASIC, contoso.people[PETER])
    await delete(db, contoso, *contoso.ids(PETER, GUSTAV))
    new = Person(user_name=contoso.email(PETER), display_name="Peter Anew")
    await add_person(db, contoso.viewer(ADELE), person=new, now=NOW)
    seen = await read_return(db, contoso.viewer(ULLA), user_ids=contoso.ids(PETER, GUSTAV), now=NOW)
    assert {one.row.name: (one.taken, one.own) for one in seen.people} == {
        PETER.name: (True, True),
        GUSTAV.name: (False, False),
    }
    assert [(product.name, product.people, product.free) for product in seen.products] == [(BASIC.name, 1, 1)]
