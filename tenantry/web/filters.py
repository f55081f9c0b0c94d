"""A list of people as its address tells it: what it is narrowed to, how it is sorted, where one is, what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from tenantry.domain.selections import UserFilter
from tenantry.kit.ids import parse_id
from tenantry.kit.paging import Cursor, decode
from tenantry.kit.words_index import search_words

FILTERS = ("kind", "q", "license", "sign_in", "location", "department")
SORTS = ("name", "username")
SIGN_INS = ("allowed", "blocked", "none")
NONE = "none"  # of license and location: people who have none
PLACES = {"member": "active", "guest": "guests"}
FORMS = ("edit", "block")
TABS = ("account", "licenses", "activity", *FORMS)
MAX_TEXT = 256

type_query = Mapping[str, str]


def read_filter(query: type_query) -> UserFilter:
    """The people that a query string means; what it spells wrong is passed over.

    q: letters typed; license: a product's id or "none"; sign_in; location: a country code or "none"; department;
    kind: "guest" for guests.
    """
    kept = filter_query(query)
    location, license = kept.get("location"), kept.get("license")
    return UserFilter(
        kind=kept.get("kind", "member"),
        words=search_words(kept.get("q", "")),
        department=kept.get("department"),
        location="" if location == NONE else location,
        sku_id=parse_id(license) if license and license != NONE else None,
        unlicensed=license == NONE,
        sign_in=kept.get("sign_in"),
    )


def filter_query(query: type_query) -> dict[str, str]:
    """The part of a query string that `read_filter` reads, as it goes into the next address or hidden fields."""
    kept = {name: query.get(name, "").replace("\0", "").strip()[:MAX_TEXT] for name in FILTERS}
    return {name: text for name, text in kept.items() if text and _fits(name, text)}


def _fits(name: str, text: str) -> bool:
    match name:
        case "kind":
            return text == "guest"
        case "license":
            return text == NONE or parse_id(text) is not None
        case "sign_in":
            return text in SIGN_INS
        case "location":
            return text == NONE or (len(text) == 2 and text.isascii() and text.isalpha() and text.isupper())
        case _:
            return True


@dataclass(frozen=True)
class Listing:
    """One view of a list of people, and the addresses of the views beside it.

    home: where the tenant's pages begin. query: the filter as its address spells it (without `kind`).
    after: an encoded cursor, or empty. at: the number of the page's first row, counted from 1.
    tab: of the pane, one of TABS, or empty. older: an encoded cursor into the activity of who is open.
    """

    home: str
    kind: str
    query: type_query
    sort: str
    after: str
    at: int
    open: UUID | None
    tab: str
    older: str = ""

    @property
    def path(self) -> str:
        return f"{self.home}/users/{PLACES[self.kind]}"

    @property
    def wanted(self) -> UserFilter:
        return read_filter(self.filters)

    @property
    def filters(self) -> dict[str, str]:
        """The filter with its kind: what a command for all that match is sent."""
        return dict(self.query) | ({"kind": self.kind} if self.kind != "member" else {})

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.query)

    @property
    def cursor(self) -> Cursor | None:
        return decode(self.after)

    @property
    def state(self) -> dict[str, str]:
        """The view in words of its address, without what is open."""
        sort = {"sort": self.sort} if self.sort != SORTS[0] else {}
        place = {"after": self.after, "at": str(self.at)} if self.after else {}
        return dict(self.query) | sort | place

    def href(self, **changes: str | None) -> str:
        """The view with `changes` (None takes one away); another filter or sort begins at the first page."""
        fresh = changes.keys() & {*FILTERS, "sort"}
        state = {name: value for name, value in self.state.items() if not (fresh and name in ("after", "at"))}
        return self._address(self.path, state | self._pane | changes)

    def cleared(self, *, q: bool = False) -> str:
        """Everybody; with `q` those whom the letters typed still find."""
        kept = {name: value for name, value in self.state.items() if name == "sort" or (q and name == "q")}
        return self._address(self.path, kept)

    @property
    def export(self) -> str:
        """The file of everybody whom the filter matches."""
        sort = {"sort": self.sort} if self.sort != SORTS[0] else {}
        return self._address(f"{self.home}/users/export.csv", self.filters | sort)

    def page(self, cursor: str, at: int) -> str:
        """The page that an encoded cursor leads to; its first row is the one with the number `at`."""
        return self._address(self.path, self.state | self._pane | {"after": cursor, "at": str(max(at, 1))})

    def pane(self, user_id: UUID | str, tab: str | None = None) -> str:
        """The view with somebody open. What was begun with one person is not carried on with another."""
        kept = self.tab if self.tab not in FORMS else "account"
        return self._address(self.path, self.state | {"open": str(user_id), "tab": tab or kept})

    def activity(self, user_id: UUID, older: str) -> str:
        """The view with a page of somebody's activity."""
        return self._address(self.path, self.state | {"open": str(user_id), "tab": "activity", "older": older})

    def closed(self) -> str:
        """The view with nobody open."""
        return self._address(self.path, self.state)

    def action(self, place: str, **fields: str) -> str:
        """The address of a form of the pane, `place` below the tenant's pages, that comes back to this view."""
        kind = {"kind": self.kind} if self.kind != "member" else {}
        return self._address(f"{self.home}{place}", kind | self.state | {"tab": self.tab} | fields)

    @property
    def _pane(self) -> dict[str, str]:
        return {"open": str(self.open), "tab": self.tab} if self.open else {}

    @staticmethod
    def _address(path: str, state: Mapping[str, str | None]) -> str:
        told = {name: value for name, value in state.items() if value}
        return f"{path}?{urlencode(told)}" if told else path


def read_listing(home: str, query: type_query, kind: str | None = None) -> Listing:
    """The list that a query string means. kind: of the page asked for; None: as the query says."""
    filters = filter_query(query)
    named = filters.pop("kind", "member")
    sort, after, at = query.get("sort", ""), query.get("after", ""), query.get("at", "")
    return Listing(
        home=home,
        kind=kind or named,
        query=filters,
        sort=sort if sort in SORTS else SORTS[0],
        after=after if decode(after) else "",
        at=int(at) if decode(after) and at.isascii() and at.isdigit() and len(at) < 9 else 1,
        open=parse_id(query.get("open", "")),
        tab=query.get("tab", "") if query.get("tab") in TABS else "",
        older=query.get("older", "") if decode(query.get("older", "")) else "",
    )
