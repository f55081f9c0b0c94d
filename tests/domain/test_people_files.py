"""The file of people: the shipped sample, limits, and every way a row can be wrong."""

import csv
import io
from collections.abc import Iterable

import pytest

from tenantry.domain.file_rows import Parsed
from tenantry.domain.people import LENGTHS, Person, check_person, country_code
from tenantry.domain.people_files import ALL_HEADINGS, HEADINGS, PersonRow, parse_people
from tenantry.kit.errors import Refused
from tenantry.sample import sample

DOMAINS = frozenset({"contoso.com", "contoso.dk"})
COUNTRY_CODES = {
    "denmark": "DK",
    "norway": "NO",
    "netherlands": "NL",
    "germany": "DE",
    "sweden": "SE",
    "finland": "FI",
    "france": "FR",
    "poland": "PL",
    "romania": "RO",
    "india": "IN",
    "united states": "US",
    "south sudan": "SS",
}
People = Parsed[tuple[PersonRow, ...]]


def written(*people: dict[str, str], headings: Iterable[str] = ALL_HEADINGS.values()) -> bytes:
    fields = {heading: field for field, heading in ALL_HEADINGS.items()}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([person.get(fields.get(heading, ""), "") for heading in headings] for person in people)
    return text.getvalue().encode()


def someone(**fields: str) -> dict[str, str]:
    return {"user_name": "freja.lund@contoso.com", "display_name": "Freja Lund", **fields}


def read(data: bytes, limit: int = 250) -> People:
    return parse_people(data, limit=limit, domains=DOMAINS, country_codes=COUNTRY_CODES)


def crowd(count: int) -> bytes:
    return written(*(someone(user_name=f"person{number}@contoso.com") for number in range(count)))


def found(parsed: People) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.code) for fault in parsed.faults]


def test_the_sample_people_are_all_good_and_of_many_countries() -> None:
    people = [row.person for row in read(sample("people.csv")).checked()]
    assert len({person.key for person in people}) == 25
    assert {"DK", "NO", "NL", "DE", "US"} <= {person.usage_location for person in people}
    assert "Søren Østergård" in {person.display_name for person in people}


@pytest.mark.parametrize("count", [249, 250])
def test_a_file_up_to_the_limit_is_read(count: int) -> None:
    assert len(read(crowd(count)).checked()) == count


def test_a_file_over_the_limit_is_told_once_at_the_first_row_too_many() -> None:
    (fault,) = read(crowd(253)).faults
    assert (fault.line, fault.code, fault.params) == (252, "people_too_many", {"found": 253, "limit": 250})
    assert found(read(crowd(251))) == [(252, "", "people_too_many")]


def test_the_limit_is_a_setting() -> None:
    assert found(read(crowd(3), limit=2)) == [(4, "", "people_too_many")]


def test_the_sixteenth_heading_may_be_left_out() -> None:
    (row,) = read(written(someone(usage_location="DK"), headings=HEADINGS.values())).checked()
    assert row == PersonRow(2, Person("freja.lund@contoso.com", "Freja Lund"))


@pytest.mark.parametrize(
    "headings",
    [
        [*list(HEADINGS.values())[1:], "User Name"],
        [*HEADINGS.values(), "Shoe Size"],
        [*HEADINGS.values(), "Usage Location", "Shoe Size"],
    ],
)
def test_headings_in_another_order_or_too_many_are_refused(headings: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        read(written(someone(), headings=headings))
    assert refused.value.code == "file_headings"
    assert refused.value.params["found"] == headings


def test_a_missing_heading_is_refused_by_name() -> None:
    with pytest.raises(Refused) as refused:
        read(written(someone(), headings=list(HEADINGS.values())[:-1]))
    assert refused.value.params["headings"] == ["Country or Region"]


def test_a_file_of_headings_only_is_refused() -> None:
    with pytest.raises(Refused, match="file_empty"):
        read(written())


def test_a_file_saved_by_a_spreadsheet_is_read() -> None:
    data = b"\xef\xbb\xbf" + written(someone(first_name="Ærø")).replace(b",", b";").replace(b"\n", b"\r\n")
    (row,) = read(data).checked()
    assert row.person.first_name == "Ærø"


@pytest.mark.parametrize(
    ("fields", "heading", "code"),
    [
        ({"user_name": ""}, "User Name", "text_missing"),
        ({"display_name": "  "}, "Display Name", "text_missing"),
        ({"user_name": "freja.lund"}, "User Name", "user_name_form"),
        ({"user_name": "@contoso.com"}, "User Name", "user_name_form"),
        ({"user_name": "freja@"}, "User Name", "user_name_form"),
        ({"user_name": "freja lund@contoso.com"}, "User Name", "user_name_form"),
        ({"user_name": ".freja@contoso.com"}, "User Name", "user_name_form"),
        ({"user_name": "freja..lund@contoso.com"}, "User Name", "user_name_form"),
        ({"user_name": "freja@lund@contoso.com"}, "User Name", "user_name_form"),
        ({"user_name": "søren@contoso.com"}, "User Name", "user_name_form"),
        ({"user_name": "freja.lund@fabrikam.com"}, "User Name", "domain_unknown"),
        ({"user_name": "freja.lund@mail.contoso.com"}, "User Name", "domain_unknown"),
        ({"user_name": "f" * 51 + "@contoso.com"}, "User Name", "user_name_alias_long"),
        ({"usage_location": "Atlantis"}, "Usage Location", "country_unknown"),
        ({"usage_location": "ß"}, "Usage Location", "country_unknown"),
        ({"address": "One\nTwo"}, "Address", "text_control"),
        ({"display_name": "Freja\x1b[31m"}, "Display Name", "text_control"),
        ({"display_name": "Freja \u202edlog"}, "Display Name", "text_control"),
    ],
)
def test_a_bad_cell_is_told_with_line_and_heading(fields: dict[str, str], heading: str, code: str) -> None:
    parsed = read(written(someone(user_name="ida@contoso.com"), someone(**fields)))
    assert found(parsed) == [(3, heading, code)]


@pytest.mark.parametrize("field", sorted(LENGTHS.keys() - {"user_name"}))
def test_each_text_may_be_as_long_as_its_limit_and_no_longer(field: str) -> None:
    limit = LENGTHS[field]
    assert not read(written(someone(**{field: "å" * limit}))).faults
    (fault,) = read(written(someone(**{field: "å" * (limit + 1)}))).faults
    assert (fault.column, fault.code) == (HEADINGS[field], "text_long")
    assert fault.params == {"length": limit + 1, "limit": limit}


def test_a_user_name_is_limited_as_a_whole_and_in_its_parts() -> None:
    domains = {"d" * 44 + ".com", "d" * 45 + ".com", "contoso.com"}

    def codes(user_name: str) -> list[str]:
        wrong = check_person(Person(user_name, "X"), domains=domains, country_codes={})
        return [found.code for found in wrong]

    assert codes("a" * 50 + "@contoso.com") == []
    assert codes("a" * 30 + "@" + "d" * 44 + ".com") == []
    assert codes("a" * 29 + "@" + "d" * 45 + ".com") == ["user_name_domain_long"]
    assert codes("a" * 31 + "@" + "d" * 44 + ".com") == ["text_long"]


def test_a_user_name_twice_is_told_with_both_lines_whatever_its_case() -> None:
    parsed = read(written(someone(), someone(user_name="FREJA.Lund@Contoso.com")))
    (fault,) = parsed.faults
    assert (fault.line, fault.column, fault.code) == (3, "User Name", "user_name_repeated")
    assert fault.params == {"value": "FREJA.Lund@Contoso.com", "first_line": 2}


def test_every_fault_of_a_row_and_of_a_file_is_told() -> None:
    bad = someone(user_name="x", display_name="", usage_location="??")
    assert found(read(written(bad, someone(city="c" * 129)))) == [
        (2, "User Name", "user_name_form"),
        (2, "Display Name", "text_missing"),
        (2, "Usage Location", "country_unknown"),
        (3, "City", "text_long"),
    ]


def test_the_line_is_the_physical_one_after_a_cell_of_several_lines() -> None:
    parsed = read(written(someone(address="One\nTwo"), someone(user_name="x")))
    assert [fault.line for fault in parsed.faults] == [2, 4]


def test_combining_marks_right_to_left_letters_and_markup_are_data() -> None:
    names = ["Zoe\u0308", "نور حداد", "<b>O'Brien & Sons</b>", "=1+1", "👩🏽\u200d💻"]
    people = [someone(user_name=f"p{n}@contoso.com", display_name=name) for n, name in enumerate(names)]
    assert [row.person.display_name for row in read(written(*people)).checked()] == names


@pytest.mark.parametrize("text", ["DK", "dk", " Denmark ", "DENMARK"])
def test_a_country_is_known_by_code_and_by_english_name(text: str) -> None:
    assert country_code(text, COUNTRY_CODES) == "DK"


def test_a_country_that_is_none_has_no_code() -> None:
    assert [country_code(text, COUNTRY_CODES) for text in ("", "XX", "Danmark", "ß")] == [None] * 4
