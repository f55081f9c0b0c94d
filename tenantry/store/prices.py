"""What a tenant pays for: its currency, its tax, and what a seat costs in it."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.charges import Price
from tenantry.domain.taxes import TaxRate, permille_for
from tenantry.kit.money import Money
from tenantry.store.invoices import seller
from tenantry.store.tables import billing_accounts, prices, tax_rates, tenants

type_prices = dict[tuple[UUID, int, str], Price]


@dataclass(frozen=True)
class Buyer:
    """In which currency a tenant pays, with what tax. known: it has a billing account, so it can have an invoice."""

    currency: str
    tax_permille: Decimal
    known: bool


_ACCOUNT = billing_accounts.c
_BUYERS = (
    select(
        tenants.c.tenant_id,
        tenants.c.currency,
        tax_rates.c.permille,
        tax_rates.c.reverse_charge,
        _ACCOUNT.vat_number,
        _ACCOUNT.legal_name,
        func.coalesce(_ACCOUNT.country, tenants.c.country).label("country"),
    )
    .outerjoin(billing_accounts, _ACCOUNT.tenant_id == tenants.c.tenant_id)
    .outerjoin(tax_rates, tax_rates.c.country == func.coalesce(_ACCOUNT.country, tenants.c.country))
)


async def load_buyer(tx: AsyncConnection) -> Buyer:
    """The tenant as one who pays; without a billing account it is taxed where it is at home."""
    return _buyer((await tx.execute(_BUYERS)).one())


async def load_buyers(tx: AsyncConnection, wanted: Collection[UUID]) -> dict[UUID, Buyer]:
    """Several tenants as they pay, in one statement: those of `wanted` that `tx` may see."""
    rows = await tx.execute(_BUYERS.where(tenants.c.tenant_id == func.any(list(wanted))))
    return {row.tenant_id: _buyer(row) for row in rows}


def _buyer(row: Any) -> Buyer:
    rate = None if row.permille is None else TaxRate(row.permille, row.reverse_charge)
    permille = permille_for(rate, row.vat_number, seller=seller().country, buyer=row.country)
    return Buyer(row.currency, permille, row.legal_name is not None)


async def load_prices(tx: AsyncConnection, skus: Collection[UUID], buyer: Buyer) -> type_prices:
    """What a seat of each product costs the buyer: (product, months of the term, frequency) -> price."""
    wanted = select(prices).where(prices.c.sku_id == func.any(list(skus)), prices.c.currency == buyer.currency)
    return {
        (row.sku_id, row.term_months, row.frequency): Price(
            Money(row.minor, row.currency), row.frequency, buyer.tax_permille
        )
        for row in await tx.execute(wanted)
    }
