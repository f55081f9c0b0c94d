"""What an order would cost: made of the tenant's subscriptions, prices and tax as they are, nothing written."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain import orders
from tenantry.domain.charges import Price
from tenantry.domain.orders import Bought, Deed, Line, OrderWish, Quote
from tenantry.domain.roles import Permission
from tenantry.domain.seat_changes import SEATS_LIMIT, WINDOW, Purchase, When, decide_seats
from tenantry.domain.subscription_moves import Move, Standing, decide_move
from tenantry.domain.subscriptions import Seats, Status, effective_status
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.queries.frame import query
from tenantry.store.licenses.follow import holders
from tenantry.store.orders import load_bought
from tenantry.store.prices import Buyer, load_buyer, load_prices, type_prices
from tenantry.store.subscriptions import read_pools
from tenantry.store.tables import products, subscriptions

MONEY_LIMIT = 10**15  # minor units of one order: beyond it nobody means it, and the columns end
_MOVES = {
    Deed.SEATS: Move.SEATS,
    Deed.RENEW: Move.RENEW,
    Deed.SWITCH: Move.SWITCH,
    Deed.CONVERT: Move.CONVERT,
    Deed.CANCEL: Move.CANCEL,
}


@query(Permission.SUBSCRIPTION_READ)
async def quote_order(
    tx: AsyncConnection, viewer: Viewer, *, wishes: Sequence[OrderWish], now: datetime
) -> tuple[Quote, Buyer]:
    """What `wishes` would cost now and from now on, and who would pay. Raises what `make_quote` does."""
    buyer = await load_buyer(tx)
    return await make_quote(tx, wishes, buyer, now), buyer


async def skus_of(tx: AsyncConnection, wishes: Iterable[OrderWish]) -> frozenset[UUID]:
    """The products whose pools an order of `wishes` moves: named, or of the subscriptions that are named."""
    named = {wish.sku_id for wish in wishes if wish.sku_id}
    ids = [wish.subscription_id for wish in wishes if wish.subscription_id]
    theirs = select(subscriptions.c.sku_id).where(subscriptions.c.id == func.any(ids))
    return frozenset(named | set((await tx.execute(theirs)).scalars())) if ids else frozenset(named)


async def make_quote(tx: AsyncConnection, wishes: Sequence[OrderWish], buyer: Buyer, now: datetime) -> Quote:
    """The lines of `wishes` at the prices of today, of a running term at those it was bought for.

    To place it, lock the pools first (`skus_of`, `lock_pools`). Seven statements, however many lines.
    Raises Refused: "order_empty", "order_twice", "seats_out_of_range" (most), "subscription_missing",
    "product_unknown", "price_missing" (product, currency, months), "order_too_large", and what `decide_move` and
    `decide_seats` find.
    """
    if not wishes:
        raise Refused("order_empty", Kind.INVALID)
    ids = [wish.subscription_id for wish in wishes if wish.subscription_id]
    if len(set(ids)) != len(ids):
        raise Refused("order_twice", Kind.INVALID)
    desk = _Desk(now, buyer, await load_bought(tx, ids, buyer.tax_permille) if ids else {})
    desk.moved = sum(wish.seats for wish in wishes if wish.deed is Deed.NEW)
    skus = {wish.sku_id for wish in wishes if wish.sku_id} | {one.sku_id for one in desk.bought.values()}
    desk.prices = await load_prices(tx, skus, buyer)
    desk.names = await _names(tx, skus)
    desk.pools = await read_pools(tx, now) if ids else {}
    if people := [user_id for wish in wishes for user_id in wish.people]:
        desk.movers = {one.sku_id: len(await holders(tx, one.sku_id, people)) for one in desk.bought.values()}
    quote = orders.quote([desk.line(wish) for wish in wishes], buyer.currency)
    if abs(quote.now.total.minor) > MONEY_LIMIT or quote.yearly.minor > MONEY_LIMIT:
        raise Refused("order_too_large", Kind.INVALID, field="seats")
    return quote


async def _names(tx: AsyncConnection, skus: Collection[UUID]) -> dict[UUID, str]:
    named = select(products.c.sku_id, products.c.name).where(products.c.sku_id == func.any(list(skus)))
    return {row.sku_id: row.name for row in await tx.execute(named)}


@dataclass
class _Desk:
    """All that lines are made of at a moment. moved: new seats; movers: product -> who moves to them from it."""

    now: datetime
    buyer: Buyer
    bought: dict[UUID, Bought]
    prices: type_prices = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    pools: dict[UUID, Seats] = field(default_factory=dict)
    moved: int = 0
    movers: dict[UUID, int] = field(default_factory=dict)

    def line(self, wish: OrderWish) -> Line:
        """The line of one wish, or a refusal."""
        if wish.deed is not Deed.CANCEL and wish.seats not in range(1, SEATS_LIMIT + 1):
            raise Refused("seats_out_of_range", Kind.INVALID, field="seats", most=SEATS_LIMIT)
        if wish.deed is Deed.NEW:
            return self._new(wish)
        bought = self.bought.get(wish.subscription_id) if wish.subscription_id else None
        if bought is None:
            raise Refused("subscription_missing", Kind.MISSING)
        decide_move(_MOVES[wish.deed], _standing(bought), self.now)
        return self._changed(wish, bought)

    def _new(self, wish: OrderWish) -> Line:
        sku_id, name = self._product(wish.sku_id)
        price = self._price(sku_id, wish.term_months, wish.frequency)
        line = orders.buy(new_id(), sku_id, name, wish.seats, wish.term_months, price, self.now)
        return replace(line, people=wish.people)

    def _changed(self, wish: OrderWish, bought: Bought) -> Line:
        if wish.deed is Deed.CANCEL:
            return orders.cancel(bought, self.now)
        if wish.deed is Deed.SEATS:
            decide_seats(self._purchase(bought), wish.seats, When.NOW, self.now, moved=self.moved)
            return orders.change_seats(bought, wish.seats, self.now)
        if wish.deed is Deed.SWITCH:
            if wish.seats < bought.seats:  # a change of the product is no way around what holds for fewer seats
                decide_seats(self._purchase(bought), wish.seats, When.NOW, self.now)
            sku_id, name = self._product(wish.sku_id)
            price = self._price(sku_id, bought.facts.term_months, bought.price.frequency)
            return orders.switch(bought, sku_id, name, wish.seats, price, self.now)
        price = self._price(bought.sku_id, wish.term_months, wish.frequency)
        make = orders.renew if wish.deed is Deed.RENEW else orders.convert
        return make(bought, wish.seats, wish.term_months, price, self.now)

    def _product(self, sku_id: UUID | None) -> tuple[UUID, str]:
        if sku_id is None or sku_id not in self.names:
            raise Refused("product_unknown", Kind.INVALID, value=str(sku_id))
        return sku_id, self.names[sku_id]

    def _price(self, sku_id: UUID, months: int, frequency: str) -> Price:
        price = self.prices.get((sku_id, months, frequency))
        if price is None:
            facts: dict[str, Any] = {"currency": self.buyer.currency, "months": months}
            raise Refused("price_missing", Kind.INVALID, product=self.names[sku_id], **facts)
        return price

    def _purchase(self, bought: Bought) -> Purchase:
        """What a new total is decided from: the licenses that the other subscriptions of the product do not cover."""
        pool = self.pools[bought.sku_id]
        paid = effective_status(bought.facts, self.now) in (Status.TRIAL, Status.ACTIVE)
        others = pool.enabled - (bought.seats if paid else 0)
        assigned = max(0, pool.consumed - self.movers.get(bought.sku_id, 0) - others)
        return Purchase(bought.facts, bought.seats, bought.batches, assigned, SEATS_LIMIT)


def _standing(bought: Bought) -> Standing:
    first = min((batch.bought_at for batch in bought.batches), default=bought.term_at)
    return Standing(bought.facts, first + WINDOW)
