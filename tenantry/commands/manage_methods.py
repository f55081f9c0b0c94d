"""Ways to pay: added, made the default, removed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select, update

from tenantry.commands.frame import Tx, command
from tenantry.domain.notices import NoticeKind
from tenantry.domain.orders import OPEN_STATES
from tenantry.domain.payments import Card, PaymentState, TestCard
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.notices import end_notice
from tenantry.store.payment_methods import add_method, find_method, lock_methods, products_paid_by
from tenantry.store.queue import defer
from tenantry.store.tables import orders, payment_methods, payments, subscriptions

CARD_LASTS = timedelta(days=3 * 365)


@dataclass(frozen=True)
class MethodKept:
    """A way to pay that was added, chosen or removed; None is the invoice."""

    method_id: UUID | None


@command(Permission.BILLING_CHANGE)
async def add_test_card(tx: Tx, viewer: Viewer, *, digits: str, now: datetime) -> MethodKept:
    """A card of the sandbox. The first way to pay is the default one. Raises Refused("card_unknown")."""
    if digits not in set(TestCard):
        raise Refused("card_unknown", Kind.INVALID, field="card")
    label = f"Sandbox •••• {digits}"
    card = Card(digits, label, now + CARD_LASTS)
    method_id = await add_method(tx.db, viewer.tenant_id, "sandbox", card, now)
    tx.tell(label)
    return MethodKept(method_id)


@command(Permission.BILLING_CHANGE)
async def choose_default_method(tx: Tx, viewer: Viewer, *, method_id: UUID | None, now: datetime) -> MethodKept:
    """What pays for all that names no other way; None: an invoice. Raises Refused("payment_method_missing")."""
    await lock_methods(tx.db)
    method = await _require(tx, method_id) if method_id else None
    mine = payment_methods.c
    await tx.db.execute(update(payment_methods).where(mine.is_default).values(is_default=False))
    if method is not None:
        await tx.db.execute(update(payment_methods).where(mine.id == method.id).values(is_default=True))
    tx.tell(method.label if method else "")
    return MethodKept(method_id)


@command(Permission.BILLING_CHANGE)
async def remove_method(
    tx: Tx, viewer: Viewer, *, method_id: UUID, instead: UUID | None, replace: bool, now: datetime
) -> MethodKept:
    """Forgets a way to pay. What renews by it goes over to another one with `replace`: `instead`, or the default.

    Raises Refused: "payment_method_missing", "method_in_use" (label, products), "method_expects_money" (label).
    """
    await lock_methods(tx.db)
    method = await _require(tx, method_id)
    if instead is not None:
        await _require(tx, instead, besides=method_id)
    if await _expects_money(tx, method_id):
        raise Refused("method_expects_money", Kind.CONFLICT, label=method.label)
    products = await products_paid_by(tx.db, method_id)
    if products and not replace:
        raise Refused("method_in_use", Kind.CONFLICT, label=method.label, products=products)
    theirs = update(subscriptions).where(subscriptions.c.method_id == method_id)
    await tx.db.execute(theirs.values(method_id=instead))
    gone = update(payment_methods).where(payment_methods.c.id == method_id)
    await tx.db.execute(gone.values(removed_at=now, is_default=False))
    await end_notice(tx.db, NoticeKind.CARD_EXPIRES, method_id, now)
    if method.provider == "stripe":
        await defer(tx.db, "forget_card", tenant_id=viewer.tenant_id, method_id=method_id)
    tx.tell(method.label, products=products)
    return MethodKept(method_id)


async def _require(tx: Tx, method_id: UUID, *, besides: UUID | None = None) -> Row[Any]:
    method = await find_method(tx.db, method_id)
    if method is None or method_id == besides:
        raise Refused("payment_method_missing", Kind.MISSING, field="instead")
    return method


async def _expects_money(tx: Tx, method_id: UUID) -> bool:
    """Whether an order waits to be paid by it, or a payment by it is under way."""
    open_orders = orders.c.state.in_([state.value for state in OPEN_STATES])
    under_way = payments.c.state.in_([PaymentState.WAITING.value, PaymentState.ACTION.value])
    ordered = exists().where(orders.c.method_id == method_id, open_orders)
    paying = exists().where(payments.c.method_id == method_id, under_way)
    return bool((await tx.db.execute(select(ordered | paying))).scalar_one())
