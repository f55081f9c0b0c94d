"""Which tax a buyer pays (reference/licensing.md 7.2)."""

from dataclasses import dataclass
from decimal import Decimal

from tenantry.domain.invoices import EU, reverse_charged


@dataclass(frozen=True)
class TaxRate:
    """A country's standard rate in thousandths. reverse_charge: a buyer with a VAT number owes the tax themself, where
    they buy from another country of the Union."""

    permille: Decimal
    reverse_charge: bool


def permille_for(rate: TaxRate | None, vat_number: str | None, *, seller: str, buyer: str) -> Decimal:
    """What is put on a price. rate: of the buyer's country; seller, buyer: countries.

    At home the country's rate, VAT number or not. Within the Union the rate of the buyer's country, unless a VAT number
    moves the tax to the buyer. Out of the Union, or into it, nothing: what is exported is taxed where it is bought.
    """
    if rate is None or (seller != buyer and not {seller, buyer} <= EU):
        return Decimal(0)
    return Decimal(0) if rate.reverse_charge and reverse_charged(seller, buyer, vat_number) else rate.permille
