"""What is booked for the renewal of a subscription: seats, product, terms. It costs nothing until then."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as insert_new

from tenantry.commands.change_subscriptions import LOOK_AGAIN
from tenantry.commands.frame import Tx, command
from tenantry.domain.bookings import Booking
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.store.held_subscriptions import Held, lock_held
from tenantry.store.renewals import plan_renewal
from tenantry.store.tables import scheduled_changes, subscriptions


@dataclass(frozen=True)
class Booked:
    """From when on the booking holds; None if it was dropped."""

    at: datetime | None
    operation_id: UUID


@command(Permission.SUBSCRIPTION_CHANGE)
async def book_change(
    tx: Tx, viewer: Viewer, *, subscription_id: UUID, booking: Booking, mark: str, now: datetime
) -> Booked:
    """Books what is to be different from the next term on, on top of what is booked already.

    mark: of the preview (`Held.mark`). Raises Refused as `lock_held` and `plan_renewal` do.
    """
    held = await lock_held(tx.db, subscription_id, mark, now)
    plan = await plan_renewal(tx.db, held, booking, now)
    row = {"tenant_id": viewer.tenant_id, "subscription_id": held.id, **asdict(plan.booking)}
    row["unit_price"] = plan.price.unit.minor if plan.repriced else None
    row["part_price"] = plan.part.price.unit.minor if plan.part else None
    row |= {"made_at": now, "made_by": viewer.name, "operation_id": tx.operation_id}
    put = insert_new(scheduled_changes).values(row)
    keys = ("tenant_id", "subscription_id")
    await tx.db.execute(
        put.on_conflict_do_update(index_elements=keys, set_={name: row[name] for name in row if name not in keys})
    )
    await _look_again(tx, held)
    told = _told(plan.booking, plan.product, plan.part.product if plan.part else "")
    tx.tell(held.product, **told, date=held.facts.ends_at)
    return Booked(held.facts.ends_at, tx.operation_id)


def _told(booking: Booking, product: str, part: str) -> dict[str, Any]:
    """The booking as facts of the audit log."""
    facts = {"seats": booking.seats, "term_months": booking.term_months, "frequency": booking.frequency}
    facts |= {"product": product} if booking.sku_id else {}
    return facts | ({"part": part, "part_seats": booking.part_seats} if booking.part_sku_id else {})


@command(Permission.SUBSCRIPTION_CHANGE)
async def drop_booking(tx: Tx, viewer: Viewer, *, subscription_id: UUID, mark: str, now: datetime) -> Booked:
    """Drops everything that is booked for the renewal; nothing if nothing is. Raises Refused as `lock_held` does."""
    held = await lock_held(tx.db, subscription_id, mark, now)
    if held.booked is not None:
        mine = scheduled_changes.c.subscription_id == held.id
        await tx.db.execute(delete(scheduled_changes).where(mine))
        await _look_again(tx, held)
        booked = held.booked
        tx.tell(held.product, **_told(booked.booking, booked.product or held.product, booked.part or ""))
    return Booked(None, tx.operation_id)


async def _look_again(tx: Tx, held: Held) -> None:
    await tx.db.execute(subscriptions.update().where(subscriptions.c.id == held.id).values(LOOK_AGAIN))
