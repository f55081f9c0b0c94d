"""The address of a list of people: read, written back, and nothing lost on the way."""

from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.selections import UserFilter
from tenantry.kit.paging import Cursor, encode
from tenantry.web.filters import FILTERS, Listing, filter_query, read_filter, read_listing

SKU = UUID("00000000-0000-4000-8000-000000000101")
PERSON = UUID("00000000-0000-4000-8000-000000000001")
PLACE = encode(Cursor(b"key", PERSON))
FULL = {
    "q": "bj ø",
    "license": str(SKU),
    "sign_in": "blocked",
    "location": "NO",
    "department": "R&D",
    "sort": "username",
    "after": PLACE,
    "at": "51",
}


def listing(query: dict[str, str], kind: str | None = "member") -> Listing:
    return read_listing("/t/contoso", query, kind)


def query_of(href: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(href).query))


def test_every_part_of_a_filter_is_read() -> None:
    assert read_filter(FULL | {"kind": "guest"}) == UserFilter(
        kind="guest", words=("bj", "ø"), department="R&D", location="NO", sku_id=SKU, sign_in="blocked"
    )


def test_an_empty_address_means_every_member() -> None:
    assert read_filter({}) == UserFilter()


def test_none_means_people_without_a_license_and_without_a_location() -> None:
    found = read_filter({"license": "none", "location": "none"})
    assert (found.unlicensed, found.sku_id, found.location) == (True, None, "")


def test_what_is_spelled_wrong_is_passed_over() -> None:
    wrong = {"license": "x", "sign_in": "maybe", "location": "dk", "kind": "robot", "department": "  "}
    assert read_filter(wrong) == UserFilter()
    assert filter_query(wrong) == {}


@given(st.dictionaries(st.sampled_from([*FILTERS, "sort", "after", "at", "open", "tab"]), st.text(max_size=40)))
def test_any_address_can_be_read_and_written_back_the_same(query: dict[str, str]) -> None:
    one = read_listing("/t/contoso", query)
    again = read_listing("/t/contoso", query_of(one.href()), one.kind)
    assert again == one if one.open else again.state == one.state


def test_the_address_of_somebody_carries_the_whole_view() -> None:
    assert query_of(listing(FULL).pane(PERSON, "licenses")) == FULL | {"open": str(PERSON), "tab": "licenses"}


def test_closing_the_pane_keeps_the_filter() -> None:
    assert query_of(listing(FULL | {"open": str(PERSON), "tab": "account"}).closed()) == FULL


def test_another_filter_or_sort_begins_at_the_first_page() -> None:
    one = listing(FULL)
    assert "after" not in query_of(one.href(location=None))
    assert "at" not in query_of(one.href(sort=None))
    assert query_of(one.href(location=None))["department"] == "R&D"


def test_clearing_keeps_the_sort_and_at_wish_the_letters() -> None:
    assert query_of(listing(FULL).cleared()) == {"sort": "username"}
    assert query_of(listing(FULL).cleared(q=True)) == {"sort": "username", "q": "bj ø"}


def test_guests_have_a_page_of_their_own_and_forms_are_told_of_it() -> None:
    one = listing({"q": "a"}, "guest")
    assert urlsplit(one.href()).path == "/t/contoso/users/guests"
    assert one.filters == {"q": "a", "kind": "guest"}
    assert parse_qs(urlsplit(one.action("/users/1/licenses")).query)["kind"] == ["guest"]
    assert parse_qs(urlsplit(one.export).query)["kind"] == ["guest"]


def test_a_page_knows_the_number_of_its_first_row() -> None:
    assert listing(FULL).at == 51
    assert listing({"at": "51"}).at == 1
    assert query_of(listing({}).page(PLACE, 51))["at"] == "51"
    assert query_of(listing({}).page(PLACE, -3))["at"] == "1"
