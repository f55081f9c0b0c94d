"""The cart, and what ordering it would cost and need."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.billing_account import BillingAccount
from tenantry.domain.carts import CartLine, wishes_of
from tenantry.domain.charges import Price
from tenantry.domain.orders import Quote
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Refused
from tenantry.queries.frame import query
from tenantry.queries.quotes import make_quote
from tenantry.store.carts import load_cart
from tenantry.store.catalog import load_catalog
from tenantry.store.organization import profile_of
from tenantry.store.prices import Buyer, load_buyer, load_prices
from tenantry.store.tables import payment_methods, tenants


@dataclass(frozen=True)
class Chosen:
    """A line of the cart. prices: (months, frequency) -> what a seat costs on those terms."""

    line: CartLine
    product: str
    prices: Mapping[tuple[int, str], Price]

    @property
    def price(self) -> Price | None:
        """On the terms that were chosen; None if they are sold no longer."""
        return self.prices.get((self.line.term_months, self.line.frequency))


@dataclass(frozen=True)
class Method:
    """A way to pay that is kept."""

    id: UUID
    label: str
    is_default: bool


@dataclass(frozen=True)
class Checkout:
    """A cart and its cost. refused: why there is none. payer: what a missing billing account may start from."""

    lines: tuple[Chosen, ...]
    buyer: Buyer
    methods: tuple[Method, ...]
    quote: Quote | None
    refused: Refused | None
    payer: BillingAccount | None


@query(Permission.SUBSCRIPTION_CHANGE)
async def read_checkout(tx: AsyncConnection, viewer: Viewer, *, now: datetime) -> Checkout:
    """The viewer's cart with today's prices. Seven statements, however much is in it."""
    cart, buyer, catalog = await load_cart(tx, viewer), await load_buyer(tx), await load_catalog(tx)
    offers = await load_prices(tx, [line.sku_id for line in cart], buyer)
    lines = tuple(
        Chosen(
            line,
            catalog.products[line.sku_id].name,
            {
                (months, often): price
                for (sku_id, months, often), price in sorted(offers.items())
                if sku_id == line.sku_id
            },
        )
        for line in cart
    )
    quote, refused = None, None
    try:
        quote = await make_quote(tx, wishes_of(cart), buyer, now) if cart else None
    except Refused as no:
        refused = no
    payer = None if buyer.known else await _payer(tx)
    return Checkout(lines, buyer, await load_methods(tx), quote, refused, payer)


async def load_methods(tx: AsyncConnection) -> tuple[Method, ...]:
    """The ways to pay that the tenant keeps, its usual one first."""
    method = payment_methods.c
    kept = select(payment_methods).where(method.removed_at.is_(None), method.provider != "invoice")
    rows = await tx.execute(kept.order_by(method.is_default.desc(), method.made_at, method.id))
    return tuple(Method(row.id, row.label, row.is_default) for row in rows)


async def _payer(tx: AsyncConnection) -> BillingAccount:
    """The organization's own name and address."""
    known = profile_of((await tx.execute(select(tenants))).one())
    return BillingAccount(known.name, known.street, known.postal_code, known.city, known.country)
