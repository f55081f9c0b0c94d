import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.kit.paging import Cursor, Page, cut, decode, encode

Row = tuple[str, UUID]

KEYS = st.one_of(st.binary(max_size=40), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
CURSORS = st.builds(Cursor, KEYS, st.uuids(), st.booleans())
ID = UUID(int=7)


def key_of(row: Row) -> tuple[str, UUID]:
    return row


def fetch(rows: list[Row], limit: int, text: str | None) -> Page[Row]:
    """What a query does: rows past the cursor in its direction, one more than the page takes."""
    cursor = decode(text) if text else None
    if cursor is None:
        found = sorted(rows)
    elif cursor.backward:
        found = sorted((row for row in rows if row < (cursor.key, cursor.id)), reverse=True)
    else:
        found = sorted(row for row in rows if row > (cursor.key, cursor.id))
    return cut(found[: limit + 1], limit, cursor, key_of)


def walk(rows: list[Row], limit: int, page: Page[Row], *, backward: bool) -> Iterator[Page[Row]]:
    yield page
    while text := page.previous if backward else page.next:
        page = fetch(rows, limit, text)
        yield page


@given(st.lists(st.tuples(st.sampled_from(["", "a", "aa", "b"]), st.uuids()), max_size=25), st.integers(1, 30))
def test_a_walk_forward_and_back_meets_every_row_once_and_in_order(rows: list[Row], limit: int) -> None:
    rows = list(set(rows))
    there = list(walk(rows, limit, fetch(rows, limit, None), backward=False))
    back = list(walk(rows, limit, there[-1], backward=True))[::-1]
    for pages in (there, back):
        assert [row for page in pages for row in page.items] == sorted(rows)
        assert all(len(page.items) <= limit for page in pages)
        assert pages[0].previous is None
        assert pages[-1].next is None
    assert all(len(page.items) == limit for page in there[:-1])


def test_a_short_list_is_one_page_without_neighbors() -> None:
    rows = [("a", UUID(int=1)), ("b", UUID(int=2))]
    assert fetch(rows, 2, None) == Page(tuple(rows), None, None)
    assert fetch([], 2, None) == Page((), None, None)


def test_a_page_whose_rows_are_gone_is_empty_and_leads_nowhere() -> None:
    rows = [("a", UUID(int=1)), ("b", UUID(int=2)), ("c", UUID(int=3))]
    second = fetch(rows, 2, None).next
    assert fetch(rows[:2], 2, second) == Page((), None, None)


@given(CURSORS)
def test_a_cursor_survives_its_journey(cursor: Cursor) -> None:
    assert decode(encode(cursor)) == cursor
    assert re.fullmatch("[A-Za-z0-9_-]+", encode(cursor))


@pytest.mark.parametrize(
    "hostile",
    ["", "x", "====", "a b", "é", "\0", "\ud800", "A" * 22, "A" * 1_000_000, "../../etc/passwd", "%00", "null",
     encode(Cursor("a", ID))[:-1], encode(Cursor("a", ID)) + "=", " " + encode(Cursor("a", ID)),
     encode(Cursor("a\0b", ID)), "BA" + encode(Cursor("a", ID))[2:]],
)  # fmt: skip
def test_a_bad_cursor_is_none(hostile: str) -> None:
    assert decode(hostile) is None


@given(st.text(st.characters(), max_size=60))
def test_whatever_decodes_is_what_would_be_written(text: str) -> None:
    cursor = decode(text)
    assert cursor is None or encode(cursor) == text


@given(st.binary(min_size=1, max_size=40))
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    text = encode(Cursor(data, ID))
    other = text[len(text) // 2 :] + text[: len(text) // 2]
    cursor = decode(other)
    assert cursor is None or encode(cursor) == other
