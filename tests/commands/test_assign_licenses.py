"""Assigning licenses: who may, what is refused for whom, and what is told of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tenantry.commands.assign_licenses import Assigned, assign_licenses
from tenantry.domain.catalog import Product
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.domain.viewers import operator
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.queries.licenses import preview_assignment
from tenantry.store.database import Database
from tests.cast import (
    ADELE,
    BASIC,
    BILL,
    BOARD,
    BOARD_TWIN,
    CHAT,
    CHEN,
    CONTOSO,
    GUSTAV,
    HENRIETTA,
    LIDIA,
    LOOKOUT,
    NANCY,
    NED,
    NORA,
    NOW,
    PETER,
    PREMIUM,
    RASMUS,
    TASKS,
    ULLA,
    WAREHOUSE,
    Character,
)
from tests.world import Tenant, consumed, held, make_pool, make_users, query_count, rows_of


def wish_of(*products: Product, off: tuple[UUID, ...] = ()) -> Wish:
    return Wish({product.sku_id: product.plan_ids & frozenset(off) for product in products})


def chosen(tenant: Tenant, *who: Character) -> Selection:
    return Selection(ids=tenant.ids(*who))


async def assign(
    db: Database, tenant: Tenant, selection: Selection, wish: Wish, *, by: Character = LIDIA, **more: Any
) -> Assigned:
    arguments = {"all_or_none": True, "now": NOW} | more
    return await assign_licenses(db, tenant.viewer(by), selection=selection, wish=wish, **arguments)


async def refused(db: Database, tenant: Tenant, selection: Selection, wish: Wish, **more: Any) -> Refused:
    """The refusal of an assignment that changes nothing."""
    before = await held(db, tenant.id)
    with pytest.raises(Refused) as found:
        await assign(db, tenant, selection, wish, **more)
    assert await held(db, tenant.id) == before
    return found.value


# Rights


@pytest.mark.parametrize("who", [ADELE, LIDIA, ULLA], ids=lambda who: who.user_name)
async def test_these_roles_assign_licenses(who: Character, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    answer = await assign(db, contoso, chosen(contoso, PETER), wish_of(BASIC), by=who)
    assert (answer.changed, answer.unchanged, answer.refused) == (1, 0, 0)
    assert answer.gained == {BASIC.sku_id: 1}


@pytest.mark.parametrize("who", [BILL, HENRIETTA, RASMUS, PETER, GUSTAV], ids=lambda who: who.user_name)
async def test_these_do_not_and_are_told_who_does(who: Character, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    with query_count(db) as statements:
        no = await refused(db, contoso, chosen(contoso, PETER), wish_of(BASIC), by=who)
    assert (no.code, no.kind) == ("permission_missing", Kind.DENIED)
    assert no.params == {"roles": ("global_admin", "license_admin", "user_admin")}
    assert [text for text in statements.texts if "FROM licenses" not in text] == []


async def test_the_operator_at_the_command_line_assigns_too(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    viewer = operator(contoso.id, "root at the command line")
    wishes = {"selection": chosen(contoso, PETER), "wish": wish_of(BASIC), "all_or_none": True}
    await assign_licenses(db, viewer, **wishes, now=NOW)
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert (operation["actor_id"], operation["actor_name"], operation["via"]) == (None, viewer.name, "cli")


# For everybody or for nobody


async def test_all_or_none_names_everyone_who_must_be_refused(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, LOOKOUT, 10)
    no = await refused(db, contoso, chosen(contoso, PETER, CHEN, NORA, ADELE), wish_of(LOOKOUT))
    assert (no.code, no.kind) == ("assignment_refused", Kind.CONFLICT)
    people = sorted(no.params["people"], key=lambda person: person["name"])
    assert people == [
        {
            "id": contoso.people[CHEN],
            "name": "Chen Wei",
            "code": "country_barred",
            "params": {"product": "Lookout", "country": "CN"},
        },
        {"id": contoso.people[NORA], "name": "Nora Nowhere", "code": "usage_location_missing", "params": {}},
    ]
    assert await rows_of(db, contoso.id, "operations") == []
    assert await rows_of(db, contoso.id, "operation_faults") == []


async def test_all_or_none_tells_every_reason_of_a_person(db: Database, contoso: Tenant) -> None:
    for product in (BASIC, PREMIUM):
        await make_pool(db, contoso.id, product, 10)
    await assign(db, contoso, chosen(contoso, PETER), wish_of(BASIC))
    no = await refused(db, contoso, chosen(contoso, PETER), wish_of(PREMIUM))
    assert [person["code"] for person in no.params["people"]] == ["plan_conflict", "plan_conflict"]
    assert {person["params"]["other_product"] for person in no.params["people"]} == {"Business Basic"}


async def test_all_or_none_names_those_whom_the_seats_do_not_reach(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 1)
    no = await refused(db, contoso, chosen(contoso, PETER, ADELE, GUSTAV), wish_of(BOARD))
    (first, second) = no.params["people"]
    assert {first["code"], second["code"]} == {"seats_short"}
    assert first["params"] == {"products": ["Task Board"], "short": 2}
    assert await consumed(db, contoso.id) == {BOARD.sku_id: 0}


async def test_otherwise_those_who_can_get_it_do_and_the_rest_have_a_fault(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, LOOKOUT, 10)
    everybody = chosen(contoso, PETER, CHEN, NORA, GUSTAV)
    answer = await assign(db, contoso, everybody, wish_of(LOOKOUT), all_or_none=False)
    assert (answer.changed, answer.unchanged, answer.refused) == (2, 0, 2)
    assert {user_id for user_id, _ in await held(db, contoso.id)} == set(contoso.ids(PETER, GUSTAV))
    faults = await rows_of(db, contoso.id, "operation_faults")
    assert {fault["operation_id"] for fault in faults} == {answer.operation_id}
    assert {fault["user_id"]: fault["code"] for fault in faults} == {
        contoso.people[CHEN]: "country_barred",
        contoso.people[NORA]: "usage_location_missing",
    }


# What is told


async def test_one_person_is_told_by_name_with_products_and_apps(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    answer = await assign(db, contoso, chosen(contoso, PETER), wish_of(BASIC, off=(CHAT.id,)))
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert operation == {
        "tenant_id": contoso.id,
        "id": answer.operation_id,
        "command": "assign_licenses",
        "actor_id": contoso.people[LIDIA],
        "actor_name": "Lidia Holloway",
        "via": "web",
        "at": NOW,
        "subject": "Peter Plain",
        "facts": {
            "assigned": {"Business Basic": 1},
            "removed": {},
            "switched_off": {"Business Basic": ["Chat"]},
            "changed": 1,
            "unchanged": 0,
            "refused": 0,
        },
    }
    assert await held(db, contoso.id) == {(contoso.people[PETER], BASIC.sku_id): frozenset([CHAT.id])}


async def test_several_are_told_by_their_number(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await assign(db, contoso, chosen(contoso, PETER, ADELE), wish_of(BASIC))
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert operation["subject"] == "2"


async def test_two_products_of_one_name_are_both_told(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 5)
    await make_pool(db, contoso.id, BOARD_TWIN, 7)
    selection, wish = chosen(contoso, PETER), wish_of(BOARD, BOARD_TWIN, off=(TASKS.id,))
    preview = await preview_assignment(db, contoso.viewer(LIDIA), selection=selection, wish=wish, now=NOW)
    told = [(move.sku_id, move.name, move.seats.enabled, move.gains) for move in preview.movements]
    assert told == [(BOARD.sku_id, "Task Board", 5, 1), (BOARD_TWIN.sku_id, "Task Board", 7, 1)]
    assert preview.gains == 2
    await assign(db, contoso, selection, wish)
    (operation,) = await rows_of(db, contoso.id, "operations")
    assert operation["facts"]["assigned"] == {"Task Board": 2}
    assert operation["facts"]["switched_off"] == {"Task Board": ["Task board"]}


async def test_what_changes_nothing_leaves_no_operation(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await assign(db, contoso, chosen(contoso, PETER), wish_of(BASIC))
    answer = await assign(db, contoso, chosen(contoso, PETER), wish_of(BASIC))
    assert (answer.changed, answer.unchanged) == (0, 1)
    assert len(await rows_of(db, contoso.id, "operations")) == 1


# Stale previews and second clicks


async def test_what_the_preview_promised_is_what_is_done(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, LOOKOUT, 1)
    selection = chosen(contoso, PETER, CHEN, ADELE)
    preview = await preview_assignment(db, contoso.viewer(LIDIA), selection=selection, wish=wish_of(LOOKOUT), now=NOW)
    assert preview.outcomes == (1, 0, 2)
    answer = await assign(db, contoso, selection, wish_of(LOOKOUT), all_or_none=False, expected=preview.outcomes)
    assert (answer.changed, answer.unchanged, answer.refused) == preview.outcomes


async def test_a_preview_that_no_longer_holds_is_refused(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 5)
    await assign(db, contoso, chosen(contoso, PETER), wish_of(BOARD))
    selection = chosen(contoso, PETER, ADELE)
    no = await refused(db, contoso, selection, wish_of(BOARD), all_or_none=False, expected=(2, 0, 0))
    assert (no.code, no.kind) == ("forecast_stale", Kind.CONFLICT)


async def test_a_key_is_answered_with_its_first_answer(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 5)
    first = await assign(db, contoso, chosen(contoso, PETER), wish_of(BOARD), key="k")
    again = await assign(db, contoso, chosen(contoso, PETER), wish_of(BOARD), key="k", now=NOW + timedelta(hours=1))
    assert again == first
    assert len(await rows_of(db, contoso.id, "operations")) == 1


async def test_a_refused_form_may_be_sent_again_with_its_key(db: Database, contoso: Tenant) -> None:
    no = await refused(db, contoso, chosen(contoso, PETER), wish_of(BOARD), key="k")
    assert no.code == "product_not_owned"
    await make_pool(db, contoso.id, BOARD, 5)
    assert (await assign(db, contoso, chosen(contoso, PETER), wish_of(BOARD), key="k")).changed == 1


# Wrong from the start


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (wish_of(PREMIUM), "product_not_owned"),
        (Wish({new_id(): frozenset()}), "product_not_owned"),
        (wish_of(WAREHOUSE), "product_for_company"),
        (Wish({BOARD.sku_id: frozenset([CHAT.id])}), "plan_not_in_product"),
        (Wish({BOARD.sku_id: frozenset()}, remove=frozenset([BOARD.sku_id])), "wish_contradicts"),
    ],
)
async def test_a_wrong_wish_is_refused_with_its_code(wish: Wish, code: str, db: Database, contoso: Tenant) -> None:
    for product in (BOARD, WAREHOUSE):
        await make_pool(db, contoso.id, product, 5)
    assert (await refused(db, contoso, chosen(contoso, PETER), wish)).code == code


async def test_another_tenants_people_are_nobody(db: Database, contoso: Tenant, northwind: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 5)
    foreign = await refused(db, contoso, chosen(northwind, NANCY, NED), wish_of(BOARD))
    assert (foreign.code, foreign.kind) == ("nobody_selected", Kind.MISSING)
    mixed = await refused(db, contoso, Selection(ids=(contoso.people[PETER], northwind.people[NED])), wish_of(BOARD))
    assert (mixed.code, mixed.kind) == ("people_gone", Kind.MISSING)
    assert await held(db, northwind.id) == {}


async def test_a_filter_reaches_ones_own_people_only(db: Database, contoso: Tenant, northwind: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 50)
    answer = await assign(db, contoso, Selection(filter=UserFilter(location="DK")), wish_of(BOARD))
    danes = [who for who in CONTOSO if who.location == "DK" and who.kind == "member"]
    assert answer.changed == len(danes)
    assert {user_id for user_id, _ in await held(db, contoso.id)} == set(contoso.ids(*danes))
    assert await held(db, northwind.id) == {}


@pytest.mark.parametrize("selection", [Selection(), Selection(ids=()), Selection(filter=UserFilter(location="GL"))])
async def test_nobody_at_all_is_refused(selection: Selection, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 5)
    assert (await refused(db, contoso, selection, wish_of(BOARD))).code == "nobody_selected"


async def test_somebody_named_twice_gets_one_license(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BOARD, 1)
    answer = await assign(db, contoso, chosen(contoso, PETER, PETER), wish_of(BOARD))
    assert (answer.changed, answer.gained) == (1, {BOARD.sku_id: 1})


# Budget


@pytest.mark.parametrize("people", [1, 50])
async def test_one_person_or_fifty_cost_the_same_statements(people: int, db: Database, contoso: Tenant) -> None:
    ids = await make_users(db, contoso.id, 50)
    for product in (BASIC, BOARD, LOOKOUT):
        await make_pool(db, contoso.id, product, 100)
    await assign(db, contoso, chosen(contoso, ADELE), wish_of(BASIC))
    with query_count(db) as statements:
        await assign(db, contoso, Selection(ids=ids[:people]), wish_of(BASIC), key="k")
    # key, receipt, catalog version, pools, seats, profiles, licenses, counter, operation, receipt; and one name.
    assert statements.count == (11 if people == 1 else 10)
