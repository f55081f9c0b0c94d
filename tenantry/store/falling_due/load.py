"""What is due, read and decided: subscriptions that are alike have the same fate, and it is decided once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.charges import Price
from tenantry.domain.falling_due import Advanced, Life, Terms, Warned, advance, outlook
from tenantry.domain.seat_changes import WINDOW
from tenantry.domain.subscriptions import Facts
from tenantry.kit.money import Money
from tenantry.store.prices import Buyer, load_buyers, load_prices, type_prices
from tenantry.store.renewal_payments import Payer

AT_ONCE = 2000  # subscriptions in one transaction


@dataclass(frozen=True)
class Fate:
    """A subscription before and after; all that are alike share it."""

    before: Life
    after: Advanced
    due_at: datetime
    warned: tuple[Warned, ...]

    @cached_property
    def begun(self) -> bool:
        return self.after.life.facts.ends_at != self.before.facts.ends_at

    @cached_property
    def switched(self) -> tuple[UUID, UUID] | None:
        """The product before and after, where a renewal changed it."""
        old, new = self.before.terms.sku_id, self.after.life.terms.sku_id
        return (old, new) if old != new else None

    @cached_property
    def reduced(self) -> bool:
        """Whether a renewal took seats of the pool that it was in."""
        fewer = self.after.life.terms.seats < self.before.terms.seats
        return self.begun and (fewer or self.switched is not None)


@dataclass(frozen=True)
class One:
    """A subscription of a sweep. planned: something is booked for its renewal."""

    tenant_id: UUID
    id: UUID
    payer: Payer | None
    po_number: str | None
    planned: bool
    fate: Fate


class _Shape(NamedTuple):
    """All that the fate of a subscription follows from, in the order of `_LOAD`; `new_...`: as booked."""

    trusted: bool
    sku_id: UUID
    name: str
    seats: int
    term_months: int
    frequency: str
    currency: str
    unit_price: int
    channel: str
    recurring: bool
    trial: bool
    converts: bool
    starts_at: datetime
    ends_at: datetime
    unpaid_at: datetime | None
    canceled_at: datetime | None
    delete_at: datetime | None
    anchor_at: datetime
    term_at: datetime
    billed_until: datetime
    bought_at: datetime | None
    new_sku_id: UUID | None
    new_name: str | None
    new_seats: int | None
    new_months: int | None
    new_frequency: str | None
    new_price: int | None


_LOAD = text("""
    SELECT mine.tenant_id, mine.id, mine.po_number, method.id AS payer_id, method.provider,
        planned.subscription_id IS NOT NULL AS planned,
        method.id IS NULL, mine.sku_id, products.name, mine.seats, mine.term_months, mine.frequency, mine.currency,
        mine.unit_price, mine.channel, mine.recurring, mine.trial, mine.converts, mine.starts_at, mine.ends_at,
        mine.unpaid_at, mine.canceled_at, mine.delete_at, mine.anchor_at, mine.term_at, mine.billed_until,
        (SELECT max(bought_at) FROM seat_batches batch
         WHERE batch.tenant_id = mine.tenant_id AND batch.subscription_id = mine.id),
        planned.sku_id, new.name, planned.seats, planned.term_months, planned.frequency, planned.unit_price
    FROM subscriptions mine
    JOIN products ON products.sku_id = mine.sku_id
    LEFT JOIN scheduled_changes planned ON planned.tenant_id = mine.tenant_id AND planned.subscription_id = mine.id
    LEFT JOIN products new ON new.sku_id = planned.sku_id
    LEFT JOIN payment_methods main ON main.tenant_id = mine.tenant_id AND main.is_default AND main.removed_at IS NULL
    LEFT JOIN payment_methods own
        ON own.tenant_id = mine.tenant_id AND own.id = mine.method_id AND own.removed_at IS NULL
    LEFT JOIN payment_methods method ON method.tenant_id = mine.tenant_id
        AND method.id = coalesce(own.id, main.id) AND method.provider <> 'invoice'
    WHERE mine.tenant_id = ANY (:tenants) AND mine.due_at <= :now
    ORDER BY mine.due_at, mine.id LIMIT :most FOR NO KEY UPDATE OF mine
""").bindparams(bindparam("tenants", type_=ARRAY(Uuid)))
_TOLD_APART = 6  # columns of a subscription alone; from here on its shape


async def load_due(tx: AsyncConnection, tenants: Collection[UUID], now: datetime) -> list[One]:
    """What is due in these tenants, advanced to `now`: at most `AT_ONCE`, the longest due first, locked."""
    facts = {"tenants": list(tenants), "now": now, "most": AT_ONCE}
    rows = [(row[:_TOLD_APART], _Shape(*row[_TOLD_APART:])) for row in await tx.execute(_LOAD, facts)]
    buyers = await load_buyers(tx, tenants)
    catalogs = await _catalogs(tx, {shape.sku_id for _, shape in rows if shape.trial}, buyers)
    found = []
    for (tenant_id, id, po_number, payer_id, provider, planned), shape in rows:
        payer = Payer(payer_id, provider) if payer_id else None
        fate = _fate(shape, buyers[tenant_id].tax_permille, _listed(shape, catalogs.get(tenant_id)), now)
        found.append(One(tenant_id, id, payer, po_number, planned, fate))
    return found


async def _catalogs(tx: AsyncConnection, skus: set[UUID], buyers: Mapping[UUID, Buyer]) -> dict[UUID, type_prices]:
    """What trials of these products are bought at, by tenant; nothing is asked where there are none."""
    return {tenant_id: await load_prices(tx, skus, buyer) for tenant_id, buyer in buyers.items()} if skus else {}


def _listed(shape: _Shape, catalog: type_prices | None) -> Price | None:
    """The catalog's price of what follows a trial that has none of its own."""
    if not shape.trial or catalog is None:
        return None
    return catalog.get((shape.sku_id, shape.new_months or shape.term_months, shape.new_frequency or shape.frequency))


@lru_cache(maxsize=4096)
def _fate(shape: _Shape, tax_permille: Decimal, listed: Price | None, now: datetime) -> Fate:
    life = _life(shape, tax_permille, listed)
    after = advance(life, now)
    return Fate(life, after, *outlook(after, now))


def _life(row: _Shape, tax_permille: Decimal, listed: Price | None) -> Life:
    """A subscription as time sees it. A trial without a price is bought at the catalog's, or lapses without."""
    price = Price(Money(row.unit_price, row.currency), row.frequency, tax_permille)
    months, frequency = row.new_months or row.term_months, row.new_frequency or row.frequency
    unit = price.unit if row.new_price is None else Money(row.new_price, row.currency)
    later, converts = Price(unit, frequency, tax_permille), row.converts
    if row.trial and not unit.minor:
        later, converts = listed or later, converts and listed is not None
    moments = row.unpaid_at, row.canceled_at, row.delete_at
    known = row.starts_at, row.ends_at, row.recurring, row.trial, row.channel, row.term_months
    product = (row.new_sku_id, row.new_name or "") if row.new_sku_id else (row.sku_id, row.name)
    return Life(
        facts=Facts(*known, converts, *moments),
        terms=Terms(row.sku_id, row.name, row.seats, row.term_months, price),
        following=Terms(*product, row.new_seats or row.seats, months, later),
        anchor_at=row.anchor_at,
        term_at=row.term_at,
        billed_until=row.billed_until,
        window_at=(row.bought_at or row.term_at) + WINDOW,
        trusted=row.trusted,
    )
