"""The catalog from its files: all of them checked together, then written as sets in one transaction.

The catalog belongs to no tenant and only the owner role may write it, so this command has no viewer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from babel.numbers import list_currencies
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, Limit, Price, PriceKey, Product, RuleKind, mark_company
from tenantry.domain.catalog_files import (
    ProductTable,
    RuleTable,
    parse_company,
    parse_limits,
    parse_prices,
    parse_products,
    parse_rules,
)
from tenantry.domain.file_rows import FAULT_LIMIT, Parsed
from tenantry.kit.csvfile import Fault
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import exponent
from tenantry.store import tables
from tenantry.store.catalog import load_catalog
from tenantry.store.catalog_write import Count, lock_catalog, move_version, put
from tenantry.store.database import Database
from tenantry.words.countries import country_codes

T = TypeVar("T")
type_step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class CatalogFiles:
    """The bytes of the files to import; all but the products may be left out."""

    products: bytes
    rules: bytes | None = None
    prices: bytes | None = None
    limits: bytes | None = None
    company: bytes | None = None


@dataclass(frozen=True)
class CatalogImported:
    """Rows added, changed and unchanged per part: products, apps, plans, rules, prices, limits."""

    counts: Mapping[str, Count]

    @property
    def nothing(self) -> bool:
        return all(count.nothing for count in self.counts.values())


@dataclass
class _Faults:
    """The faults of all files. `files` maps a file's name to those of its faults that are kept."""

    files: dict[str, tuple[Fault, ...]] = field(default_factory=dict)
    count: int = 0

    def note(self, file: str, parsed: Parsed[T]) -> T:
        self.count += len(parsed.faults) + parsed.more
        room = FAULT_LIMIT - sum(map(len, self.files.values()))
        if parsed.faults:
            self.files[file] = tuple(islice(parsed.faults, room))
        return parsed.value

    def check(self) -> None:
        faults = tuple(fault for kept in self.files.values() for fault in kept)
        if self.count:
            more = self.count - len(faults)
            raise Refused("file_faults", Kind.INVALID, count=self.count, faults=faults, more=more, files=self.files)


@dataclass(frozen=True)
class _Contents:
    """What the files say, with the company products marked."""

    table: ProductTable
    products: Mapping[UUID, Product]
    rules: RuleTable
    prices: Mapping[PriceKey, Price]
    limits: Mapping[tuple[UUID, str], Limit]


async def import_catalog(db: Database, *, files: CatalogFiles, step: type_step | None = None) -> CatalogImported:
    """Adds what is new and mends what differs; rows that are not in the files stay as they are.

    db: as the owner role. step: told (part, parts done, parts in all) as the work goes on.
    Without a company file, products keep what they apply to; new ones apply to users.
    Raises Refused("file_faults", count, faults, more, files) with the faults of all files; nothing is saved then.
    """
    async with db.transaction() as tx:
        await lock_catalog(tx)
        contents = _read(files, await load_catalog(tx))
        counts = await _write(tx, contents, step)
        imported = CatalogImported(counts)
        if not imported.nothing:
            await move_version(tx)
        return imported


def _read(files: CatalogFiles, stored: Catalog) -> _Contents:
    faults = _Faults()
    no_prices: Mapping[PriceKey, Price] = {}
    no_limits: Mapping[tuple[UUID, str], Limit] = {}
    nothing: frozenset[UUID] = frozenset()
    table = faults.note("products", _whole(parse_products, files.products, ProductTable({}, {})))
    if not table.products:
        faults.check()
    products, plans = {**stored.products, **table.products}, {**stored.plans, **table.plans}
    countries = frozenset(country_codes().values())
    rules = _with_known(faults.note("rules", _rules(files.rules, plans, products, countries)), stored)
    prices = faults.note(
        "prices", _whole(parse_prices, files.prices, no_prices, products=products, currencies=_currencies())
    )
    limits = faults.note("limits", _whole(parse_limits, files.limits, no_limits, plans={**plans, **rules.plans}))
    company = faults.note("company", _whole(parse_company, files.company, nothing, products=products))
    faults.check()
    marked = _marked(table.products, company if files.company is not None else None, stored)
    return _Contents(table, marked, rules, prices, limits)


def _rules(data: bytes | None, plans: Any, products: Any, countries: frozenset[str]) -> Parsed[RuleTable]:
    empty = RuleTable({}, {}, {})
    return _whole(parse_rules, data, empty, plans=plans, products=products, countries=countries)


def _with_known(rules: RuleTable, stored: Catalog) -> RuleTable:
    """The same with the plans that it names and the catalog has already, so that they are counted as unchanged."""
    named = {plan for rule in rules.plan_rules.values() for plan in (rule.plan_a, rule.plan_b)}
    known = {plan: stored.plans[plan] for plan in named & stored.plans.keys()}
    return replace(rules, plans={**known, **rules.plans})


def _whole(parse: Callable[..., Parsed[T]], data: bytes | None, empty: T, **known: Any) -> Parsed[T]:
    """A parsed file; one that cannot be read at all is a single fault, so that the others are told as well."""
    if data is None:
        return Parsed(empty)
    try:
        return parse(data, **known)
    except Refused as refused:
        return Parsed(empty, (Fault(refused.params.get("line", 1), "", refused.code, refused.params),))


def _currencies() -> dict[str, int]:
    return {code: exponent(code) for code in list_currencies()}


def _marked(given: Mapping[UUID, Product], company: frozenset[UUID] | None, stored: Catalog) -> Mapping[UUID, Product]:
    if company is None:
        return {
            sku_id: replace(product, applies_to=stored.products[sku_id].applies_to)
            if sku_id in stored.products
            else product
            for sku_id, product in given.items()
        }
    elsewhere = {sku_id: stored.products[sku_id] for sku_id in company if sku_id not in given}
    return mark_company({**given, **elsewhere}, company)


async def _write(tx: AsyncConnection, contents: _Contents, step: type_step | None) -> dict[str, Count]:
    counts: dict[str, Count] = {}
    parts = list(_parts(contents))
    for done, (name, table, columns, rows) in enumerate(parts):
        if step:
            step(name, done, len(parts))
        counts[name] = counts.get(name, Count()) + await put(tx, table, columns, rows)
    if step:
        step("", len(parts), len(parts))
    return counts


def _parts(contents: _Contents) -> Iterator[tuple[str, Any, tuple[str, ...], list[tuple[Any, ...]]]]:
    """What goes where: (name of the part, table, columns, rows), in the order that the foreign keys want."""
    table, rules = contents.table, contents.rules
    products = [(p.sku_id, p.part_number, p.name, p.applies_to) for p in contents.products.values()]
    plans = [(p.id, p.name, p.friendly_name) for p in {**rules.plans, **table.plans}.values()]
    held = [(p.sku_id, plan_id) for p in table.products.values() for plan_id in sorted(p.plan_ids)]
    exclusive = [(r.plan_a, r.plan_b) for r in rules.plan_rules.values() if r.kind is RuleKind.EXCLUSIVE]
    needs = [(r.plan_a, r.plan_b) for r in rules.plan_rules.values() if r.kind is RuleKind.REQUIRES]
    prices = [(*price.key, price.minor) for price in contents.prices.values()]
    yield "products", tables.products, ("sku_id", "part_number", "name", "applies_to"), products
    yield "plans", tables.plans, ("id", "name", "friendly_name"), plans
    yield "product_plans", tables.product_plans, ("sku_id", "plan_id"), held
    yield "rules", tables.plan_exclusions, ("plan_a", "plan_b"), exclusive
    yield "rules", tables.plan_requirements, ("plan_id", "needs_plan_id"), needs
    yield "rules", tables.product_bars, ("sku_id", "country"), [bar.key for bar in rules.bars.values()]
    yield "prices", tables.prices, ("sku_id", "currency", "term_months", "frequency", "minor"), prices
    limits = [(*limit.key, limit.value) for limit in contents.limits.values()]
    yield "limits", tables.plan_limits, ("plan_id", "name", "value"), limits
