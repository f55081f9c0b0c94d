"""Licenses pinned: the last to lose service while a pool is short."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.pools import after_change
from tenantry.store.seat_conflicts import set_pins
from tenantry.store.tables import products


@dataclass(frozen=True)
class Pinned:
    """How many licenses were pinned, or let go."""

    changed: int


@command(Permission.LICENSE_ASSIGN)
async def pin_licenses(
    tx: Tx, viewer: Viewer, *, sku_id: UUID, people: Collection[UUID], pinned: bool, now: datetime
) -> Pinned:
    """Pins the licenses that `people` hold of a product, or lets them go; service moves with it, if any was cut.

    Raises Refused("nobody_selected").
    """
    if not people:
        raise Refused("nobody_selected", Kind.INVALID)
    changed = await set_pins(tx.db, sku_id, people, pinned=pinned)
    if changed:
        await after_change(tx.db, [sku_id], now)
        name = (await tx.db.execute(select(products.c.name).where(products.c.sku_id == sku_id))).scalar_one()
        tx.tell(name, people=people, count=changed, pinned=pinned)
    return Pinned(changed)
