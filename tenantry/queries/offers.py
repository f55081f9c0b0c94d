"""What can be bought: the catalog with prices in the tenant's currency, one product, and two beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, Limit, Plan, Product
from tenantry.domain.charges import Price, running
from tenantry.domain.roles import Permission
from tenantry.domain.subscriptions import Status
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.queries.licenses import plans_of
from tenantry.store.carts import load_cart
from tenantry.store.catalog import load_catalog
from tenantry.store.prices import Buyer, load_buyer, load_prices, type_prices
from tenantry.store.subscriptions import STATUS, read_pools
from tenantry.store.tables import prices, subscriptions

type_terms = tuple[int, str]


@dataclass(frozen=True)
class Offer:
    """A product of the catalog. monthly: what a seat costs by the month on the cheapest terms; None if it has no price.

    seats: how many the tenant has of it.
    """

    product: Product
    monthly: Money | None
    seats: int


@dataclass(frozen=True)
class Offers:
    """A page of products. counts: how many match in all, and of these with a price. in_cart: lines of the cart."""

    page: Page[Offer]
    total: int
    priced: int
    in_cart: int


@query(Permission.SUBSCRIPTION_CHANGE)
async def list_offers(
    tx: AsyncConnection, viewer: Viewer, *, q: str, priced: bool, cursor: Cursor | None, limit: int, now: datetime
) -> Offers:
    """A page of products by name whose name or part number holds `q`. Seven statements, however long the catalog."""
    catalog, buyer = await load_catalog(tx), await load_buyer(tx)
    for_sale, found = await _for_sale(tx, buyer), _matching(catalog, q)
    shown = [product for product in found if product.sku_id in for_sale] if priced else found
    some = cut(_after(shown, cursor)[: limit + 1], limit, cursor, _key)
    offers = await load_prices(tx, [product.sku_id for product in some.items], buyer)
    pools, cart = await read_pools(tx, now), await load_cart(tx, viewer)
    rows = tuple(
        Offer(one, cheapest(offers, one.sku_id), pools[one.sku_id].enabled if one.sku_id in pools else 0)
        for one in some.items
    )
    counted = sum(product.sku_id in for_sale for product in found)
    return Offers(Page(rows, some.next, some.previous), len(found), counted, len(cart))


async def _for_sale(tx: AsyncConnection, buyer: Buyer) -> frozenset[UUID]:
    """The products that have a price for the buyer."""
    sold = select(prices.c.sku_id).where(prices.c.currency == buyer.currency).distinct()
    return frozenset((await tx.execute(sold)).scalars())


def _matching(catalog: Catalog, q: str) -> list[Product]:
    """The products in their order."""
    wanted = q.strip().casefold()
    fits = (
        one
        for one in catalog.products.values()
        if wanted in one.name.casefold() or wanted in one.part_number.casefold()
    )
    return sorted(fits, key=_key)


def _key(product: Product) -> tuple[str, UUID]:
    return product.name.casefold(), product.sku_id


def _after(shown: list[Product], cursor: Cursor | None) -> list[Product]:
    """The products from the cursor on, in the direction that it looks."""
    if cursor is None:
        return shown
    here = (str(cursor.key), cursor.id)
    if cursor.backward:
        return [product for product in reversed(shown) if _key(product) < here]
    return [product for product in shown if _key(product) > here]


def cheapest(offers: type_prices, sku_id: UUID) -> Money | None:
    """What a seat costs by the month on the terms that cost least."""
    months = [running(price, 1).monthly for (sku, _, _), price in offers.items() if sku == sku_id]
    return min(months, key=lambda money: money.minor, default=None)


@dataclass(frozen=True)
class App:
    """An app of a product with the numbers that it grants, by name and then by the day from which they hold."""

    plan: Plan
    limits: tuple[Limit, ...]


@dataclass(frozen=True)
class Running:
    """A subscription of the product that seats can be added to."""

    id: UUID
    seats: int
    ends_at: datetime


@dataclass(frozen=True)
class OfferSheet:
    """Everything to decide by. prices: (months of the term, frequency) -> price. new: the tenant never had it."""

    product: Product
    apps: tuple[App, ...]
    prices: Mapping[type_terms, Price]
    running: tuple[Running, ...]
    new: bool

    @property
    def monthly(self) -> Money | None:
        return cheapest(
            {(self.product.sku_id, *terms): price for terms, price in self.prices.items()}, self.product.sku_id
        )


@dataclass(frozen=True)
class OfferView:
    """A product, and the others that have a price, to compare it with."""

    sheet: OfferSheet
    others: tuple[Product, ...]


@query(Permission.SUBSCRIPTION_CHANGE)
async def read_offer(tx: AsyncConnection, viewer: Viewer, *, sku_id: UUID, now: datetime) -> OfferView:
    """One product. Raises Refused("product_unknown"). Five statements."""
    (sheet,) = await _sheets(tx, (sku_id,), now)
    catalog, sold = await load_catalog(tx), await _for_sale(tx, await load_buyer(tx))
    others = sorted((catalog.products[other] for other in sold - {sku_id}), key=_key)
    return OfferView(sheet, tuple(others))


@query(Permission.SUBSCRIPTION_CHANGE)
async def read_offers(
    tx: AsyncConnection, viewer: Viewer, *, skus: tuple[UUID, ...], now: datetime
) -> tuple[OfferSheet, ...]:
    """The products of `skus`, in their order. Raises Refused("product_unknown"). Four statements."""
    return await _sheets(tx, skus, now)


async def _sheets(tx: AsyncConnection, skus: tuple[UUID, ...], now: datetime) -> tuple[OfferSheet, ...]:
    catalog = await load_catalog(tx)
    unknown = next((sku_id for sku_id in skus if sku_id not in catalog.products), None)
    if unknown is not None:
        raise Refused("product_unknown", Kind.MISSING, value=str(unknown))
    offers = await load_prices(tx, skus, await load_buyer(tx))
    owned = await _owned(tx, skus, now)
    return tuple(_sheet(catalog, catalog.products[sku_id], offers, owned.get(sku_id)) for sku_id in skus)


def _sheet(
    catalog: Catalog,
    product: Product,
    offers: type_prices,
    owned: list[Running] | None,
) -> OfferSheet:
    apps = tuple(App(plan, catalog.limits.get(plan.id, ())) for plan in plans_of(catalog, product))
    mine = {(months, often): price for (sku, months, often), price in sorted(offers.items()) if sku == product.sku_id}
    return OfferSheet(product, apps, mine, tuple(owned or ()), owned is None)


async def _owned(tx: AsyncConnection, skus: tuple[UUID, ...], now: datetime) -> dict[UUID, list[Running]]:
    """Product -> its active subscriptions; a product that the tenant never had is not in it."""
    wanted = select(subscriptions, STATUS.label("status")).where(subscriptions.c.sku_id == func.any(list(skus)))
    found: dict[UUID, list[Running]] = {}
    for row in await tx.execute(wanted.order_by(subscriptions.c.ends_at, subscriptions.c.id), {"now": now}):
        mine = found.setdefault(row.sku_id, [])
        if row.status == Status.ACTIVE:
            mine.append(Running(row.id, row.seats, row.ends_at))
    return found
