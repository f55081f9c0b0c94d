"""The catalog from its files: all of them checked together, then written as sets in one transaction.

The catalog belongs to no tenant and only the owner role may write it: the database that is handed in is the owner's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.catalog import RuleKind
from tenantry.domain.operators import Operator
from tenantry.queries.catalog_files import CatalogContents, CatalogFiles, read_files
from tenantry.store import tables
from tenantry.store.catalog import load_catalog
from tenantry.store.catalog_write import Count, lock_catalog, move_version, put

type_step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class CatalogImported:
    """Rows added, changed and unchanged per part of the catalog, as `_parts` names them."""

    counts: Mapping[str, Count]

    @property
    def nothing(self) -> bool:
        return all(count.nothing for count in self.counts.values())


@operator_command
async def import_catalog(
    tx: Tx, operator: Operator, *, files: CatalogFiles, now: datetime, step: type_step | None = None
) -> CatalogImported:
    """Adds what is new and mends what differs; rows that are not in the files stay as they are.

    step: told (part, parts done, parts in all) as the work goes on.
    Without a company file, products keep what they apply to; new ones apply to users.
    Raises Refused("file_faults", count, faults, more, files) with the faults of all files; nothing is saved then.
    """
    await lock_catalog(tx.db)
    contents = read_files(files, await load_catalog(tx.db))
    imported = CatalogImported(await _write(tx.db, contents, step))
    if not imported.nothing:
        await move_version(tx.db)
        counts = imported.counts.values()
        tx.tell("catalog", added=sum(one.added for one in counts), mended=sum(one.changed for one in counts))
    return imported


async def _write(tx: AsyncConnection, contents: CatalogContents, step: type_step | None) -> dict[str, Count]:
    counts: dict[str, Count] = {}
    parts = list(_parts(contents))
    for done, (name, table, columns, rows) in enumerate(parts):
        if step:
            step(name, done, len(parts))
        counts[name] = counts.get(name, Count()) + await put(tx, table, columns, rows)
    if step:
        step("", len(parts), len(parts))
    return counts


def _parts(contents: CatalogContents) -> Iterator[tuple[str, Any, tuple[str, ...], list[tuple[Any, ...]]]]:
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
    yield "limits", tables.plan_limits, ("plan_id", "name", "from_day", "value"), limits
    taxes = [(country, rate.permille, rate.reverse_charge) for country, rate in contents.taxes.items()]
    yield "taxes", tables.tax_rates, ("country", "permille", "reverse_charge"), taxes
    offers = [(*key, position) for key, position in contents.doors.items()]
    yield "doors", tables.doors, ("door", "sku_id", "position"), offers
    yield "mail_domains", tables.mail_domains, ("name", "kind"), list(contents.mail_domains.items())
    yield (
        "takeover_bars",
        tables.takeover_bars,
        ("plan_id",),
        [(plan_id,) for plan_id in sorted(contents.takeover_bars)],
    )
