"""What an invoice is made of and when it is late; whose tax it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenantry.domain.charges import Amount, nothing
from tenantry.kit.money import Money

# The member states of the European Union.
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_EU.split())


@dataclass(frozen=True)
class Seller:
    """Who sends the invoices. address: its lines; account: where to pay to; each empty where it is not told."""

    name: str
    address: tuple[str, ...]
    country: str
    vat_number: str
    account: str


class Standing(StrEnum):
    """How an invoice stands at a moment: what is stored, and whether it is late."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDITED = "credited"


def standing(state: str, due_at: datetime, now: datetime) -> Standing:
    """An open invoice is overdue from the moment it is due."""
    return Standing.OVERDUE if state == "open" and due_at <= now else Standing(state)


def total_of(amounts: Iterable[Amount], currency: str) -> Amount:
    """What lines come to together."""
    return sum(amounts, nothing(currency))


def outstanding(total: Money, paid: Iterable[Money]) -> Money:
    """What is left to pay; nothing if it is a credit note or more than enough was paid."""
    left = total - sum(paid, Money(0, total.currency))
    return left if left.minor > 0 else Money(0, total.currency)


def reverse_charged(seller_country: str, buyer_country: str, vat_number: str | None) -> bool:
    """Whether the buyer accounts for the tax: a business with a VAT number in another state of the Union."""
    return bool(vat_number) and seller_country in EU and buyer_country in EU and seller_country != buyer_country
