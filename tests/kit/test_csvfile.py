import csv
import io
from contextlib import suppress
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.kit.csvfile import Fault, read_rows, write_rows
from tenantry.kit.errors import Kind, Refused


def rows_of(data: bytes, *required: str, **options: Any) -> list[tuple[int, Any]]:
    return list(read_rows(data, required=required, **options)[1])


def refusal(data: bytes, *required: str, **options: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as caught:
        rows_of(data, *required, **options)
    assert caught.value.kind is Kind.INVALID
    return caught.value.code, caught.value.params


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("separator", [b",", b";", b"\t"])
def test_every_usual_dialect_is_read(bom: bytes, end: bytes, separator: bytes) -> None:
    lines = [separator.join(cells) for cells in ([b"Name", b"City"], ["Åse".encode(), b'"x,y;z"'])]
    data = bom + end.join(lines) + end
    assert rows_of(data, "Name", "City") == [(2, {"Name": "Åse", "City": "x,y;z"})]


def test_headings_match_in_any_case_and_are_given_as_the_program_spells_them() -> None:
    headings, rows = read_rows(
        b" user name ,USAGE LOCATION,Shoe Size\na,DK,43\n", required=["User Name"], optional=["Usage Location"]
    )
    assert headings == ["User Name", "Usage Location", "Shoe Size"]
    assert list(rows) == [(2, {"User Name": "a", "Usage Location": "DK", "Shoe Size": "43"})]


def test_missing_headings_are_all_named() -> None:
    assert refusal(b"b\n1\n", "a", "b", "c") == ("csv_headings_missing", {"headings": ["a", "c"]})
    assert refusal(b"", "a") == ("csv_headings_missing", {"headings": ["a"]})


def test_a_heading_that_only_resembles_a_wanted_one_is_missing() -> None:
    assert refusal(b"User names\nx\n", "User Name")[0] == "csv_headings_missing"


def test_a_repeated_heading_is_refused() -> None:
    assert refusal(b"a,A,b\n1,2,3\n", "a") == ("csv_headings_repeated", {"headings": ["a"]})


def test_a_row_begins_on_the_line_where_its_first_cell_stands() -> None:
    data = b'a,b\n1,"two\nlines"\n\n,\n3,"x\r\ny\r\nz"\n4,5\n'
    assert [line for line, _ in rows_of(data, "a", "b")] == [2, 6, 9]


def test_a_row_with_a_cell_too_many_or_too_few_is_a_fault_and_the_others_are_read() -> None:
    rows = rows_of(b"a,b\n1\n1,2\n1,2,3\n", "a", "b")
    assert rows == [
        (2, Fault(2, "", "csv_cells", {"wanted": 2, "found": 1})),
        (3, {"a": "1", "b": "2"}),
        (4, Fault(4, "", "csv_cells", {"wanted": 2, "found": 3})),
    ]


def test_other_encodings_are_refused_with_the_line_of_the_first_bad_byte() -> None:
    assert refusal("a\nb\nø\n".encode("latin-1"), "a") == ("csv_encoding", {"line": 3})
    assert refusal(b"\xef\xbb\xbfa\r\nb\r\n\xff\r\n", "a") == ("csv_encoding", {"line": 3})
    assert refusal("a\nb\n".encode("utf-16"), "a") == ("csv_encoding", {"line": 1})


def test_a_binary_file_is_refused() -> None:
    assert refusal(b"a\nb\0c\n", "a") == ("csv_binary", {"line": 2})


def test_a_quote_that_never_ends_is_refused_where_its_row_begins() -> None:
    assert refusal(b'a,b\n1,2\n3,"four\n5,6\n', "a") == ("csv_malformed", {"line": 3})
    assert refusal(b'a,b\n1,"2"2\n', "a") == ("csv_malformed", {"line": 2})


def test_a_file_too_long_in_rows_or_bytes_is_refused() -> None:
    assert rows_of(b"a\n1\n\n2\n", "a", max_rows=2) == [(2, {"a": "1"}), (4, {"a": "2"})]
    assert refusal(b"a\n1\n2\n3\n", "a", max_rows=2) == ("csv_too_many_rows", {"limit": 2})
    assert refusal(b"a\n1\n2\n3\n", "a", max_bytes=7) == ("csv_too_large", {"limit": 7})


def test_a_comma_inside_a_heading_does_not_change_the_separator() -> None:
    data = b"Name;Price, DKK;Seats\nx;1,5;2\n"
    assert rows_of(data, "Name") == [(2, {"Name": "x", "Price, DKK": "1,5", "Seats": "2"})]
    assert rows_of(b"a;b,c,d,e,f\n1;2\n", "a") == [(2, {"a": "1", "b,c,d,e,f": "2"})]


def test_reading_is_lazy() -> None:
    _, rows = read_rows(b'a\n1\n2\n"never ended', required=["a"])
    assert list(islice(rows, 2)) == [(2, {"a": "1"}), (3, {"a": "2"})]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Refused):
        assert all(1 < line < 400 for line, _ in rows_of(b"a,b\n" + data, "a", "b", max_rows=50))


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=10))
def test_what_is_written_is_read_again(pairs: list[tuple[str, str]]) -> None:
    data = write_rows(["a", "b"], pairs)
    assert data.startswith(b"\xef\xbb\xbf")
    read = [tuple(cells.values()) for _, cells in rows_of(data, "a", "b")]
    harmless = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]
    assert read == [tuple(row) for row in harmless if any(cell.strip() for cell in row)]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "-", "--5", "-5-1"])
def test_a_formula_is_made_harmless(cell: str) -> None:
    row = list(csv.reader(io.StringIO(write_rows(["a"], [[cell]]).decode("utf-8-sig"), newline="")))[1]
    assert row == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["-5", "+45", "-5.25", "-1,5", "5", "a=b", "anna@contoso.com", ""])
def test_plain_numbers_and_words_stay_as_they_are(cell: str) -> None:
    row = list(csv.reader(io.StringIO(write_rows(["a", "b"], [[cell, "x"]]).decode("utf-8-sig"), newline="")))[1]
    assert row == [cell, "x"]
