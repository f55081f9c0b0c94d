"""Subscriptions, seen: a row for each purchase, even of the same product."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.money import Money
from tenantry.queries.frame import query
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import products, subscriptions


@dataclass(frozen=True)
class SubscriptionRow:
    """One purchase of one product, with its status at the asked moment."""

    id: UUID
    sku_id: UUID
    product: str
    seats: int
    status: str
    recurring: bool
    trial: bool
    term_months: int
    frequency: str
    price: Money
    starts_at: datetime
    ends_at: datetime


@query(Permission.SUBSCRIPTION_READ)
async def list_subscriptions(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> tuple[SubscriptionRow, ...]:
    """Every subscription of the tenant, by product and then by start."""
    wanted = (
        select(subscriptions, products.c.name, STATUS.label("status"))
        .join(products, products.c.sku_id == subscriptions.c.sku_id)
        .order_by(products.c.name, subscriptions.c.starts_at, subscriptions.c.id)
    )
    return tuple(
        SubscriptionRow(
            row.id,
            row.sku_id,
            row.name,
            row.seats,
            row.status,
            row.recurring,
            row.trial,
            row.term_months,
            row.frequency,
            Money(row.unit_price, row.currency),
            row.starts_at,
            row.ends_at,
        )
        for row in await tx.execute(wanted, {"now": now})
    )
