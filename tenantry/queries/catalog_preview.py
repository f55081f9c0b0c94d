"""What an import would do to the catalog, before it does: product by product."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, Plan, PriceKey, Product, RuleKind
from tenantry.domain.operators import Operator
from tenantry.domain.taxes import TaxRate
from tenantry.queries.catalog_files import CatalogContents, CatalogFiles, read_files
from tenantry.queries.operator_frame import operator_query
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import prices, tax_rates


@dataclass(frozen=True)
class PriceChange:
    """A price of a product: minor units before (None: there was none) and after, of what a seat costs per bill."""

    key: PriceKey
    before: int | None
    after: int


@dataclass(frozen=True)
class ProductChange:
    """What becomes of one product. before: as it is now, None for a new one.

    apps_added, apps_kept: names of the apps that come, and of those that the file no longer names; they stay.
    """

    product: Product
    before: Product | None
    apps_added: tuple[str, ...]
    apps_kept: tuple[str, ...]
    prices: tuple[PriceChange, ...]

    @property
    def nothing(self) -> bool:
        return not (self.is_new or self.facts_change or self.apps_added or self.prices)

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def facts_change(self) -> bool:
        """Whether its name, its part number or whom it applies to would be another."""
        return self.before is not None and _facts(self.before) != _facts(self.product)


@dataclass(frozen=True)
class CatalogPreview:
    """All that would change. products: those that do, or that keep apps which the file lacks, by name.

    apps: (name before or None, name after) of apps that come or are renamed; rules, limits, taxes: how many come or
    change.
    absent: names of products that are in no file and stay as they are. stamp: of everything above, so that a button
    does what was looked at and nothing else.
    """

    products: tuple[ProductChange, ...]
    apps: tuple[tuple[str | None, str], ...]
    rules: int
    limits: int
    taxes: int
    absent: tuple[str, ...]
    stamp: str

    @property
    def nothing(self) -> bool:
        return all(change.nothing for change in self.products) and not (
            self.apps or self.rules or self.limits or self.taxes
        )


@operator_query
async def preview_catalog(tx: AsyncConnection, operator: Operator, *, files: CatalogFiles) -> CatalogPreview:
    """What importing the files would change. Raises Refused("file_faults") as the import itself would."""
    stored = await load_catalog(tx)
    contents = read_files(files, stored)
    sold = {(row.sku_id, row.currency, row.term_months, row.frequency): row.minor for row in await _all(tx, prices)}
    limited = {limit.key: limit.value for limits in stored.limits.values() for limit in limits}
    products = tuple(_products(contents, stored, sold))
    apps = tuple(_apps({**contents.rules.plans, **contents.table.plans}.values(), stored))
    rules = _new_rules(contents, stored)
    limits = sum(limited.get(key) != limit.value for key, limit in contents.limits.items())
    taxed = {row.country: TaxRate(row.permille, row.reverse_charge) for row in await _all(tx, tax_rates)}
    taxes = sum(taxed.get(country) != rate for country, rate in contents.taxes.items())
    absent = tuple(sorted(one.name for sku_id, one in stored.products.items() if sku_id not in contents.products))
    stamp = sha256(repr((_ordered(products), apps, rules, limits, taxes)).encode()).hexdigest()
    return CatalogPreview(products, apps, rules, limits, taxes, absent, stamp)


async def _all(tx: AsyncConnection, table: Any) -> Any:
    return await tx.execute(select(table))


def _facts(product: Product) -> tuple[str, str, str]:
    return product.name, product.part_number, product.applies_to


def _products(contents: CatalogContents, stored: Catalog, sold: Mapping[PriceKey, int]) -> Iterable[ProductChange]:
    """The products of the files, and of the price list, that change or keep what the file lacks; by name."""
    named = {**stored.plans, **contents.rules.plans, **contents.table.plans}
    priced: dict[UUID, list[PriceChange]] = defaultdict(list)
    for key, price in sorted(contents.prices.items()):
        if sold.get(key) != price.minor:
            priced[key[0]].append(PriceChange(key, sold.get(key), price.minor))
    everything = {sku_id: stored.products[sku_id] for sku_id in priced if sku_id in stored.products}
    for sku_id, product in sorted(
        {**everything, **contents.products}.items(), key=lambda pair: pair[1].name.casefold()
    ):
        before, given = stored.products.get(sku_id), contents.table.products.get(sku_id)
        had, has = before.plan_ids if before else frozenset(), given.plan_ids if given else None
        change = ProductChange(
            product,
            before,
            _names(named, (has or had) - had),
            _names(named, had - has if has is not None else ()),
            tuple(priced.get(sku_id, ())),
        )
        if not change.nothing or change.apps_kept:
            yield change


def _names(plans: Mapping[UUID, Plan], ids: Iterable[UUID]) -> tuple[str, ...]:
    return tuple(sorted(plans[one].friendly_name for one in ids))


def _apps(plans: Iterable[Plan], stored: Catalog) -> Iterable[tuple[str | None, str]]:
    for plan in sorted(plans, key=lambda plan: (plan.friendly_name.casefold(), plan.id)):
        before = stored.plans.get(plan.id)
        if before != plan:
            yield before.friendly_name if before else None, plan.friendly_name


def _new_rules(contents: CatalogContents, stored: Catalog) -> int:
    """How many enforced rules of the files the catalog lacks."""
    rules = stored.rules
    kept = {RuleKind.EXCLUSIVE: rules.exclusive, RuleKind.REQUIRES: rules.requires_any}
    pairs = [rule for rule in contents.rules.plan_rules.values() if rule.kind in kept]
    new = sum(rule.plan_b not in kept[rule.kind].get(rule.plan_a, ()) for rule in pairs)
    return new + sum(bar.country not in rules.barred.get(bar.sku_id, ()) for bar in contents.rules.bars.values())


def _ordered(products: Iterable[ProductChange]) -> list[Any]:
    """The same, before and after, as plain values in a fixed order: sets have none."""
    return [
        (
            one.product.sku_id,
            _facts(one.before) if one.before else None,
            _facts(one.product),
            one.apps_added,
            one.apps_kept,
            one.prices,
        )
        for one in products
    ]
