"""The task of the bulk flow as its address tells it: who, what to do, which products, which apps off."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from tenantry.domain.licenses import Wish
from tenantry.kit.ids import parse_id
from tenantry.web.find import parse_ids
from tenantry.web.visit import Visit
from tenantry.web.whom import Whom, read_whom, type_pairs

WAYS = ("more", "replace", "unassign")
PLACE = "/users/manage-licenses"

type_apps = frozenset[tuple[UUID, UUID]]  # (product, app) each


@dataclass(frozen=True)
class Task(Whom):
    """What is to be done with whom, as its address tells it. off: apps to switch off, as (product, app)."""

    do: str
    give: tuple[UUID, ...]
    off: type_apps

    @property
    def wish(self) -> Wish:
        """Assigning more leaves the apps of those who have the product; replacing sets them as chosen."""
        if self.do == "unassign":
            return Wish(assign={}, remove_others=True)
        assign = {sku: frozenset(app for product, app in self.off if product == sku) for sku in self.give}
        return Wish(assign=assign, remove_others=self.do == "replace", set_apps=self.do == "replace")

    @property
    def with_what(self) -> type_pairs:
        off = sorted(f"{product}/{app}" for product, app in self.off if product in self.give)
        return [*(("give", str(sku)) for sku in self.give), *(("off", pair) for pair in off)]

    def href(self, step: str = "") -> str:
        pairs = [*self.whom, ("do", self.do), *self.with_what]
        return f"{self.home}{PLACE}{step}?{urlencode(pairs)}"

    def without(self, apps: type_apps) -> "Task":
        """The same task with these apps switched off too."""
        return replace(self, off=self.off | apps)


def read_task(visit: Visit) -> Task:
    """The task that the address tells; what it spells wrong is passed over."""
    query, whom = visit.request.query_params, read_whom(visit)
    do = query.get("do", WAYS[0])
    return Task(
        home=whom.home,
        kind=whom.kind,
        people=whom.people,
        filters=whom.filters,
        do=do if do in WAYS else WAYS[0],
        give=parse_ids(query.getall("give", [])),
        off=parse_pairs(query.getall("off", [])),
    )


def parse_pairs(texts: Iterable[str]) -> type_apps:
    """The pairs that are spelled PRODUCT/APP among `texts`."""
    halves = (text.partition("/") for text in texts)
    pairs = ((parse_id(first), parse_id(second)) for first, _, second in halves)
    return frozenset((first, second) for first, second in pairs if first and second)
