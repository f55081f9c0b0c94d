"""What is due, read and decided: subscriptions that are alike have the same fate, and it is decided once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.charges import Price
from tenantry.domain.falling_due import Advanced, Life, Warned, advance, outlook, split_off
from tenantry.kit.ids import new_id
from tenantry.store.lives import SHAPE, SHAPED, Shape, life_of, listed_price
from tenantry.store.prices import Buyer, load_buyers, load_prices, type_prices
from tenantry.store.renewal_payments import Payer

AT_ONCE = 2000  # subscriptions in one transaction


@dataclass(frozen=True)
class Fate:
    """A subscription before and after; all that are alike share it. part: of what a renewal split off."""

    before: Life
    after: Advanced
    due_at: datetime
    warned: tuple[Warned, ...]
    part: "Fate | None" = None

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
    """A subscription of a sweep. planned: something is booked for its renewal. origin: what it was split off from."""

    tenant_id: UUID
    id: UUID
    payer: Payer | None
    po_number: str | None
    planned: bool
    fate: Fate
    origin: UUID | None = None

    @property
    def part(self) -> "One | None":
        """The subscription that is split off from this one, with another id each time."""
        fate = self.fate.part
        return replace(self, id=new_id(), planned=False, fate=fate, origin=self.id) if fate else None


_LOAD = text(f"""
    SELECT mine.tenant_id, mine.id, mine.po_number, method.id AS payer_id, method.provider,
        planned.subscription_id IS NOT NULL AS planned, {SHAPE}
    FROM {SHAPED}
    LEFT JOIN payment_methods main ON main.tenant_id = mine.tenant_id AND main.is_default AND main.removed_at IS NULL
    LEFT JOIN payment_methods own
        ON own.tenant_id = mine.tenant_id AND own.id = mine.method_id AND own.removed_at IS NULL
    LEFT JOIN payment_methods method ON method.tenant_id = mine.tenant_id
        AND method.id = coalesce(own.id, main.id) AND method.provider <> 'invoice'
    WHERE mine.tenant_id = ANY (:tenants) AND mine.due_at <= :now
    ORDER BY mine.due_at, mine.id LIMIT :most FOR NO KEY UPDATE OF mine
""").bindparams(bindparam("tenants", type_=ARRAY(Uuid)))  # noqa: S608 - texts of our own
_TOLD_APART = 6  # columns of a subscription alone; from here on its shape


async def load_due(tx: AsyncConnection, tenants: Collection[UUID], now: datetime) -> list[One]:
    """What is due in these tenants, advanced to `now`: at most `AT_ONCE`, the longest due first, locked."""
    facts = {"tenants": list(tenants), "now": now, "most": AT_ONCE}
    rows = [(row[:_TOLD_APART], Shape(*row[_TOLD_APART:])) for row in await tx.execute(_LOAD, facts)]
    buyers = await load_buyers(tx, tenants)
    catalogs = await _catalogs(tx, {shape.sku_id for _, shape in rows if shape.trial}, buyers)
    found = []
    for (tenant_id, id, po_number, payer_id, provider, planned), shape in rows:
        payer = Payer(payer_id, provider) if payer_id else None
        listed = listed_price(shape, catalogs.get(tenant_id))
        fate = _fate(shape, payer is None, buyers[tenant_id].tax_permille, listed, now)
        found.append(One(tenant_id, id, payer, po_number, planned, fate))
    return found


async def _catalogs(tx: AsyncConnection, skus: set[UUID], buyers: Mapping[UUID, Buyer]) -> dict[UUID, type_prices]:
    """What trials of these products are bought at, by tenant; nothing is asked where there are none."""
    return {tenant_id: await load_prices(tx, skus, buyer) for tenant_id, buyer in buyers.items()} if skus else {}


@lru_cache(maxsize=4096)
def _fate(shape: Shape, trusted: bool, tax_permille: Decimal, listed: Price | None, now: datetime) -> Fate:
    life = life_of(shape, tax_permille, listed, trusted=trusted)
    after = advance(life, now)
    part = split_off(after, now)
    return Fate(life, after, *outlook(after, now), Fate(*part, *outlook(part[1], now)) if part else None)
