import pytest
from sqlalchemy import select

from tenantry.commands.reset_passwords import reset_passwords
from tenantry.kit.errors import Refused
from tenantry.queries.leavers import preview_reset
from tenantry.store.handles import handle_hash
from tenantry.store.tables import handles
from tests.cast import ADELE, BILL, GUSTAV, HENRIETTA, LIDIA, NOW, PETER, RASMUS, ULLA
from tests.commands.test_delete_people import account_of, only, row_of, sessions_of, sign_in
from tests.world import make_tenant, make_users, query_count, rows_of


async def reset(db, tenant, *ids, by=HENRIETTA, **more):
    hashes = {user_id: f"hash of {user_id}" for user_id in ids}
    return await reset_passwords(db, tenant.viewer(by), password_hashes=hashes, now=NOW, **more)


async def test_a_new_password_must_be_changed_and_ends_every_session(db, contoso):
    peter, account_id = contoso.people[PETER], contoso.accounts[PETER]
    await sign_in(db, account_id)
    done = await reset(db, contoso, peter, echo="this page")
    assert (done.people, done.echo) == (1, "this page")
    account = await account_of(db, account_id)
    told = (account.password_hash, account.must_change_password, account.password_at)
    assert told == (f"hash of {peter}", True, NOW)
    assert await sessions_of(db, account_id) == 0
    (about,) = await rows_of(db, contoso.id, "operation_people")
    assert (about["user_id"], about["operation_id"]) == (peter, done.operation_id)


async def test_who_has_no_account_gets_one(own, make_house):
    db = make_house(own).db
    contoso = await make_tenant(db)
    (nobody,) = await make_users(db, contoso.id, 1)
    await reset(db, contoso, nobody)
    row = await row_of(db, contoso, nobody)
    account = await account_of(db, row["account_id"])
    assert (account.email, account.password_hash) == (row["user_name"], f"hash of {nobody}")
    async with db.transaction() as tx:
        way = select(handles.c.row_id).where(handles.c.kind == "member", handles.c.hash == handle_hash(account.id))
        assert (await tx.execute(way)).scalars().all() == [nobody]


async def test_the_account_of_a_guest_is_not_the_tenants(db, contoso):
    before = await account_of(db, contoso.accounts[GUSTAV])
    with pytest.raises(Refused) as refused:
        await reset(db, contoso, *contoso.ids(GUSTAV, PETER), by=ADELE)
    assert (refused.value.code, refused.value.params["name"]) == ("password_elsewhere", GUSTAV.name)
    assert await account_of(db, contoso.accounts[GUSTAV]) == before
    assert (await account_of(db, contoso.accounts[PETER])).must_change_password is False


async def test_an_address_with_an_account_elsewhere_is_not_taken_over(own, make_house):
    db = make_house(own).db
    contoso, northwind = await make_tenant(db), await make_tenant(db, "northwind")
    (theirs,) = await make_users(db, northwind.id, 1)
    await reset(db, northwind, theirs)
    (ours,) = await make_users(db, contoso.id, 1)
    assert (await row_of(db, contoso, ours))["user_key"] == (await row_of(db, northwind, theirs))["user_key"]
    seen = await preview_reset(db, contoso.viewer(HENRIETTA), selection=only(ours))
    assert list(seen.found.groups) == ["password_elsewhere"]
    with pytest.raises(Refused, match="password_elsewhere"):
        await reset(db, contoso, ours)


async def test_ones_own_password_is_changed_elsewhere(db, contoso):
    with pytest.raises(Refused, match="own_password"):
        await reset(db, contoso, contoso.people[HENRIETTA])


async def test_only_a_global_admin_reaches_other_admins(db, contoso):
    with pytest.raises(Refused, match="admin_out_of_reach"):
        await reset(db, contoso, *contoso.ids(PETER, LIDIA))
    assert (await reset(db, contoso, *contoso.ids(PETER, LIDIA), by=ADELE)).people == 2
    assert (await reset(db, contoso, contoso.people[HENRIETTA], by=ULLA)).people == 1


@pytest.mark.parametrize("who", [BILL, LIDIA, RASMUS, PETER])
async def test_others_reset_nothing(db, contoso, who):
    with pytest.raises(Refused, match="permission_missing"):
        await reset(db, contoso, contoso.people[PETER], by=who)


async def test_forty_at_once_and_not_one_more(own, make_house):
    db = make_house(own).db
    contoso = await make_tenant(db)
    people = await make_users(db, contoso.id, 41)
    with pytest.raises(Refused) as refused:
        await reset(db, contoso, *people)
    assert (refused.value.code, refused.value.params["limit"]) == ("too_many_selected", 40)
    counts = []
    for some in (people[:1], people[1:]):
        with query_count(db) as statements:
            assert (await reset(db, contoso, *some)).people == len(some)
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 10


async def test_nobody_of_another_tenant_gets_a_password(db, contoso, northwind):
    with pytest.raises(Refused, match="people_gone"):
        await reset(db, contoso, *northwind.people.values(), by=ADELE)


async def test_a_repeated_form_resets_once_and_says_whose_it_was(db, contoso):
    peter = contoso.people[PETER]
    await reset(db, contoso, peter, key="form", echo="first")
    again = await reset_passwords(
        db, contoso.viewer(HENRIETTA), password_hashes={peter: "another"}, now=NOW, key="form", echo="second"
    )
    assert again.echo == "first"
    assert (await account_of(db, contoso.accounts[PETER])).password_hash == f"hash of {peter}"


async def test_the_preview_says_who_gets_one_and_why_the_others_do_not(db, contoso):
    (nobody,) = await make_users(db, contoso.id, 1)
    ids = (nobody, *contoso.ids(PETER, GUSTAV, LIDIA, HENRIETTA))
    seen = await preview_reset(db, contoso.viewer(HENRIETTA), selection=only(*ids))
    counts = {outcome: group.count for outcome, group in seen.found.groups.items()}
    whys = ("own_password", "admin_out_of_reach", "password_elsewhere", "opens", "will")
    assert counts == dict.fromkeys(whys, 1)
    assert {person.id for person in seen.people} == {nobody, contoso.people[PETER]}
