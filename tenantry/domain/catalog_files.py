"""The catalog's files: from CSV bytes to catalog values, with every fault and its line.

The columns are described in `tenantry/sample/README.md`. Ids are the keys; a name decides only in a rule
that gives no id. A row with a fault is left out of the value, which nobody should save then.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast
from uuid import UUID

from tenantry.domain.catalog import (
    CountryBar,
    Frequency,
    Limit,
    LimitKey,
    Plan,
    PlanRule,
    Price,
    PriceKey,
    Product,
    RuleKind,
)
from tenantry.domain.file_rows import Parsed, Row, Rows, is_guid
from tenantry.domain.taxes import TaxRate

NAME_LENGTH = 256
SOURCE_LENGTH = 1024
TERM_MONTHS = range(1, 61)
MOST_DAYS = 3650
FREQUENCIES = ("monthly", "yearly")
BARRED = "barred"

PRODUCT_COLUMNS = (
    "product_name",
    "sku_part_number",
    "sku_id",
    "service_plan_name",
    "service_plan_id",
    "service_plan_friendly_name",
)
RULE_COLUMNS = ("rule", "plan_a", "plan_b", "source")
RULE_IDS = ("plan_a_id", "plan_b_id")
PRICE_COLUMNS = ("sku_id", "currency", "term_months", "frequency", "unit_price")
LIMIT_COLUMNS = ("plan_id", "limit", "value")
FROM_DAY = "from_day"
TAX_COLUMNS = ("country", "percent", "reverse_charge")

_MONEY = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,12}))?")
_PERCENT = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,3})?")
_WHOLE = re.compile(r"[0-9]{1,15}")
_DOTTED_WORD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")

Names = Mapping[str, frozenset[UUID]]


@dataclass(frozen=True)
class ProductTable:
    """What `products.csv` says. Every product applies to users until `mark_company` says otherwise."""

    products: Mapping[UUID, Product]
    plans: Mapping[UUID, Plan]


@dataclass(frozen=True)
class RuleTable:
    """What `rules.csv` says, history included; `plans` are those that no product holds."""

    plan_rules: Mapping[tuple[RuleKind, UUID, UUID], PlanRule]
    bars: Mapping[tuple[UUID, str], CountryBar]
    plans: Mapping[UUID, Plan]


def parse_products(data: bytes) -> Parsed[ProductTable]:
    """Products and plans, from a row per product and plan.

    A product has one name and one part number, a plan one name. A plan's friendly name may be spelled in
    several ways: one not all in capitals wins, then the one that most rows use.
    """
    rows = Rows(data, PRODUCT_COLUMNS)
    products: dict[UUID, Product] = {}
    plans: dict[UUID, Plan] = {}
    held: defaultdict[UUID, set[UUID]] = defaultdict(set)
    spellings: defaultdict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        product, plan = _read_product(row), _read_plan(row)
        if product and plan and not row.faulty:
            row.once("service_plan_id", product.sku_id, plan.id)
            products.setdefault(product.sku_id, product)
            plans.setdefault(plan.id, plan)
            held[product.sku_id].add(plan.id)
            spellings[plan.id].append(plan.friendly_name)
    table = ProductTable(
        {sku: replace(product, plan_ids=frozenset(held[sku])) for sku, product in products.items()},
        {id: replace(plan, friendly_name=_best_spelling(spellings[id])) for id, plan in plans.items()},
    )
    return rows.parsed(table)


def _read_product(row: Row) -> Product | None:
    sku_id = row.guid("sku_id")
    name = row.needed("product_name", NAME_LENGTH)
    part_number = row.needed("sku_part_number", NAME_LENGTH)
    if sku_id is None:
        return None
    row.same("product_name", sku_id, name)
    row.same("sku_part_number", sku_id, part_number)
    return Product(sku_id, part_number, name, frozenset())


def _read_plan(row: Row) -> Plan | None:
    plan_id = row.guid("service_plan_id")
    name = row.needed("service_plan_name", NAME_LENGTH)
    friendly_name = row.text("service_plan_friendly_name", NAME_LENGTH)
    if plan_id is None:
        return None
    row.same("service_plan_name", plan_id, name)
    return Plan(plan_id, name, friendly_name or name)


def _best_spelling(spellings: list[str]) -> str:
    return max(sorted(set(spellings)), key=lambda text: (not text.isupper(), spellings.count(text)))


def parse_rules(
    data: bytes, *, plans: Mapping[UUID, Plan], products: Mapping[UUID, Product], countries: Collection[str]
) -> Parsed[RuleTable]:
    """Plan rules and country bars. `countries`: ISO 3166-1 alpha-2 codes.

    `plan_a_id` and `plan_b_id` (columns that may be missing) win over the names beside them, and one that
    is not in `plans` makes a plan without products. Without an id, a rule holds for every plan of that name,
    a bar for every product of that part number.
    """
    rows = Rows(data, RULE_COLUMNS, RULE_IDS)
    reader = _RuleReader(plans, products, countries)
    for row in rows:
        reader.read(row)
    return rows.parsed(RuleTable(reader.plan_rules, reader.bars, reader.extra))


class _RuleReader:
    def __init__(
        self, plans: Mapping[UUID, Plan], products: Mapping[UUID, Product], countries: Collection[str]
    ) -> None:
        self.plan_rules: dict[tuple[RuleKind, UUID, UUID], PlanRule] = {}
        self.bars: dict[tuple[UUID, str], CountryBar] = {}
        self.extra: dict[UUID, Plan] = {}
        self._plans, self._products, self._countries = plans, products, countries
        self._named = _by_name((plan.name, plan.id) for plan in plans.values())
        self._numbered = _by_name((product.part_number, sku) for sku, product in products.items())

    def read(self, row: Row) -> None:
        kind = row.cell("rule")
        if kind == BARRED:
            self._read_bar(row)
        elif kind in {*RuleKind}:
            self._read_plan_rule(row, RuleKind(kind))
        else:
            row.fault("rule", "rule_unknown", value=kind, known=", ".join((*RuleKind, BARRED)))

    def _read_plan_rule(self, row: Row, kind: RuleKind) -> None:
        plans_a, plans_b = self._find_plans(row, "plan_a"), self._find_plans(row, "plan_b")
        source = row.text("source", SOURCE_LENGTH)
        if plans_a & plans_b:
            row.fault("plan_b", "rule_same_plan", value=row.cell("plan_b"))
        for a, b in itertools.product(sorted(plans_a), sorted(plans_b)):
            first, second = sorted((a, b)) if kind.symmetric else (a, b)
            rule = PlanRule(kind, first, second, source)
            row.once("plan_b", *rule.key)
            self.plan_rules[rule.key] = rule

    def _find_plans(self, row: Row, column: str) -> frozenset[UUID]:
        name = row.needed(column, NAME_LENGTH)
        if not row.cell(f"{column}_id"):
            return self._found(row, column, name, self._named, "plan_unknown")
        plan_id = row.guid(f"{column}_id")
        if plan_id is None:
            return frozenset()
        if plan_id not in self._plans:
            row.same(column, plan_id, name)
            self.extra.setdefault(plan_id, Plan(plan_id, name, name))
        return frozenset({plan_id})

    def _read_bar(self, row: Row) -> None:
        country, source = row.cell("plan_b"), row.text("source", SOURCE_LENGTH)
        if country not in self._countries:
            row.fault("plan_b", "country_unknown", value=country)
        for sku_id in sorted(self._find_skus(row)):
            bar = CountryBar(sku_id, country, source)
            row.once("plan_b", *bar.key)
            self.bars[bar.key] = bar

    def _find_skus(self, row: Row) -> frozenset[UUID]:
        column = "plan_a_id" if row.cell("plan_a_id") else "plan_a"
        name = row.needed(column, NAME_LENGTH)
        if column == "plan_a" and not is_guid(name):
            return self._found(row, column, name, self._numbered, "product_unknown")
        sku_id = row.known("product_unknown", column, self._products)
        return frozenset() if sku_id is None else frozenset({sku_id})

    def _found(self, row: Row, column: str, name: str, named: Names, code: str) -> frozenset[UUID]:
        if name and name not in named:
            row.fault(column, code, value=name)
        return named.get(name, frozenset())


def _by_name(pairs: Iterable[tuple[str, UUID]]) -> Names:
    named: defaultdict[str, set[UUID]] = defaultdict(set)
    for name, id in pairs:
        named[name].add(id)
    return {name: frozenset(ids) for name, ids in named.items()}


def parse_company(data: bytes, *, products: Mapping[UUID, Product]) -> Parsed[frozenset[UUID]]:
    """The products that apply to the tenant, for `mark_company`."""
    rows = Rows(data, ("sku_id",), ("part_number",))
    company: set[UUID] = set()
    for row in rows:
        found = _read_known_product(row, products)
        if found:
            row.once("sku_id", found.sku_id)
            company.add(found.sku_id)
    return rows.parsed(frozenset(company))


def parse_prices(
    data: bytes, *, products: Mapping[UUID, Product], currencies: Mapping[str, int]
) -> Parsed[Mapping[PriceKey, Price]]:
    """Prices of one seat and one bill. `currencies`: ISO 4217 code -> digits of its minor unit."""
    rows = Rows(data, PRICE_COLUMNS, ("part_number",))
    prices: dict[PriceKey, Price] = {}
    for row in rows:
        found, currency = _read_known_product(row, products), row.cell("currency")
        if currency not in currencies:
            row.fault("currency", "currency_unknown", value=currency)
        term, frequency = _read_term(row), row.cell("frequency")
        minor = _read_money(row, currency, currencies.get(currency, 2))
        if found and not row.faulty:
            price = Price(found.sku_id, currency, term, cast(Frequency, frequency), minor)
            row.once("sku_id", *price.key)
            prices[price.key] = price
    return rows.parsed(prices)


def _read_known_product(row: Row, products: Mapping[UUID, Product]) -> Product | None:
    """The product of `sku_id`. The part number beside it may be missing; a wrong one is a fault."""
    sku_id = row.known("product_unknown", "sku_id", products)
    if sku_id is None:
        return None
    part_number = row.cell("part_number")
    if part_number and part_number != products[sku_id].part_number:
        row.fault("part_number", "part_number_differs", value=part_number, known=products[sku_id].part_number)
    return products[sku_id]


def _read_term(row: Row) -> int:
    months, frequency = row.cell("term_months"), row.cell("frequency")
    term = int(months) if _WHOLE.fullmatch(months) else 0
    if term not in TERM_MONTHS:
        row.fault("term_months", "term_invalid", value=months, most=TERM_MONTHS[-1])
    if frequency not in FREQUENCIES:
        row.fault("frequency", "frequency_unknown", value=frequency, known=", ".join(FREQUENCIES))
    elif frequency == "yearly" and term % 12:
        row.fault("frequency", "frequency_too_long", months=term)
    return term


def _read_money(row: Row, currency: str, digits: int) -> int:
    text = row.cell("unit_price")
    match = _MONEY.fullmatch(text)
    if not match:
        row.fault("unit_price", "money_form", value=text)
        return 0
    whole, cents = match[1], match[2] or ""
    if len(cents) > digits:
        row.fault("unit_price", "money_digits", value=text, currency=currency, digits=digits)
        return 0
    return int(whole + cents.ljust(digits, "0"))


def parse_limits(data: bytes, *, plans: Mapping[UUID, Plan]) -> Parsed[Mapping[LimitKey, Limit]]:
    """Limits by plan, name and first day; a name is a dotted lower-case word, a value a whole number.

    from_day, a column that may be missing: how many days after its user came the limit begins, 0 to `MOST_DAYS`.
    """
    rows = Rows(data, LIMIT_COLUMNS, (FROM_DAY,))
    limits: dict[LimitKey, Limit] = {}
    for row in rows:
        plan_id = row.known("plan_unknown", "plan_id", plans)
        name, value = row.needed("limit", NAME_LENGTH), row.cell("value")
        if name and not _DOTTED_WORD.fullmatch(name):
            row.fault("limit", "limit_name_form", value=name)
        if not _WHOLE.fullmatch(value):
            row.fault("value", "number_form", value=value)
        from_day = _read_day(row)
        if plan_id and not row.faulty:
            limit = Limit(plan_id, name, int(value), from_day)
            row.once("limit", *limit.key)
            limits[limit.key] = limit
    return rows.parsed(limits)


def _read_day(row: Row) -> int:
    day = row.cell(FROM_DAY) or "0"
    if not _WHOLE.fullmatch(day) or int(day) > MOST_DAYS:
        row.fault(FROM_DAY, "from_day_form", value=day, most=MOST_DAYS)
        return 0
    return int(day)


def parse_taxes(data: bytes, *, countries: Collection[str]) -> Parsed[Mapping[str, TaxRate]]:
    """Standard rates by country. reverse_charge: "yes" where a buyer with a VAT number owes the tax themself."""
    rows = Rows(data, TAX_COLUMNS, ("source",))
    rates: dict[str, TaxRate] = {}
    for row in rows:
        country, percent, reverse = row.cell("country"), row.cell("percent"), row.cell("reverse_charge")
        if country not in countries:
            row.fault("country", "country_unknown", value=country)
        if not _PERCENT.fullmatch(percent):
            row.fault("percent", "percent_form", value=percent)
        if reverse not in ("yes", "no"):
            row.fault("reverse_charge", "yes_or_no", value=reverse)
        if not row.faulty:
            row.once("country", country)
            rates[country] = TaxRate(Decimal(percent) * 10, reverse == "yes")
    return rows.parsed(rates)
