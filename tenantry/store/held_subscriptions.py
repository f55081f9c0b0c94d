"""One subscription with everything that a move is decided from, looked at or locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.bookings import Booking
from tenantry.domain.charges import Price
from tenantry.domain.seat_changes import WINDOW, Batch
from tenantry.domain.subscription_moves import Standing
from tenantry.domain.subscriptions import Facts
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.store.orders import facts_of
from tenantry.store.subscriptions import lock_pools
from tenantry.store.tables import products, scheduled_changes, seat_batches, subscriptions


@dataclass(frozen=True)
class Booked:
    """What is booked for the renewal. price: by the seat, where the booking is of another product or other terms.

    part, part_price: the product that a part changes to, and by the seat.
    """

    booking: Booking
    product: str | None
    price: Money | None
    made_at: datetime
    made_by: str
    part: str | None = None
    part_price: Money | None = None


@dataclass(frozen=True)
class Held:
    """A subscription of the tenant. batches: of the running term, oldest first."""

    id: UUID
    sku_id: UUID
    product: str
    part_number: str
    applies_to: str
    seats: int
    price: Price
    standing: Standing
    batches: Sequence[Batch]
    anchor_at: datetime
    term_at: datetime
    billed_until: datetime
    booked: Booked | None
    po_number: str
    method_id: UUID | None  # what pays it; None is an invoice

    @property
    def facts(self) -> Facts:
        return self.standing.facts

    @property
    def as_booking(self) -> Booking:
        """How it is, told as a booking is."""
        return Booking(self.seats, self.sku_id, self.facts.term_months, self.price.frequency)

    @property
    def mark(self) -> str:
        """Another one as soon as anything has changed that a preview was made of."""
        told = (self.sku_id, self.seats, self.price, self.standing, self.batches, self.booked)
        return sha256(repr(told).encode()).hexdigest()[:32]


def _wanted(subscription_id: UUID) -> Select[Any]:
    booked, other, part = scheduled_changes, products.alias("other"), products.alias("part")
    columns = [column.label(f"booked_{column.name}") for column in booked.c if column.name != "tenant_id"]
    same = (booked.c.tenant_id == subscriptions.c.tenant_id) & (booked.c.subscription_id == subscriptions.c.id)
    return (
        select(
            subscriptions,
            products.c.name,
            products.c.part_number,
            products.c.applies_to,
            other.c.name.label("booked_product"),
            part.c.name.label("booked_part"),
            *columns,
        )
        .join(products, products.c.sku_id == subscriptions.c.sku_id)
        .outerjoin(booked, same)
        .outerjoin(other, other.c.sku_id == booked.c.sku_id)
        .outerjoin(part, part.c.sku_id == booked.c.part_sku_id)
        .where(subscriptions.c.id == subscription_id)
    )


async def read_held(tx: AsyncConnection, subscription_id: UUID) -> Held:
    """The subscription as it is. Raises Refused("subscription_missing"). Two statements."""
    row = (await tx.execute(_wanted(subscription_id))).one_or_none()
    if row is None:
        raise Refused("subscription_missing", Kind.MISSING)
    bought = select(seat_batches).where(seat_batches.c.subscription_id == subscription_id)
    batches = await tx.execute(bought.order_by(seat_batches.c.bought_at, seat_batches.c.id))
    return _held(row, tuple(Batch(batch.seats, batch.bought_at) for batch in batches))


async def lock_held(tx: AsyncConnection, subscription_id: UUID, mark: str, now: datetime) -> Held:
    """The subscription with its pool locked, as it was when the preview was made that `mark` is of.

    Raises Refused: "subscription_missing", "subscription_changed". Five statements.
    """
    pool = select(subscriptions.c.sku_id).where(subscriptions.c.id == subscription_id)
    sku_id = (await tx.execute(pool)).scalar_one_or_none()
    if sku_id is None:
        raise Refused("subscription_missing", Kind.MISSING)
    await lock_pools(tx, [sku_id], now)
    held = await read_held(tx, subscription_id)
    if held.mark != mark:
        raise Refused("subscription_changed", Kind.CONFLICT)
    return held


def _held(row: Any, batches: tuple[Batch, ...]) -> Held:
    return Held(
        id=row.id,
        sku_id=row.sku_id,
        product=row.name,
        part_number=row.part_number,
        applies_to=row.applies_to,
        seats=row.seats,
        price=Price(Money(row.unit_price, row.currency), row.frequency),
        standing=_standing(row, batches),
        batches=batches,
        anchor_at=row.anchor_at,
        term_at=row.term_at,
        billed_until=row.billed_until,
        booked=_booked(row),
        po_number=row.po_number or "",
        method_id=row.method_id,
    )


def _standing(row: Any, batches: tuple[Batch, ...]) -> Standing:
    first = min((batch.bought_at for batch in batches), default=row.term_at)
    return Standing(facts_of(row), first + WINDOW, row.extended_at)


def _booked(row: Any) -> Booked | None:
    if row.booked_made_at is None:
        return None
    wish = row.booked_seats, row.booked_sku_id, row.booked_term_months, row.booked_frequency
    booking = Booking(*wish, row.booked_part_sku_id, row.booked_part_seats)
    price, part_price = (
        None if unit is None else Money(unit, row.currency) for unit in (row.booked_unit_price, row.booked_part_price)
    )
    made = row.booked_made_at, row.booked_made_by
    return Booked(booking, row.booked_product, price, *made, row.booked_part, part_price)
