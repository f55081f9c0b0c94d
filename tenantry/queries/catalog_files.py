"""The files of a catalog, read and checked together against the catalog that there is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from babel.numbers import list_currencies

from tenantry.domain.catalog import Catalog, Limit, LimitKey, Price, PriceKey, Product, mark_company
from tenantry.domain.catalog_files import (
    ProductTable,
    RuleTable,
    parse_company,
    parse_limits,
    parse_prices,
    parse_products,
    parse_rules,
    parse_taxes,
)
from tenantry.domain.doors import parse_doors, type_offers
from tenantry.domain.file_rows import FAULT_LIMIT, Parsed
from tenantry.domain.mail_domains import MailDomain, parse_mail_domains
from tenantry.domain.takeover_bars import parse_takeover_bars
from tenantry.domain.taxes import TaxRate
from tenantry.kit.csvfile import Fault
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import exponent
from tenantry.words.countries import country_codes

T = TypeVar("T")


@dataclass(frozen=True)
class CatalogFiles:
    """The bytes of the files to import; all but the products may be left out."""

    products: bytes
    rules: bytes | None = None
    prices: bytes | None = None
    limits: bytes | None = None
    company: bytes | None = None
    taxes: bytes | None = None
    doors: bytes | None = None
    mail_domains: bytes | None = None
    takeover_bars: bytes | None = None


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
class CatalogContents:
    """What the files say, with the company products marked."""

    table: ProductTable
    products: Mapping[UUID, Product]
    rules: RuleTable
    prices: Mapping[PriceKey, Price]
    limits: Mapping[LimitKey, Limit]
    taxes: Mapping[str, TaxRate]
    doors: type_offers
    mail_domains: Mapping[str, MailDomain]
    takeover_bars: frozenset[UUID]


def read_files(files: CatalogFiles, stored: Catalog) -> CatalogContents:
    """What the files say. Raises Refused("file_faults", count, faults, more, files) with the faults of all of them."""
    faults = _Faults()
    no_prices: Mapping[PriceKey, Price] = {}
    no_limits: Mapping[LimitKey, Limit] = {}
    no_taxes: Mapping[str, TaxRate] = {}
    no_offers: type_offers = {}
    no_names: Mapping[str, MailDomain] = {}
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
    taxes = faults.note("taxes", _whole(parse_taxes, files.taxes, no_taxes, countries=countries))
    doors = faults.note("doors", _whole(parse_doors, files.doors, no_offers, products=products))
    names = faults.note("mail_domains", _whole(parse_mail_domains, files.mail_domains, no_names))
    every = {**plans, **rules.plans}
    bars = faults.note("takeover_bars", _whole(parse_takeover_bars, files.takeover_bars, nothing, plans=every))
    faults.check()
    marked = _marked(table.products, company if files.company is not None else None, stored)
    return CatalogContents(table, marked, rules, prices, limits, taxes, doors, names, bars)


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
