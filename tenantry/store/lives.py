"""A subscription's row, with what is booked for it, as time sees it: one way for the sweep and for what looks ahead."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from tenantry.domain.charges import Price
from tenantry.domain.falling_due import Life, Terms
from tenantry.domain.seat_changes import WINDOW
from tenantry.domain.subscriptions import Facts
from tenantry.kit.money import Money
from tenantry.store.prices import type_prices

SHAPE = """mine.sku_id, products.name, mine.seats, mine.term_months, mine.frequency, mine.currency, mine.unit_price,
        mine.channel, mine.recurring, mine.trial, mine.converts, mine.starts_at, mine.ends_at,
        mine.unpaid_at, mine.canceled_at, mine.delete_at, mine.anchor_at, mine.term_at, mine.billed_until,
        (SELECT max(bought_at) FROM seat_batches batch
         WHERE batch.tenant_id = mine.tenant_id AND batch.subscription_id = mine.id) AS bought_at,
        planned.sku_id AS new_sku_id, new.name AS new_name, planned.seats AS new_seats,
        planned.term_months AS new_months, planned.frequency AS new_frequency, planned.unit_price AS new_price,
        planned.part_sku_id, part.name AS part_name, planned.part_seats, planned.part_price"""
SHAPED = """subscriptions mine
    JOIN products ON products.sku_id = mine.sku_id
    LEFT JOIN scheduled_changes planned ON planned.tenant_id = mine.tenant_id AND planned.subscription_id = mine.id
    LEFT JOIN products new ON new.sku_id = planned.sku_id
    LEFT JOIN products part ON part.sku_id = planned.part_sku_id"""


class Shape(NamedTuple):
    """All that becomes of a subscription follows from this: what `SHAPE` selects from `SHAPED`, in its order.

    new_..., part_...: as booked.
    """

    sku_id: UUID
    name: str
    seats: int
    term_months: int
    frequency: str
    currency: str
    unit_price: int
    channel: str
    recurring: bool
    trial: bool
    converts: bool
    starts_at: datetime
    ends_at: datetime
    unpaid_at: datetime | None
    canceled_at: datetime | None
    delete_at: datetime | None
    anchor_at: datetime
    term_at: datetime
    billed_until: datetime
    bought_at: datetime | None
    new_sku_id: UUID | None
    new_name: str | None
    new_seats: int | None
    new_months: int | None
    new_frequency: str | None
    new_price: int | None
    part_sku_id: UUID | None
    part_name: str | None
    part_seats: int | None
    part_price: int | None


def listed_price(shape: Shape, catalog: type_prices | None) -> Price | None:
    """The catalog's price of what follows a trial that has none of its own."""
    if not shape.trial or catalog is None:
        return None
    return catalog.get((shape.sku_id, shape.new_months or shape.term_months, shape.new_frequency or shape.frequency))


def life_of(shape: Shape, tax_permille: Decimal, listed: Price | None, *, trusted: bool) -> Life:
    """A subscription as time sees it. A trial without a price is bought at the catalog's, or lapses without."""
    price = Price(Money(shape.unit_price, shape.currency), shape.frequency, tax_permille)
    months, frequency = shape.new_months or shape.term_months, shape.new_frequency or shape.frequency
    unit = price.unit if shape.new_price is None else Money(shape.new_price, shape.currency)
    later, converts = Price(unit, frequency, tax_permille), shape.converts
    if shape.trial and not unit.minor:
        later, converts = listed or later, converts and listed is not None
    moments = shape.unpaid_at, shape.canceled_at, shape.delete_at
    known = shape.starts_at, shape.ends_at, shape.recurring, shape.trial, shape.channel, shape.term_months
    product = (shape.new_sku_id, shape.new_name or "") if shape.new_sku_id else (shape.sku_id, shape.name)
    return Life(
        facts=Facts(*known, converts, *moments),
        terms=Terms(shape.sku_id, shape.name, shape.seats, shape.term_months, price),
        following=Terms(*product, shape.new_seats or shape.seats, months, later),
        anchor_at=shape.anchor_at,
        term_at=shape.term_at,
        billed_until=shape.billed_until,
        window_at=(shape.bought_at or shape.term_at) + WINDOW,
        trusted=trusted,
        part=_part(shape, months, frequency, tax_permille),
    )


def _part(shape: Shape, months: int, frequency: str, tax_permille: Decimal) -> Terms | None:
    """What is booked in the place of a part: on the terms of the rest."""
    if shape.part_sku_id is None or shape.part_seats is None or shape.part_price is None:
        return None
    price = Price(Money(shape.part_price, shape.currency), frequency, tax_permille)
    return Terms(shape.part_sku_id, shape.part_name or "", shape.part_seats, months, price)
