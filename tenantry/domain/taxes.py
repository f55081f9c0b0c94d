"""Which tax a buyer pays (reference/licensing.md 7.2)."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class TaxRate:
    """A country's standard rate in thousandths. reverse_charge: a buyer with a VAT number owes the tax themself."""

    permille: Decimal
    reverse_charge: bool


def permille_for(rate: TaxRate | None, vat_number: str | None) -> Decimal:
    """What is put on a price: nothing where no rate is known, or where a VAT number moves the tax to the buyer."""
    if rate is None or (rate.reverse_charge and vat_number):
        return Decimal(0)
    return rate.permille
