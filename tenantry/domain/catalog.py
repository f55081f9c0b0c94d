"""The catalog: what is sold, what is in it, and which parts of it do not go together.

Ids are the only keys. Names and part numbers are for reading: they repeat (see the sample's README).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Generic, Literal, TypeVar
from uuid import UUID

AppliesTo = Literal["user", "company"]
Frequency = Literal["monthly", "yearly"]
PriceKey = tuple[UUID, str, int, Frequency]
LimitKey = tuple[UUID, str, int]
K = TypeVar("K")
V = TypeVar("V")


class RuleKind(StrEnum):
    """How two service plans stand to each other; only the first two are enforced."""

    EXCLUSIVE = "mutually_exclusive"
    REQUIRES = "requires_any_of"
    FORMER = "formerly_exclusive"  # history: was exclusive once
    DISCOURAGED = "discouraged"  # history: advised against, not refused

    @property
    def symmetric(self) -> bool:
        return self is not RuleKind.REQUIRES


@dataclass(frozen=True)
class Plan:
    """A service plan: one app or service. `name` is a technical word, `friendly_name` is read by people."""

    id: UUID
    name: str
    friendly_name: str


@dataclass(frozen=True)
class Product:
    """What is sold by the seat. `company` products serve the whole tenant and are assigned to nobody."""

    sku_id: UUID
    part_number: str
    name: str
    plan_ids: frozenset[UUID]
    applies_to: AppliesTo = "user"


@dataclass(frozen=True)
class Price:
    """One seat for `term_months`, billed at `frequency`: each bill is `minor` units of `currency`."""

    sku_id: UUID
    currency: str
    term_months: int
    frequency: Frequency
    minor: int

    @property
    def key(self) -> PriceKey:
        return self.sku_id, self.currency, self.term_months, self.frequency


@dataclass(frozen=True)
class Limit:
    """A number that a service plan grants its user, e.g. `meeting.max_participants`.

    It holds from `from_day` on, counted in whole days since the user came, until one with a later day does.
    """

    plan_id: UUID
    name: str
    value: int
    from_day: int = 0

    @property
    def key(self) -> LimitKey:
        return self.plan_id, self.name, self.from_day


@dataclass(frozen=True)
class PlanRule:
    """A row of the rule table. `requires_any_of`: plan_a needs one of the plan_b of all its rows.

    In the other kinds the order means nothing; the smaller id stands first.
    """

    kind: RuleKind
    plan_a: UUID
    plan_b: UUID
    source: str

    @property
    def key(self) -> tuple[RuleKind, UUID, UUID]:
        return self.kind, self.plan_a, self.plan_b


@dataclass(frozen=True)
class CountryBar:
    """A product that may not be used in a country (ISO 3166-1 alpha-2)."""

    sku_id: UUID
    country: str
    source: str

    @property
    def key(self) -> tuple[UUID, str]:
        return self.sku_id, self.country


@dataclass(frozen=True)
class Rules:
    """The enforced rules, ready to ask.

    `exclusive`: plan -> plans that may not be enabled beside it, both ways. `requires_any`: plan -> plans
    of which one must be enabled with it. `barred`: product -> countries where it may not be used.
    """

    exclusive: Mapping[UUID, frozenset[UUID]]
    requires_any: Mapping[UUID, frozenset[UUID]]
    barred: Mapping[UUID, frozenset[str]]


NO_RULES = Rules({}, {}, {})


@dataclass(frozen=True)
class Catalog:
    """One version of the catalog. Build it once and keep it: its indexes are made on first use.

    limits: plan -> its limits by name, each from its first day on.
    """

    products: Mapping[UUID, Product]
    plans: Mapping[UUID, Plan]
    rules: Rules
    limits: Mapping[UUID, tuple[Limit, ...]] = field(default_factory=dict)

    @cached_property
    def holders(self) -> Mapping[UUID, frozenset[UUID]]:
        """Plan -> the products that hold it."""
        return _gather((plan, sku) for sku, product in self.products.items() for plan in product.plan_ids)

    @cached_property
    def neighbors(self) -> Mapping[UUID, frozenset[UUID]]:
        """Plan -> the plans that decide, together with it, whether it may come or go.

        Its exclusions, what it needs, what needs it, and what else would satisfy those (itself included:
        when a base plan goes, the add-on may stay if another base plan, or the same one elsewhere, stays).
        """
        rules = self.rules
        pairs = [(plan, other) for plan, others in rules.exclusive.items() for other in others]
        for plan, bases in rules.requires_any.items():
            pairs += [(plan, base) for base in bases]
            pairs += [(base, other) for base in bases for other in {plan} | bases]
        return _gather(pairs)


def build_rules(plan_rules: Iterable[PlanRule], bars: Iterable[CountryBar]) -> Rules:
    """The enforced part of the rule rows; history rows are passed over."""
    rows = list(plan_rules)
    pairs = [(row.plan_a, row.plan_b) for row in rows if row.kind is RuleKind.EXCLUSIVE]
    return Rules(
        exclusive=_gather(pairs + [(b, a) for a, b in pairs]),
        requires_any=_gather((row.plan_a, row.plan_b) for row in rows if row.kind is RuleKind.REQUIRES),
        barred=_gather((bar.sku_id, bar.country) for bar in bars),
    )


def related_plans(catalog: Catalog, skus: Iterable[UUID]) -> frozenset[UUID]:
    """Every plan that a rule ties to a plan of these products. Unknown products have none."""
    neighbors = catalog.neighbors
    plans = {plan for sku in skus if sku in catalog.products for plan in catalog.products[sku].plan_ids}
    return frozenset().union(*(neighbors[plan] for plan in plans & neighbors.keys()))


def related_skus(catalog: Catalog, skus: Iterable[UUID]) -> frozenset[UUID]:
    """The given products and all that share a rule with them: what a verdict about them depends on."""
    given = frozenset(skus)
    holders = catalog.holders
    return given.union(*(holders[plan] for plan in related_plans(catalog, given) & holders.keys()))


def mark_company(products: Mapping[UUID, Product], company: frozenset[UUID]) -> dict[UUID, Product]:
    """The products, with those in `company` applying to the tenant and all others to users."""
    return {
        sku: replace(product, applies_to="company" if sku in company else "user") for sku, product in products.items()
    }


@dataclass(frozen=True)
class Difference(Generic[K]):
    """What an import does, as keys in the order of the file. `absent` rows are in the catalog, not in
    the file: an import leaves them as they are."""

    added: tuple[K, ...]
    changed: tuple[K, ...]
    unchanged: tuple[K, ...]
    absent: tuple[K, ...]

    @property
    def nothing(self) -> bool:
        """True if importing would change no row."""
        return not self.added and not self.changed


def compare(old: Mapping[K, V], new: Mapping[K, V]) -> Difference[K]:
    """`new` against `old`, by key and by value: products, plans, prices, limits and rules alike."""
    return Difference(
        added=tuple(key for key in new if key not in old),
        changed=tuple(key for key in new if key in old and old[key] != new[key]),
        unchanged=tuple(key for key in new if key in old and old[key] == new[key]),
        absent=tuple(key for key in old if key not in new),
    )


def _gather(pairs: Iterable[tuple[K, V]]) -> dict[K, frozenset[V]]:
    sets: defaultdict[K, set[V]] = defaultdict(set)
    for key, value in pairs:
        sets[key].add(value)
    return {key: frozenset(values) for key, values in sets.items()}
