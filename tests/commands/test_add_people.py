"""Many people added at once: all who fit, a result for each, in as many statements for fifty as for one."""

import pytest
from sqlalchemy import select, update

from tenantry.commands.add_people import add_people
from tenantry.domain.licenses import Wish
from tenantry.domain.people import Person
from tenantry.domain.people_files import PersonRow
from tenantry.kit.errors import Refused
from tenantry.store.tables import accounts, domains, users
from tests.cast import ADELE, BASIC, CHAT, HENRIETTA, LOOKOUT, NED, NOW, PETER, ULLA
from tests.world import consumed, held, make_pool, password_hash, query_count, rows_of


def rows_for(tenant, count, start=1, location="NO"):
    return tuple(
        PersonRow(line, Person(f"new{line}@{tenant.domain}", f"New {line}", usage_location=location))
        for line in range(start, start + count)
    )


def wish(product, *off):
    return Wish(assign={product.sku_id: frozenset(app.id for app in off)})


async def test_people_get_a_sign_in_that_they_must_change_and_licenses(db, contoso):
    await make_pool(db, contoso.id, BASIC, 5)
    rows = rows_for(contoso, 3)
    hashes = {row.line: password_hash() for row in rows}
    done = await add_people(
        db, contoso.viewer(ULLA), rows=rows, password_hashes=hashes, wish=wish(BASIC, CHAT), now=NOW
    )
    assert (list(done.added), done.failed, done.assigned, done.short) == ([1, 2, 3], {}, {BASIC.name: 3}, {})
    assert await held(db, contoso.id) == {(one, BASIC.sku_id): frozenset({CHAT.id}) for one in done.added.values()}
    async with db.transaction(contoso.id) as tx:
        theirs = select(accounts.c.must_change_password, accounts.c.email).where(users.c.account_id == accounts.c.id)
        found = (await tx.execute(theirs.where(users.c.id == done.added[2]))).one()
    assert tuple(found) == (True, f"new2@{contoso.domain}")
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert (operation["command"], operation["subject"]) == ("add_people", "3")
    told = await rows_of(db, contoso.id, "operation_people")
    assert {row["user_id"] for row in told} == set(done.added.values())


async def test_whose_name_was_taken_meanwhile_is_told_and_the_others_are_added(db, contoso, northwind):
    elsewhere = Person(northwind.email(NED), "Ned of elsewhere")
    async with db.transaction(contoso.id) as tx:
        theirs = update(accounts).where(accounts.c.id == contoso.accounts[PETER])
        await tx.execute(theirs.values(email=f"new2@{contoso.domain}"))  # an account of an address of ours
    adele = PersonRow(7, Person(contoso.email(ADELE), "Adele again"))
    rows = (*rows_for(contoso, 2), adele, PersonRow(8, elsewhere))
    done = await add_people(db, contoso.viewer(ADELE), rows=rows, now=NOW)
    assert list(done.added) == [1]
    codes = {line: why.code for line, why in done.failed.items()}
    assert codes == {2: "user_name_taken", 7: "user_name_known", 8: "domain_unknown"}


async def test_a_domain_that_is_gone_leaves_everybody_out_and_no_operation(db, contoso):
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(domains).values(verified_at=None))
    done = await add_people(db, contoso.viewer(ADELE), rows=rows_for(contoso, 2), now=NOW)
    assert (done.added, {why.code for why in done.failed.values()}) == ({}, {"domain_unknown"})
    assert await rows_of(db, contoso.id, "operations") == []


async def test_whom_seats_or_rules_leave_out_is_added_without_a_license(db, contoso):
    await make_pool(db, contoso.id, BASIC, 1)
    await make_pool(db, contoso.id, LOOKOUT, 5)
    short = await add_people(db, contoso.viewer(ADELE), rows=rows_for(contoso, 3), wish=wish(BASIC), now=NOW)
    assert (len(short.added), short.assigned, short.short) == (3, {BASIC.name: 1}, {BASIC.name: 2})
    barred = rows_for(contoso, 2, 10, "CN")
    none = await add_people(db, contoso.viewer(ADELE), rows=barred, wish=wish(LOOKOUT), now=NOW)
    assert (len(none.added), none.assigned) == (2, {})
    faults = await rows_of(db, contoso.id, "operation_faults")
    assert sorted(row["code"] for row in faults) == ["country_barred", "country_barred", "seats_short", "seats_short"]
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1, LOOKOUT.sku_id: 0}


async def test_only_who_may_add_users_adds_and_only_who_may_assign_licenses_assigns(db, contoso):
    with pytest.raises(Refused, match="permission_missing"):
        await add_people(db, contoso.viewer(HENRIETTA), rows=rows_for(contoso, 1), now=NOW)


async def test_adding_asks_the_database_as_often_for_one_as_for_fifty(db, contoso):
    await make_pool(db, contoso.id, BASIC, 100)
    counts = []
    for start, count in ((100, 1), (200, 50)):
        rows = rows_for(contoso, count, start)
        hashes = {row.line: password_hash() for row in rows}
        with query_count(db) as statements:
            viewer = contoso.viewer(ADELE)
            await add_people(db, viewer, rows=rows, password_hashes=hashes, wish=wish(BASIC), now=NOW)
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 30
