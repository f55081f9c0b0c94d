"""Ways to pay, kept: a provider's name for each, never a number of a card."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.payments import Card
from tenantry.kit.ids import new_id
from tenantry.store.queue import defer
from tenantry.store.tables import card_setups, payment_methods, products, subscriptions, tenants


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


async def begin_card_setup(
    tx: AsyncConnection, tenant_id: UUID, actor_id: UUID | None, actor_name: str, now: datetime
) -> UUID:
    """Has a job open a page of Stripe's where a card can be entered. Returns its id here."""
    setup_id = new_id()
    row = {"tenant_id": tenant_id, "id": setup_id, "provider": "stripe", "state": "waiting", "made_at": now}
    await tx.execute(insert(card_setups).values(**row, actor_id=actor_id, actor_name=actor_name))
    await defer(tx, "open_card_page", tenant_id=tenant_id, setup_id=setup_id)
    return setup_id


async def forget_methods(tx: AsyncConnection, tenant_id: UUID, but: Collection[UUID], now: datetime) -> None:
    """Every way to pay but those of `but` is removed here, and a job has the provider forget it."""
    some = payment_methods.c.removed_at.is_(None), payment_methods.c.id != func.all(list(but))
    gone = update(payment_methods).where(*some).values(removed_at=now, is_default=False)
    for row in (await tx.execute(gone.returning(payment_methods.c.id, payment_methods.c.provider))).all():
        if row.provider == "stripe":
            await defer(tx, "forget_card", tenant_id=tenant_id, method_id=row.id)
