"""What a renewal will be like with what is booked for it: product, seats, terms, and what its first period costs."""

from dataclasses import dataclass
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
from tenantry.store.prices import load_buyer, load_prices
from tenantry.store.tables import products

_REPRICES = {"sku_id", "term_months", "frequency"}


@dataclass(frozen=True)
class Plan:
    """The next term as booked. booking: all of it; replaced: the parts that stood in a booking before, as other ones.

    repriced: the price is the catalog's of today, kept for the renewal; else what is paid now goes on.
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

    @property
    def terms(self) -> tuple[int, str]:
        """The months of the term, and how often it is billed."""
        return self.term_months, self.price.frequency

    @property
    def running(self) -> Running:
        return running(self.price, self.seats)


async def plan_renewal(tx: AsyncConnection, held: Held, booking: Booking, now: datetime) -> Plan:
    """The renewal if `booking` were added to what is booked.

    Raises Refused: what `decide_move` does, "renewal_off" (date), "booking_same", "seats_out_of_range" (most),
    "product_unknown", "price_missing".
    """
    decide_move(Move.TERMS, held.standing, now)
    if not held.facts.recurring:
        raise Refused("renewal_off", Kind.CONFLICT, date=held.facts.ends_at)
    if booking.seats is not None and not 1 <= booking.seats <= SEATS_LIMIT:
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
    return _told(held, booked.booking, frozenset(), booked.product or held.product, price)


async def _plan(tx: AsyncConnection, held: Held, wish: Booking, replaced: frozenset[str]) -> Plan:
    buyer, sku_id = await load_buyer(tx), wish.sku_id or held.sku_id
    price, product = Price(held.price.unit, held.price.frequency, buyer.tax_permille), held.product
    if wish.sku_id is not None:
        name = select(products.c.name).where(products.c.sku_id == sku_id)
        product = (await tx.execute(name)).scalar_one_or_none() or ""
        if not product:
            raise Refused("product_unknown", Kind.INVALID, field="sku_id", value=str(sku_id))
    if wish.parts & _REPRICES:
        terms = (wish.term_months or held.facts.term_months, wish.frequency or held.price.frequency)
        found = (await load_prices(tx, [sku_id], buyer)).get((sku_id, *terms))
        if found is None:
            raise Refused("price_missing", Kind.INVALID, field="terms", product=product, currency=buyer.currency)
        price = found
    return _told(held, wish, replaced, product, price)


def _told(held: Held, booking: Booking, replaced: frozenset[str], product: str, price: Price) -> Plan:
    seats = booking.seats or held.seats
    first = period_at(held.facts.ends_at, price.months, held.facts.ends_at)
    return Plan(
        booking=booking,
        replaced=replaced,
        sku_id=booking.sku_id or held.sku_id,
        product=product,
        seats=seats,
        term_months=booking.term_months or held.facts.term_months,
        price=price,
        repriced=bool(booking.parts & _REPRICES),
        amount=for_period(price, seats, first),
    )
