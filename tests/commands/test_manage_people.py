import pytest

from tenantry.commands.manage_people import add_person, import_people, set_usage_location
from tenantry.domain.licenses import Wish
from tenantry.domain.people import Person
from tenantry.domain.people_files import PersonRow
from tenantry.domain.roles import Role
from tenantry.domain.selections import Selection, UserFilter
from tenantry.kit.csvfile import Fault
from tenantry.kit.errors import Refused
from tenantry.queries.users import list_users
from tests.cast import ADELE, BASIC, CHEN, HENRIETTA, LIDIA, NOW, PETER, PREMIUM, ULLA
from tests.world import consumed, held, make_pool, password_hash, query_count, rows_of


def person(tenant, name="Ågot Nærø", alias="agot", **facts):
    return Person(user_name=f"{alias}@{tenant.domain}", display_name=name, usage_location="NO", **facts)


def wish(*products):
    return Wish(assign={product.sku_id: frozenset() for product in products})


async def names(db, tenant, *words):
    found = await list_users(db, tenant.viewer(ADELE), wanted=UserFilter(words=words), cursor=None, limit=50)
    return [row.name for row in found.page.items]


async def test_a_person_is_added_with_sign_in_roles_and_licenses_in_one_go(db, contoso):
    await make_pool(db, contoso.id, BASIC, 1)
    added = await add_person(
        db,
        contoso.viewer(ADELE),
        person=person(contoso, first_name="Ågot"),
        password_hash=password_hash(),
        roles=frozenset({Role.LICENSE}),
        wish=wish(BASIC),
        now=NOW,
    )
    assert await held(db, contoso.id) == {(added.user_id, BASIC.sku_id): frozenset()}
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1}
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert operation["id"] == added.operation_id
    assert operation["facts"]["assigned"] == {BASIC.name: 1}
    assert operation["facts"]["roles"] == ["license_admin"]
    assert await names(db, contoso, "agot") == ["Ågot Nærø"]
    assert await names(db, contoso, "naero") == ["Ågot Nærø"]


async def test_without_a_seat_the_person_is_not_added_either(db, contoso):
    await make_pool(db, contoso.id, BASIC, 1)
    await add_person(db, contoso.viewer(ADELE), person=person(contoso), wish=wish(BASIC), now=NOW)
    second = person(contoso, "Bo Bak", "bo")
    with pytest.raises(Refused) as refused:
        await add_person(db, contoso.viewer(ADELE), person=second, wish=wish(BASIC), now=NOW)
    assert refused.value.code == "assignment_refused"
    assert [(one["name"], one["code"]) for one in refused.value.params["people"]] == [("Bo Bak", "seats_short")]
    assert await names(db, contoso, "bo") == []
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1}


async def test_a_user_admin_adds_people_and_licenses_but_makes_no_admins(db, contoso):
    await make_pool(db, contoso.id, BASIC, 5)
    viewer = contoso.viewer(ULLA)
    await add_person(db, viewer, person=person(contoso), wish=wish(BASIC), now=NOW)
    second = person(contoso, alias="second")
    with pytest.raises(Refused, match="permission_missing"):
        await add_person(db, viewer, person=second, roles=frozenset({Role.GLOBAL}), now=NOW)
    assert len(await names(db, contoso, "agot")) == 1


@pytest.mark.parametrize("who", [LIDIA, HENRIETTA, PETER])
async def test_others_add_nobody(db, contoso, who):
    with pytest.raises(Refused, match="permission_missing"):
        await add_person(db, contoso.viewer(who), person=person(contoso), now=NOW)


async def test_a_user_name_is_taken_once_in_any_case(db, contoso):
    with pytest.raises(Refused) as refused:
        await add_person(db, contoso.viewer(ADELE), person=person(contoso, alias="ADELE"), now=NOW)
    assert (refused.value.code, refused.value.field) == ("user_name_taken", "user_name")


async def test_a_member_needs_an_address_in_a_domain_of_the_tenant_and_a_guest_does_not(db, contoso, northwind):
    viewer, foreign = contoso.viewer(ADELE), person(northwind)
    with pytest.raises(Refused, match="domain_unknown"):
        await add_person(db, viewer, person=foreign, now=NOW)
    added = await add_person(db, viewer, person=foreign, kind="guest", now=NOW)
    kinds = {row["id"]: row["kind"] for row in await rows_of(db, contoso.id, "users")}
    assert kinds[added.user_id] == "guest"


async def test_a_guest_who_has_an_account_keeps_it_and_its_password(db, contoso, northwind):
    known = next(iter(northwind.people))
    guest = Person(user_name=northwind.email(known).upper(), display_name="Same one")
    added = await add_person(db, contoso.viewer(ADELE), person=guest, kind="guest", password_hash="another", now=NOW)
    accounts = {row["id"]: row["account_id"] for row in await rows_of(db, contoso.id, "users")}
    assert accounts[added.user_id] == northwind.accounts[known]


async def test_the_same_key_adds_one_person(db, contoso):
    first = await add_person(db, contoso.viewer(ADELE), person=person(contoso), now=NOW, key="form-1")
    again = await add_person(db, contoso.viewer(ADELE), person=person(contoso), now=NOW, key="form-1")
    assert again == first
    assert len(await names(db, contoso, "agot")) == 1


def rows_for(tenant, count, start=2):
    return tuple(PersonRow(n, person(tenant, f"Person {n}", f"p{n}")) for n in range(start, start + count))


async def test_a_file_of_people_is_imported_and_a_missing_location_is_filled_in(db, contoso):
    nowhere = Person(user_name=f"no@{contoso.domain}", display_name="Somewhere Soon")
    rows = (*rows_for(contoso, 3), PersonRow(9, nowhere))
    done = await import_people(db, contoso.viewer(ULLA), rows=rows, usage_location="DK", now=NOW)
    assert done.count == 4
    located = {row["display_name"]: row["usage_location"] for row in await rows_of(db, contoso.id, "users")}
    assert (located["Somewhere Soon"], located["Person 2"]) == ("DK", "NO")
    assert await names(db, contoso, "somew") == ["Somewhere Soon"]


async def test_every_clash_is_told_with_its_line_and_nobody_is_added(db, contoso):
    taken = [PersonRow(7, person(contoso, alias="Adele")), PersonRow(5, person(contoso, alias="peter"))]
    found = (Fault(6, "Display Name", "text_missing", {}),)
    rows = (*rows_for(contoso, 2), *taken)
    with pytest.raises(Refused) as refused:
        await import_people(db, contoso.viewer(ADELE), rows=rows, faults=found, now=NOW)
    faults = refused.value.params["faults"]
    assert [(f.line, f.column, f.code) for f in faults] == [
        (5, "User Name", "user_name_known"),
        (6, "Display Name", "text_missing"),
        (7, "User Name", "user_name_known"),
    ]
    assert await names(db, contoso, "person") == []


async def test_an_import_asks_the_database_as_often_for_one_as_for_fifty(db, contoso):
    counts = []
    for start, count in ((100, 1), (200, 50)):
        with query_count(db) as statements:
            await import_people(db, contoso.viewer(ADELE), rows=rows_for(contoso, count, start), now=NOW)
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 5


async def test_the_usage_location_of_several_people_is_set_and_told_once(db, contoso):
    viewer, who = contoso.viewer(LIDIA), Selection(ids=contoso.ids(PETER, CHEN))
    done = await set_usage_location(db, viewer, selection=who, country="DK", now=NOW)
    assert done.changed == 1  # Peter was there
    again = await set_usage_location(db, viewer, selection=who, country="DK", now=NOW)
    assert again.changed == 0
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert (operation["subject"], operation["facts"]) == ("2", {"usage_location": "DK", "changed": 1})


async def test_a_usage_location_is_a_country_and_of_somebody_here(db, contoso, northwind):
    viewer = contoso.viewer(ADELE)
    with pytest.raises(Refused, match="country_unknown"):
        await set_usage_location(db, viewer, selection=Selection(ids=contoso.ids(PETER)), country="XX", now=NOW)
    stranger = Selection(ids=tuple(northwind.people.values()))
    with pytest.raises(Refused, match="nobody_selected"):
        await set_usage_location(db, viewer, selection=stranger, country="DK", now=NOW)


async def test_products_that_exclude_each_other_are_refused_for_a_new_person_too(db, contoso):
    await make_pool(db, contoso.id, BASIC, 1)
    await make_pool(db, contoso.id, PREMIUM, 1)
    with pytest.raises(Refused) as refused:
        await add_person(db, contoso.viewer(ADELE), person=person(contoso), wish=wish(BASIC, PREMIUM), now=NOW)
    assert {one["code"] for one in refused.value.params["people"]} == {"plan_conflict"}
