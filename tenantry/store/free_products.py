"""Products that people take themselves: what the door of sign-up gives, from a pool that does not run dry."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Product
from tenantry.domain.doors import Door
from tenantry.domain.sign_ups import FREE_SEATS, FREE_YEARS
from tenantry.kit.ids import new_id
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import doors, seat_batches, seat_pools, subscriptions

FREE = "free"


async def offered_at(tx: AsyncConnection, door: Door) -> tuple[Product, ...]:
    """The products of a door, in its order."""
    found = select(doors.c.sku_id).where(doors.c.door == door.value).order_by(doors.c.position, doors.c.sku_id)
    skus = (await tx.execute(found)).scalars().all()
    catalog = await load_catalog(tx) if skus else None
    return tuple(catalog.products[sku_id] for sku_id in skus) if catalog else ()


async def open_pools(
    tx: AsyncConnection, tenant_id: UUID, skus: Collection[UUID], currency: str, now: datetime
) -> None:
    """Free seats of each product, where the tenant has none yet. Of two who come at once, the second waits here."""
    wanted = sorted(skus)
    rows = [{"tenant_id": tenant_id, "sku_id": sku_id} for sku_id in wanted]
    await tx.execute(insert_new(seat_pools).values(rows).on_conflict_do_nothing())
    locked = select(seat_pools.c.sku_id).where(seat_pools.c.sku_id.in_(wanted)).order_by(seat_pools.c.sku_id)
    await tx.execute(locked.with_for_update(key_share=True))
    s = subscriptions.c
    living = (s.channel == FREE, s.canceled_at.is_(None), s.delete_at.is_(None), s.ends_at > now)
    there = set((await tx.execute(select(s.sku_id).where(s.sku_id.in_(wanted), *living))).scalars())
    for sku_id in wanted:
        if sku_id not in there:
            await _open(tx, tenant_id, sku_id, currency, now)


async def _open(tx: AsyncConnection, tenant_id: UUID, sku_id: UUID, currency: str, now: datetime) -> None:
    """A subscription that costs nothing, is billed never and ends when nobody lives who began it."""
    subscription_id, ends_at = new_id(), now + timedelta(days=365 * FREE_YEARS)
    row = {"tenant_id": tenant_id, "id": subscription_id, "sku_id": sku_id, "seats": FREE_SEATS, "channel": FREE}
    terms = {"term_months": 12, "frequency": "yearly", "currency": currency, "unit_price": 0, "recurring": True}
    times = {"starts_at": now, "ends_at": ends_at, "created_at": now, "anchor_at": now, "term_at": now}
    await tx.execute(insert(subscriptions).values(**row, **terms, **times, billed_until=ends_at))
    batch = {"tenant_id": tenant_id, "subscription_id": subscription_id, "seats": FREE_SEATS, "bought_at": now}
    await tx.execute(insert(seat_batches).values(batch))
