"""A draft of people: faults with what the database knows, lines typed anew, and what licenses would come to."""

from tenantry.domain.licenses import Wish
from tenantry.domain.newcomers import conflicts, forecast_newcomers
from tenantry.domain.people_drafts import Checked, PeopleDraft, check_people, read_people
from tenantry.domain.people_files import ALL_HEADINGS
from tenantry.kit.ids import new_id
from tests.cast import ARCHIVING, BASIC, CATALOG, LOOKOUT, PREMIUM

HEADINGS = ",".join(ALL_HEADINGS.values())
GOOD = "ib@contoso.com,,,Ib,,,,,,,,,,,,DK"


def checked(
    *lines: str, limit: int = 250, taken: tuple[str, ...] = (), elsewhere: tuple[str, ...] = (), **more
) -> Checked:
    draft = PeopleDraft(new_id(), new_id(), "", "\n".join([HEADINGS, *lines]).encode(), "utf_8", **more)
    parsed = read_people(draft, limit=limit, domains=frozenset({"contoso.com"}), country_codes={"denmark": "DK"})
    return check_people(draft, parsed, taken, elsewhere)


def found(seen: Checked) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.code) for fault in seen.faults]


def test_faults_of_the_file_and_of_the_database_stand_together_by_line_and_column() -> None:
    lines = (GOOD, "bo@contoso.com,,,,,,,,,,,,,,,", "eva@contoso.com,,,Eva,,,,,,,,,,,,")
    seen = checked(*lines, taken=("bo@contoso.com",), elsewhere=("eva@contoso.com",))
    assert found(seen) == [
        (3, "User Name", "user_name_known"),
        (3, "Display Name", "text_missing"),
        (4, "User Name", "user_name_taken"),
    ]
    assert [row.line for row in seen.fine] == [2]
    assert not seen.whole


def test_a_cell_that_is_typed_anew_takes_the_place_of_the_files() -> None:
    fixes = {2: {"Display Name": "Ib Bo"}, 3: dict.fromkeys(ALL_HEADINGS.values(), "") | {"User Name": "b@contoso.com"}}
    seen = checked("ib@contoso.com,,,,,,,,,,,,,,,DK", "b@contoso.com,too,few", fixes=fixes)
    assert [row.person.display_name for row in seen.rows] == ["Ib Bo", ""]
    assert found(seen) == [(3, "Display Name", "text_missing")]


def test_a_row_of_too_few_cells_can_be_seen_as_it_stands() -> None:
    seen = checked(GOOD, "b@contoso.com,Bo")
    cells = seen.cells(3)
    assert cells is not None
    assert (cells["User Name"], cells["First Name"], cells["City"]) == ("b@contoso.com", "Bo", "")
    assert seen.cells(4) is None


def test_a_file_with_too_many_people_or_that_breaks_off_has_to_be_another_one() -> None:
    assert checked(GOOD, limit=1).whole is False
    assert checked(GOOD, GOOD.replace("ib@", "bo@"), limit=1).whole
    assert checked(GOOD, '"bo').whole


def test_those_without_a_usage_location_are_counted() -> None:
    assert checked(GOOD, "bo@contoso.com,,,Bo,,,,,,,,,,,,").unlocated == 1


def wish(*products) -> Wish:
    return Wish(assign={product.sku_id: frozenset() for product in products})


def test_newcomers_get_what_seats_and_rules_allow() -> None:
    free = {LOOKOUT.sku_id: 5, BASIC.sku_id: 3}
    seen = forecast_newcomers({"DK": 4, "CN": 2, "": 1}, wish(LOOKOUT, BASIC), CATALOG, free)
    assert (seen.served, seen.waiting, seen.missing) == (3, 1, {BASIC.sku_id: 1})
    assert sorted((refusal.code, count) for refusal, count in seen.refused) == [
        ("country_barred", 2),
        ("usage_location_missing", 1),
    ]


def test_a_wish_that_is_wrong_for_everybody_is_told_without_anybody() -> None:
    assert conflicts(wish(BASIC, LOOKOUT), CATALOG) == ()
    assert {refusal.code for refusal in conflicts(wish(BASIC, PREMIUM), CATALOG)} == {"plan_conflict"}
    assert [refusal.code for refusal in conflicts(wish(ARCHIVING), CATALOG)] == ["plan_missing"]
