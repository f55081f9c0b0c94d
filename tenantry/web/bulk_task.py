"""The task of the bulk flow as its address tells it: who, what to do, which products, which apps off."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.ids import parse_id
from tenantry.web.filters import PLACES, filter_query, read_filter
from tenantry.web.find import parse_ids
from tenantry.web.visit import Visit

WAYS = ("more", "replace", "unassign")
PLACE = "/users/manage-licenses"

type_pairs = list[tuple[str, str]]
type_apps = frozenset[tuple[UUID, UUID]]  # (product, app) each


@dataclass(frozen=True)
class Task:
    """What is to be done, as its address tells it.

    kind: of the list, "member" or "guest". filters: its filter, when everybody it matches is meant; else `people` are.
    off: apps to switch off, as (product, app).
    """

    home: str
    kind: str
    people: tuple[UUID, ...]
    filters: dict[str, str] | None
    do: str
    give: tuple[UUID, ...]
    off: type_apps

    @property
    def selection(self) -> Selection:
        if self.filters is None:
            return Selection(ids=self.people)
        return Selection(filter=read_filter(self.filters))

    @property
    def wish(self) -> Wish:
        """Assigning more leaves the apps of those who have the product; replacing sets them as chosen."""
        if self.do == "unassign":
            return Wish(assign={}, remove_others=True)
        assign = {sku: frozenset(app for product, app in self.off if product == sku) for sku in self.give}
        return Wish(assign=assign, remove_others=self.do == "replace", set_apps=self.do == "replace")

    @property
    def whom(self) -> type_pairs:
        if self.filters is not None:
            return [("all_matching", "1"), *self.filters.items()]
        kind = [("kind", self.kind)] if self.kind != "member" else []
        return [*kind, *(("user", str(user_id)) for user_id in self.people)]

    @property
    def with_what(self) -> type_pairs:
        off = sorted(f"{product}/{app}" for product, app in self.off if product in self.give)
        return [*(("give", str(sku)) for sku in self.give), *(("off", pair) for pair in off)]

    @property
    def list(self) -> str:
        """The list that the people were selected in."""
        filters = {name: value for name, value in (self.filters or {}).items() if name != "kind"}
        path = f"{self.home}/users/{PLACES[self.kind]}"
        return f"{path}?{urlencode(filters)}" if filters else path

    def href(self, step: str = "") -> str:
        pairs = [*self.whom, ("do", self.do), *self.with_what]
        return f"{self.home}{PLACE}{step}?{urlencode(pairs)}"

    def without(self, apps: type_apps) -> "Task":
        """The same task with these apps switched off too."""
        return replace(self, off=self.off | apps)


def read_task(visit: Visit) -> Task:
    """The task that the address tells; what it spells wrong is passed over."""
    query = visit.request.query_params
    everybody = query.get("all_matching") == "1"
    do, filters = query.get("do", WAYS[0]), filter_query(query)
    return Task(
        home=visit.home,
        kind=filters.get("kind", "member"),
        people=() if everybody else parse_ids(query.getall("user", [])),
        filters=filters if everybody else None,
        do=do if do in WAYS else WAYS[0],
        give=parse_ids(query.getall("give", [])),
        off=parse_pairs(query.getall("off", [])),
    )


def parse_pairs(texts: Iterable[str]) -> type_apps:
    """The pairs that are spelled PRODUCT/APP among `texts`."""
    halves = (text.partition("/") for text in texts)
    pairs = ((parse_id(first), parse_id(second)) for first, _, second in halves)
    return frozenset((first, second) for first, second in pairs if first and second)
