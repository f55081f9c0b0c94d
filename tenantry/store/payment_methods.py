"""Ways to pay, kept: a provider's name for each, never a number of a card."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.payments import Card
from tenantry.kit.ids import new_id
from tenantry.store.tables import payment_methods, products, subscriptions, tenants


async def lock_methods(tx: AsyncConnection) -> None:
    """Nobody else changes the tenant's ways to pay until the transaction ends."""
    await tx.execute(select(tenants.c.tenant_id).with_for_update(key_share=True))


async def find_method(tx: AsyncConnection, method_id: UUID) -> Row[Any] | None:
    """One that was not removed."""
    method = payment_methods.c
    kept = select(payment_methods).where(method.id == method_id, method.removed_at.is_(None))
    return (await tx.execute(kept)).one_or_none()


async def products_paid_by(tx: AsyncConnection, method_id: UUID) -> tuple[str, ...]:
    """The products of subscriptions that renew and name this way to pay."""
    one = subscriptions.c
    theirs = one.method_id == method_id, one.recurring, one.canceled_at.is_(None)
    named = select(products.c.name).join(subscriptions, one.sku_id == products.c.sku_id).where(*theirs).distinct()
    return tuple((await tx.execute(named.order_by(products.c.name))).scalars())


async def add_method(tx: AsyncConnection, tenant_id: UUID, provider: str, card: Card, now: datetime) -> UUID:
    """Keeps a way to pay, the default one if there is no other. Returns its id."""
    await lock_methods(tx)
    alone = ~exists().where(payment_methods.c.removed_at.is_(None))
    facts = {"provider": provider, **asdict(card), "is_default": select(alone).scalar_subquery(), "made_at": now}
    method_id = new_id()
    await tx.execute(insert(payment_methods).values(tenant_id=tenant_id, id=method_id, **facts))
    return method_id
