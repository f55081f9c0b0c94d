"""Orders, seen: newest first, and one with its lines, its payment and its invoice."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.orders import Order, OrderState, Quote, wish_of
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.checkout import Method, load_methods
from tenantry.queries.frame import query
from tenantry.queries.quotes import make_quote
from tenantry.store.orders import load_order, order_of
from tenantry.store.prices import load_buyer
from tenantry.store.tables import invoices, orders, payments


@query(Permission.SUBSCRIPTION_READ)
async def list_orders(tx: AsyncConnection, viewer: Viewer, *, cursor: Cursor | None, limit: int) -> Page[Order]:
    """A page of the tenant's orders, newest first. One statement."""
    backward, key = cursor is not None and cursor.backward, orders.c.id
    wanted = select(orders).order_by(key.asc() if backward else key.desc()).limit(limit + 1)
    if cursor is not None:
        wanted = wanted.where(key > cursor.id if backward else key < cursor.id)
    return cut([order_of(row) for row in await tx.execute(wanted)], limit, cursor, lambda order: ("", order.id))


@dataclass(frozen=True)
class OrderSheet:
    """An order. number: of its invoice. action_url: where a second step of the payment is made.

    again, refused: of one that failed, what it would cost now, or why it cannot be tried again.
    """

    order: Order
    number: str | None
    action_url: str | None
    methods: tuple[Method, ...]
    again: Quote | None = None
    refused: Refused | None = None


@query(Permission.SUBSCRIPTION_READ)
async def read_order(tx: AsyncConnection, viewer: Viewer, *, order_id: UUID, now: datetime) -> OrderSheet:
    """One order. Raises Refused("order_missing")."""
    order = await load_order(tx, order_id)
    if order is None:
        raise Refused("order_missing", Kind.MISSING)
    named = select(invoices.c.number).where(invoices.c.id == order.invoice_id)
    number = (await tx.execute(named)).scalar_one_or_none() if order.invoice_id else None
    step = select(payments.c.action_url).where(payments.c.order_id == order_id, payments.c.state == "action")
    action_url = (await tx.execute(step.order_by(payments.c.made_at.desc()).limit(1))).scalar_one_or_none()
    if order.state != OrderState.FAILED:
        return OrderSheet(order, number, action_url, ())
    again, refused = None, None
    try:
        again = await make_quote(tx, [wish_of(line) for line in order.quote.lines], await load_buyer(tx), now)
    except Refused as no:
        refused = no
    return OrderSheet(order, number, None, await load_methods(tx), again, refused)
