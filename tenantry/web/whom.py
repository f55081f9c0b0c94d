"""The people of a list that an address means: ticked one by one, or everybody that its filter matches."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from tenantry.domain.selections import Selection
from tenantry.web.filters import PLACES, filter_query, read_filter
from tenantry.web.find import parse_ids
from tenantry.web.visit import Visit

type_pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Whom:
    """Who is meant.

    kind: of the list, "member" or "guest". filters: its filter, when everybody it matches is meant; else `people` are.
    """

    home: str
    kind: str
    people: tuple[UUID, ...]
    filters: dict[str, str] | None

    @property
    def selection(self) -> Selection:
        if self.filters is None:
            return Selection(ids=self.people)
        return Selection(filter=read_filter(self.filters))

    @property
    def whom(self) -> type_pairs:
        """The same as an address carries it."""
        if self.filters is not None:
            return [("all_matching", "1"), *self.filters.items()]
        kind = [("kind", self.kind)] if self.kind != "member" else []
        return [*kind, *(("user", str(user_id)) for user_id in self.people)]

    @property
    def list(self) -> str:
        """The list that the people were selected in."""
        filters = {name: value for name, value in (self.filters or {}).items() if name != "kind"}
        path = f"{self.home}/users/{PLACES[self.kind]}"
        return f"{path}?{urlencode(filters)}" if filters else path


def read_whom(visit: Visit) -> Whom:
    """The people that the address means; what it spells wrong is passed over."""
    query = visit.request.query_params
    everybody, filters = query.get("all_matching") == "1", filter_query(query)
    people = () if everybody else parse_ids(query.getall("user", []))
    return Whom(visit.home, filters.get("kind", "member"), people, filters if everybody else None)
