import pytest

from tests.cast import (
    ADELE,
    BASIC,
    BOARD,
    BOARD_TWIN,
    CHEN,
    GUSTAV,
    LOOKOUT,
    NORA,
    PETER,
    PREMIUM,
    SITES_SMALL,
    WAREHOUSE,
)
from tests.world import consumed, held, make_pool


@pytest.fixture
def assign(tenantry, contoso):
    """Calls `licenses assign` for people of the cast."""

    def call(product, *who, verb="assign", options=(), **environ):
        users = [word for one in who for word in ("--user", contoso.email(one))]
        product = product if isinstance(product, str) else product.part_number
        where = ("--tenant", contoso.slug, "--product", product)
        return tenantry("licenses", verb, *where, *users, *options, **environ)

    return call


def test_a_product_is_assigned_by_its_part_number_and_taken_by_its_id(assign, contoso, db, run):
    run(make_pool(db, contoso.id, BASIC, 5))
    said = assign("basic", ADELE, PETER)
    assert (said.code, said.out) == (0, "Changed: 2. Unchanged: 0. Refused: 0.\n")
    assert run(held(db, contoso.id)).keys() == {(contoso.people[who], BASIC.sku_id) for who in (ADELE, PETER)}
    assert assign(str(BASIC.sku_id), ADELE, verb="unassign").code == 0
    assert run(consumed(db, contoso.id)) == {BASIC.sku_id: 1}


def test_those_who_can_get_it_and_the_others_are_listed_with_the_reason(assign, contoso, db, run):
    run(make_pool(db, contoso.id, LOOKOUT, 5))
    said = assign(LOOKOUT, ADELE, CHEN, NORA)
    assert said.code == 3
    assert "Changed: 1. Unchanged: 0. Refused: 2." in said.out
    assert f"{contoso.email(CHEN)}: Lookout is not offered in China." in said.out
    assert f"{contoso.email(NORA)}: The usage location is missing." in said.out


def test_when_nobody_can_get_it_the_exit_code_is_one(assign, contoso, db, run):
    run(make_pool(db, contoso.id, LOOKOUT, 5))
    said = assign(LOOKOUT, CHEN, options=["--json"])
    assert said.code == 1
    assert said.answer["refused"] == 1
    assert said.answer["people_refused"][0]["code"] == "country_barred"


def test_missing_seats_are_told_with_the_product_s_name(assign, contoso, db, run):
    run(make_pool(db, contoso.id, BASIC, 1))
    said = assign(BASIC, ADELE, PETER)
    assert said.code == 3
    assert "Business Basic: 1 seat is missing." in said.out
    assert run(consumed(db, contoso.id)) == {BASIC.sku_id: 1}


def test_all_or_none_changes_nobody_and_names_who_stands_in_the_way(assign, contoso, db, run):
    run(make_pool(db, contoso.id, BASIC, 1))
    said = assign(BASIC, ADELE, PETER, options=["--all-or-none"])
    assert said.code == 1
    assert said.out == ""
    assert "Nothing was saved" in said.err
    assert run(held(db, contoso.id)) == {}


def test_everybody_means_every_member(assign, contoso, db, run):
    run(make_pool(db, contoso.id, BASIC, 50))
    said = assign(BASIC, options=["--all", "--json"])
    assert said.code == 3  # Nora has no usage location
    assert said.answer["changed"] == len(contoso.people) - 2
    assert contoso.people[GUSTAV] not in {user for user, _ in run(held(db, contoso.id))}


def test_a_dry_run_changes_nothing_and_says_what_would_happen(assign, contoso, db, run):
    run(make_pool(db, contoso.id, BASIC, 5))
    said = assign(BASIC, ADELE, NORA, options=["--dry-run"])
    assert said.code == 0
    assert "The usage location is missing." in said.out
    assert assign(BASIC, ADELE, NORA, options=["--dry-run", "--json"]).answer["refused"] == 1
    assert run(held(db, contoso.id)) == {}


def test_a_dry_run_tells_two_products_of_one_name_apart(assign, contoso, db, run):
    run(make_pool(db, contoso.id, BOARD, 5))
    run(make_pool(db, contoso.id, BOARD_TWIN, 1))
    more = ["--product", str(BOARD_TWIN.sku_id), "--dry-run", "--json"]
    said = assign(str(BOARD.sku_id), ADELE, PETER, options=more)
    assert said.answer["products"] == [
        {"sku_id": str(BOARD.sku_id), "name": "Task Board", "assigned": 1, "removed": 0, "short": 0},
        {"sku_id": str(BOARD_TWIN.sku_id), "name": "Task Board", "assigned": 1, "removed": 0, "short": 1},
    ]


@pytest.mark.parametrize("app", ["SITES_S", "sites (SMALL)", str(SITES_SMALL.id)])
def test_an_app_is_switched_off_by_any_of_its_names_also_for_who_has_the_product(assign, contoso, db, run, app):
    run(make_pool(db, contoso.id, BASIC, 5))
    run(make_pool(db, contoso.id, PREMIUM, 5))
    assign(BASIC, ADELE)
    said = assign(BASIC, ADELE, PETER, options=["--off", app])
    assert (said.code, said.out) == (0, "Changed: 2. Unchanged: 0. Refused: 0.\n")
    assert set(run(held(db, contoso.id)).values()) == {frozenset({SITES_SMALL.id})}


def test_a_part_number_of_two_products_is_refused_with_both_ids(assign):
    said = assign(BOARD, ADELE)
    assert said.code == 1
    assert str(BOARD.sku_id) in said.err
    assert str(BOARD_TWIN.sku_id) in said.err


@pytest.mark.parametrize(
    ("product", "options", "sentence"),
    [
        ("NOSUCH", [], "The catalog has no product “NOSUCH”."),
        (PREMIUM, [], "Your organization has no subscription of Business Premium."),
        (BASIC, ["--off", "OFFICE"], "Business Basic has no app “OFFICE”. It has: CHAT, MAIL_S and SITES_S."),
        (WAREHOUSE, [], "Warehouse serves the whole organization and is not assigned to people."),
    ],
)
def test_what_is_wrong_for_everybody_is_one_sentence(assign, contoso, db, run, product, options, sentence):
    run(make_pool(db, contoso.id, WAREHOUSE, 1))
    said = assign(product, ADELE, options=options)
    assert said.code == 1
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1


def test_unknown_people_are_all_named(tenantry, contoso):
    names = ("--user", "nobody@x.example", "--user", contoso.email(ADELE), "--user", "noone@x.example")
    said = tenantry("licenses", "assign", "--tenant", contoso.slug, "--product", "BASIC", *names)
    assert (said.code, said.err) == (1, "Nobody here is called nobody@x.example and noone@x.example.\n")


def test_an_unknown_organization_is_one_sentence_also_for_a_program(tenantry):
    said = tenantry("licenses", "assign", "--tenant", "nowhere", "--product", "BASIC", "--all", "--json")
    assert (said.code, said.err) == (1, "There is no organization “nowhere”.\n")
    assert said.answer["refused"] == "tenant_missing"
    assert said.answer["sentence"] == "There is no organization “nowhere”."


@pytest.mark.parametrize("who", [[], ["--all", "--user", "adele@contoso.com"]])
def test_naming_nobody_or_naming_and_everybody_is_called_wrongly(tenantry, contoso, who):
    assert tenantry("licenses", "assign", "--tenant", contoso.slug, "--product", "BASIC", *who).code == 2


def test_the_people_of_another_organization_are_not_found(tenantry, contoso, northwind):
    theirs = northwind.email(next(iter(northwind.people)))
    said = tenantry("licenses", "assign", "--tenant", contoso.slug, "--product", "BASIC", "--user", theirs)
    assert (said.code, said.err) == (1, f"Nobody here is called {theirs}.\n")
