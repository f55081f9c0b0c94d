"""What somebody means to buy, kept between pages. Nothing of the tenant is changed, so nothing is told."""

from collections.abc import Sequence
from datetime import datetime

from tenantry.domain.carts import CartLine
from tenantry.domain.roles import Permission
from tenantry.domain.seat_changes import SEATS_LIMIT
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.carts import drop_lines, put_lines
from tenantry.store.database import Database
from tenantry.store.prices import load_buyer, load_prices


async def fill_cart(db: Database, viewer: Viewer, *, lines: Sequence[CartLine], now: datetime) -> None:
    """Puts products into the cart, or changes them there; one with no seats is taken out.

    Raises Refused: "permission_missing"; "seats_out_of_range" (most) with `field` "seats-" and the product's id;
    "price_missing_here" with "terms-" and the id.
    """
    viewer.require(Permission.SUBSCRIPTION_CHANGE)
    async with db.transaction(viewer.tenant_id) as tx:
        kept = [line for line in lines if line.seats]
        offers = await load_prices(tx, [line.sku_id for line in kept], await load_buyer(tx))
        for line in kept:
            if line.seats not in range(1, SEATS_LIMIT + 1):
                raise Refused("seats_out_of_range", Kind.INVALID, field=f"seats-{line.sku_id}", most=SEATS_LIMIT)
            if (line.sku_id, line.term_months, line.frequency) not in offers:
                raise Refused("price_missing_here", Kind.INVALID, field=f"terms-{line.sku_id}")
        await put_lines(tx, viewer, kept, now)
        await drop_lines(tx, viewer, [line.sku_id for line in lines if not line.seats])
