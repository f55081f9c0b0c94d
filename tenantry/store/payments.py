"""Payments settled: what was paid for comes true once, whatever news come twice, late or out of order."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.orders import Deed, Order, OrderKind, OrderState
from tenantry.domain.payments import Outcome, PaymentState, may_become
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.store.credits import give_back
from tenantry.store.invoices import settle_invoices
from tenantry.store.notices import end_notice, raise_notice
from tenantry.store.orders import EPOCH, ask_payment, load_order, mark_order, renew_order, settle_order
from tenantry.store.queue import defer
from tenantry.store.tables import invoices, payments, subscriptions
from tenantry.store.upgrades import complete, find_of_order, hold_way

_UNDER_WAY = {PaymentState.WAITING.value, PaymentState.ACTION.value}
_BY_ITSELF = (OrderKind.RENEWAL, OrderKind.CONVERSION)
_ORDER_STATES = {
    PaymentState.ACTION: OrderState.ACTION,
    PaymentState.FAILED: OrderState.FAILED,
    PaymentState.PAID: OrderState.DONE,
}


@dataclass(frozen=True)
class Settled:
    """What news of a payment changed. about: the product, or the invoice's number; refunded: nobody wants it."""

    state: PaymentState
    amount: Money
    about: str
    refunded: bool = False


async def settle(
    tx: AsyncConnection, tenant_id: UUID, payment_id: UUID, outcome: Outcome, now: datetime
) -> Settled | None:
    """Writes what a payment came to, and carries out what it paid for. None where the news change nothing.

    Money that came for what nobody wants any more, as twice for one order, is given back by a job.
    """
    row = (await tx.execute(select(payments).where(payments.c.id == payment_id).with_for_update())).one_or_none()
    if row is None or not may_become(PaymentState(row.state), outcome.state):
        return None
    paid, facts = outcome.state is PaymentState.PAID, _columns(outcome, now)
    upgrade = await find_of_order(tx, row.order_id) if paid and row.order_id else None
    if upgrade is not None:
        await hold_way(tx, tenant_id, upgrade, now)
    await tx.execute(update(payments).where(payments.c.id == payment_id).values(facts))
    amount = Money(row.amount, row.currency)
    if row.order_id is not None:
        wanted, about = await _settle_order(tx, tenant_id, row, outcome, now)
        if wanted and upgrade is not None:
            await complete(tx, tenant_id, upgrade, now, "job")
    else:
        wanted, about = await _settle_invoice(tx, row, outcome, now)
    if paid and not wanted:
        await give_back(tx, tenant_id, payment_id, amount, now)
    return Settled(outcome.state, amount, about, paid and not wanted)


def _columns(outcome: Outcome, now: datetime) -> dict[str, Any]:
    open_still = outcome.state is PaymentState.ACTION
    facts = {
        "state": outcome.state.value,
        "action_url": outcome.action_url if open_still else None,
        "failure": outcome.failure.value if outcome.failure else None,
        "tries": payments.c.tries + 1,
        "settled_at": None if open_still else now,
    }
    return facts | ({"external_id": outcome.external_id} if outcome.external_id else {})


async def _settle_order(
    tx: AsyncConnection, tenant_id: UUID, row: Row[Any], outcome: Outcome, now: datetime
) -> tuple[bool, str]:
    """Whether the order wants what the payment came to, and its first product."""
    order = await load_order(tx, row.order_id)
    if order is None:
        raise LookupError(row.order_id)
    about, paid = order.quote.lines[0].product, outcome.state is PaymentState.PAID
    if paid and order.state == OrderState.FAILED and await is_wanted(tx, order):
        await mark_order(tx, order.id, OrderState.WAITING)
    failure = outcome.failure.value if outcome.failure else None
    invoice_id = await settle_order(
        tx, tenant_id, order.id, _ORDER_STATES[outcome.state], now, order.operation_id, failure=failure
    )
    if invoice_id is not None:
        await tx.execute(update(payments).where(payments.c.id == row.id).values(invoice_id=invoice_id))
        await settle_invoices(tx, [invoice_id], now=now)
    if order.kind in _BY_ITSELF and order.actor_id is None:
        await _tell(tx, order.id, row, outcome, now)
        if outcome.state is PaymentState.FAILED:
            await _look_again(tx, order)
    return invoice_id is not None, about


async def is_wanted(tx: AsyncConnection, order: Order) -> bool:
    """Whether a failed order still makes sense: what goes on is not paid for once more, nor what was turned off."""
    line, one = order.quote.lines[0], subscriptions.c
    if line.deed not in (Deed.RENEW, Deed.CONVERT):
        return True
    known = select(one.trial, one.ends_at, one.recurring, one.canceled_at).where(one.id == line.subscription_id)
    row = (await tx.execute(known)).one()
    if order.actor_id is None and (not row.recurring or row.canceled_at is not None):
        return False
    return bool(row.trial) if line.deed is Deed.CONVERT else bool(row.ends_at <= line.from_at)


async def _look_again(tx: AsyncConnection, order: Order) -> None:
    """Has the sweep see that a term was not paid."""
    theirs = subscriptions.c.id == func.any([line.subscription_id for line in order.quote.lines])
    await tx.execute(update(subscriptions).where(theirs).values(due_at=EPOCH))


async def _settle_invoice(tx: AsyncConnection, row: Row[Any], outcome: Outcome, now: datetime) -> tuple[bool, str]:
    """Whether the invoice was still open, and its number."""
    known = select(invoices.c.number, invoices.c.state).where(invoices.c.id == row.invoice_id).with_for_update()
    invoice = (await tx.execute(known)).one()
    if outcome.state is PaymentState.PAID and invoice.state == "open":
        await settle_invoices(tx, [row.invoice_id], now=now)
    await _tell(tx, row.invoice_id, row, outcome, now)
    return invoice.state == "open", invoice.number


async def _tell(tx: AsyncConnection, subject_id: UUID, row: Row[Any], outcome: Outcome, now: datetime) -> None:
    """A failure of what is paid by itself is told anew each time; a payment ends that."""
    kind = NoticeKind.PAYMENT_FAILED
    await end_notice(tx, kind, subject_id, now)
    if outcome.state is not PaymentState.PAID:
        params = msgspec.to_builtins({"amount": Money(row.amount, row.currency)})
        await raise_notice(tx, kind, AUDIENCE[kind], subject_id, params, now)


async def ask_again(
    tx: AsyncConnection,
    tenant_id: UUID,
    failed: Row[Any],
    method_id: UUID,
    provider: str,
    now: datetime,
    *,
    attended: bool = False,
) -> bool:
    """Asks once more for the money of a failed payment, by that method. False if it is not wanted any more.

    What somebody ordered is tried again at its order, where it is quoted anew. attended: somebody asks for it, who can
    make a second step.
    """
    if failed.order_id is None:
        invoice_id = failed.invoice_id
        asked = await ask_for_invoice(tx, tenant_id, invoice_id, method_id, provider, now, attended=attended)
        return asked is not None
    order = await load_order(tx, failed.order_id, lock=True)
    if order is None or order.actor_id is not None or order.state != OrderState.FAILED:
        return False
    if not await is_wanted(tx, order):
        return False
    order = replace(order, state=OrderState.WAITING.value, method_id=method_id, failure=None, done_at=None)
    await renew_order(tx, order)
    payment_id = await ask_payment(tx, tenant_id, order, provider, now)
    await tx.execute(update(payments).where(payments.c.id == payment_id).values(attended=attended))
    return True


async def ask_for_invoice(
    tx: AsyncConnection,
    tenant_id: UUID,
    invoice_id: UUID,
    method_id: UUID,
    provider: str,
    now: datetime,
    *,
    attended: bool = False,
) -> Money | None:
    """Has a job take what is left to pay of an invoice, and returns that.

    None if it is not open, or a payment of it is under way: it stays so until the transaction ends.
    """
    mine = select(invoices).where(invoices.c.id == invoice_id, invoices.c.state == "open").with_for_update()
    invoice = (await tx.execute(mine)).one_or_none()
    known = select(payments.c.state, func.sum(payments.c.amount)).where(payments.c.invoice_id == invoice_id)
    sums = {state: int(amount) for state, amount in await tx.execute(known.group_by(payments.c.state))}
    if invoice is None or sums.keys() & _UNDER_WAY:
        return None
    payment_id, left = new_id(), invoice.net + invoice.tax - sums.get(PaymentState.PAID.value, 0)
    facts = {"invoice_id": invoice_id, "method_id": method_id, "provider": provider, "state": "waiting"}
    money = {"currency": invoice.currency, "amount": left, "made_at": now, "attended": attended}
    await tx.execute(insert(payments).values(tenant_id=tenant_id, id=payment_id, **facts, **money))
    await defer(tx, "charge_payment", tenant_id=tenant_id, payment_id=payment_id)
    return Money(left, invoice.currency)
