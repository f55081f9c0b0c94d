"""What a renewal will be like with what is booked for it: product, seats, terms, and what its first period costs."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.bookings import Booking
from tenantry.domain.charges import Amount, Price, Running, for_period, running
from tenantry.domain.periods import period_at
from tenantry.domain.seat_changes import SEATS_LIMIT
from tenantry.domain.subscription_moves import Move, decide_move
from tenantry.kit.errors import Kind, Refused
from tenantry.store.held_subscriptions import Held
from tenantry.store.prices import Buyer, load_buyer, load_prices
from tenantry.store.tables import products

_REPRICES = {"sku_id", "term_months", "frequency"}


@dataclass(frozen=True)
class Part:
    """Seats of another product that begin beside the next term."""

    sku_id: UUID
    product: str
    seats: int
    price: Price


@dataclass(frozen=True)
class Plan:
    """The next term as booked. booking: all of it; replaced: the parts that stood in a booking before, as other ones.

    repriced: the price is the catalog's of today, kept for the renewal; else what is paid now goes on.
    amount: of the first period of all, with the part.
    """

    booking: Booking
    replaced: frozenset[str]
    sku_id: UUID
    product: str
    seats: int
    term_months: int
    price: Price
    repriced: bool
    amount: Amount
    part: Part | None = None

    @property
    def terms(self) -> tuple[int, str]:
        """The months of the term, and how often it is billed."""
        return self.term_months, self.price.frequency

    @property
    def running(self) -> Running:
        """Of all, with the part."""
        mine = running(self.price, self.seats)
        if self.part is None:
            return mine
        beside = running(self.part.price, self.part.seats)
        return Running(mine.monthly + beside.monthly, mine.yearly + beside.yearly)


async def plan_renewal(tx: AsyncConnection, held: Held, booking: Booking, now: datetime) -> Plan:
    """The renewal if `booking` were added to what is booked.

    Raises Refused: what `decide_move` does, "renewal_off" (date), "booking_same", "seats_out_of_range" (most),
    "product_unknown", "price_missing".
    """
    decide_move(Move.TERMS, held.standing, now)
    if not held.facts.recurring:
        raise Refused("renewal_off", Kind.CONFLICT, date=held.facts.ends_at)
    if any(seats is not None and not 1 <= seats <= SEATS_LIMIT for seats in (booking.seats, booking.part_seats)):
        raise Refused("seats_out_of_range", Kind.INVALID, field="seats", most=SEATS_LIMIT)
    before = held.booked.booking if held.booked else Booking()
    wish = booking.over(before).without(held.as_booking)
    if not wish.parts or wish == before:
        raise Refused("booking_same", Kind.INVALID, field="seats" if booking.parts == {"seats"} else None)
    return await _plan(tx, held, wish, booking.replaced(before))


async def booked_renewal(tx: AsyncConnection, held: Held) -> Plan | None:
    """The renewal as it is booked; None where nothing is, or nothing renews. The price is the one that was kept."""
    if held.booked is None or not held.facts.recurring:
        return None
    booked = held.booked
    buyer = await load_buyer(tx)
    unit = booked.price or held.price.unit
    price = Price(unit, booked.booking.frequency or held.price.frequency, buyer.tax_permille)
    part = None
    if booked.booking.part_sku_id and booked.part_price:
        theirs = replace(price, unit=booked.part_price)
        part = Part(booked.booking.part_sku_id, booked.part or "", booked.booking.part_seats or 0, theirs)
    return _told(held, booked.booking, frozenset(), booked.product or held.product, price, part)


async def _plan(tx: AsyncConnection, held: Held, wish: Booking, replaced: frozenset[str]) -> Plan:
    buyer = await load_buyer(tx)
    terms = wish.term_months or held.facts.term_months, wish.frequency or held.price.frequency
    price, product = Price(held.price.unit, held.price.frequency, buyer.tax_permille), held.product
    if wish.sku_id is not None:
        product = await _name(tx, wish.sku_id)
    if wish.parts & _REPRICES:
        price = await _priced(tx, wish.sku_id or held.sku_id, product, terms, buyer)
    part = None
    if wish.part_sku_id is not None and wish.part_seats is not None:
        if wish.part_sku_id == held.sku_id:
            raise Refused("booking_same", Kind.INVALID)
        name = await _name(tx, wish.part_sku_id)
        theirs = await _priced(tx, wish.part_sku_id, name, terms, buyer)
        part = Part(wish.part_sku_id, name, wish.part_seats, theirs)
    return _told(held, wish, replaced, product, price, part)


async def _name(tx: AsyncConnection, sku_id: UUID) -> str:
    named = select(products.c.name).where(products.c.sku_id == sku_id)
    name = (await tx.execute(named)).scalar_one_or_none()
    if name is None:
        raise Refused("product_unknown", Kind.INVALID, field="sku_id", value=str(sku_id))
    return str(name)


async def _priced(tx: AsyncConnection, sku_id: UUID, product: str, terms: tuple[int, str], buyer: Buyer) -> Price:
    """What a seat costs today on these terms."""
    found = (await load_prices(tx, [sku_id], buyer)).get((sku_id, *terms))
    if found is None:
        raise Refused("price_missing", Kind.INVALID, field="terms", product=product, currency=buyer.currency)
    return found


def _told(
    held: Held, booking: Booking, replaced: frozenset[str], product: str, price: Price, part: Part | None
) -> Plan:
    seats = booking.seats or held.seats
    first = period_at(held.facts.ends_at, price.months, held.facts.ends_at)
    amount = for_period(price, seats, first)
    return Plan(
        booking=booking,
        replaced=replaced,
        sku_id=booking.sku_id or held.sku_id,
        product=product,
        seats=seats,
        term_months=booking.term_months or held.facts.term_months,
        price=price,
        repriced=bool(booking.parts & _REPRICES),
        amount=amount + for_period(part.price, part.seats, first) if part else amount,
        part=part,
    )
