"""Carts: kept between pages, one per person and tenant."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.carts import CartLine
from tenantry.domain.viewers import Viewer
from tenantry.store.tables import cart_lines


def actor_of(viewer: Viewer) -> UUID:
    """Whose cart it is; who is none of the tenant's people has the tenant's."""
    return viewer.user_id or viewer.tenant_id


async def load_cart(tx: AsyncConnection, viewer: Viewer) -> tuple[CartLine, ...]:
    """The lines of the viewer's cart, as they were put in."""
    mine = select(cart_lines).where(cart_lines.c.actor_id == actor_of(viewer))
    rows = await tx.execute(mine.order_by(cart_lines.c.at, cart_lines.c.sku_id))
    return tuple(CartLine(row.sku_id, row.seats, row.term_months, row.frequency) for row in rows)


async def put_lines(tx: AsyncConnection, viewer: Viewer, lines: Iterable[CartLine], now: datetime) -> None:
    """Puts lines in; one of a product that is there already takes its place."""
    whose = {"tenant_id": viewer.tenant_id, "actor_id": actor_of(viewer), "at": now}
    terms = ("seats", "term_months", "frequency")
    rows = [
        {**whose, "sku_id": line.sku_id, "seats": line.seats, "term_months": line.term_months}
        | {"frequency": line.frequency}
        for line in lines
    ]
    if rows:
        put = insert(cart_lines).values(rows)
        key = ("tenant_id", "actor_id", "sku_id")
        await tx.execute(
            put.on_conflict_do_update(index_elements=key, set_={name: put.excluded[name] for name in terms})
        )


async def drop_lines(tx: AsyncConnection, viewer: Viewer, skus: Collection[UUID]) -> None:
    """Takes products out."""
    mine = cart_lines.c.actor_id == actor_of(viewer), cart_lines.c.sku_id == func.any(list(skus))
    await tx.execute(delete(cart_lines).where(*mine))
