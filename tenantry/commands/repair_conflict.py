"""A seat conflict repaired in one go: licenses that nobody misses released, seats bought for the rest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.buy import place
from tenantry.commands.frame import Tx, command
from tenantry.domain.licenses import Wish
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.seat_conflicts import buying, purchases_of
from tenantry.store import licenses as store
from tenantry.store.tables import payment_methods, products


@dataclass(frozen=True)
class Repaired:
    """What was done: licenses released, seats bought, and where the order of them stands."""

    operation_id: UUID
    released: int
    bought: int
    order_id: UUID | None = None
    state: str = ""


@command(Permission.LICENSE_ASSIGN)
async def repair_conflict(
    tx: Tx, viewer: Viewer, *, sku_id: UUID, release: Collection[UUID], buy: int, fingerprint: str, now: datetime
) -> Repaired:
    """Takes the licenses of `release` and orders `buy` seats for what the quote of that fingerprint said, or nothing.

    Raises Refused: "nothing_chosen", "permission_missing" (buying needs a right of its own), "subscription_missing",
    what `store.licenses.give` does for a release and what `commands.buy.place_order` does for an order.
    """
    if not release and buy <= 0:
        raise Refused("nothing_chosen", Kind.INVALID)
    lost, placed = 0, None
    if release:
        wish = Wish(assign={}, remove=frozenset([sku_id]))
        stamp = store.Stamp(tx.operation_id, now)
        given = await store.give(tx.db, Selection(ids=tuple(release)), wish, stamp, all_or_none=True)
        lost = given.written.losses.get(sku_id, 0)
    if buy > 0:
        viewer.require(Permission.SUBSCRIPTION_CHANGE)
        wish_to_buy = buying(await purchases_of(tx.db, sku_id, now), buy)
        if wish_to_buy is None:
            raise Refused("subscription_missing", Kind.MISSING)
        placed = await place(tx, viewer, [wish_to_buy], fingerprint, await _usual_method(tx), "", now)
    name = (await tx.db.execute(select(products.c.name).where(products.c.sku_id == sku_id))).scalar_one()
    order_id, state = (placed.order_id, placed.state) if placed else (None, "")
    tx.tell(name, released=lost, bought=max(buy, 0), order_id=order_id)
    return Repaired(tx.operation_id, lost, max(buy, 0), order_id, state)


async def _usual_method(tx: Tx) -> UUID | None:
    """What the tenant pays with unless it says otherwise; None is an invoice."""
    c = payment_methods.c
    return (await tx.db.execute(select(c.id).where(c.is_default, c.removed_at.is_(None)))).scalar_one_or_none()
