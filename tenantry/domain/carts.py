"""A cart: what somebody has chosen to buy, a line per product."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from tenantry.domain.orders import Deed, OrderWish


@dataclass(frozen=True)
class CartLine:
    """So many seats of a product on such terms."""

    sku_id: UUID
    seats: int
    term_months: int
    frequency: str


def wishes_of(lines: Iterable[CartLine]) -> tuple[OrderWish, ...]:
    """The cart as an order."""
    return tuple(OrderWish(Deed.NEW, line.sku_id, None, line.seats, line.term_months, line.frequency) for line in lines)
