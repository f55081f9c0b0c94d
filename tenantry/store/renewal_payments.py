"""Money that a sweep asks for: of a card a term is paid before it goes on, and what is owed is taken from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.falling_due import Due, Step
from tenantry.domain.orders import Deed, Line, Order, OrderKind, OrderState, Quote
from tenantry.domain.viewers import JANITOR
from tenantry.kit.ids import new_id
from tenantry.store.invoices import Issued
from tenantry.store.orders import ask_payment, insert_order
from tenantry.store.queue import defer
from tenantry.store.tables import orders, payments, subscriptions

_DEEDS = {Due.RENEWAL: (Deed.RENEW, OrderKind.RENEWAL), Due.CONVERSION: (Deed.CONVERT, OrderKind.CONVERSION)}
_ENDED = (OrderState.FAILED.value, OrderState.DROPPED.value)


@dataclass(frozen=True)
class Payer:
    """A payment method that is asked, and who takes the money."""

    method_id: UUID
    provider: str


@dataclass(frozen=True)
class Asked:
    """A term of a subscription that goes on when it is paid. before: its seats until then."""

    subscription_id: UUID
    payer: Payer
    po_number: str | None
    before: int
    step: Step

    @property
    def order_id(self) -> UUID:
        """The same for the same term, so that it is asked for once."""
        return uuid5(self.subscription_id, self.step.from_at.isoformat())


async def ask_for_terms(
    tx: AsyncConnection, tenant_id: UUID, asked: Sequence[Asked], operation_id: UUID, now: datetime
) -> int:
    """Orders each term that was not asked for yet; returns how many. One whose order failed lives on as if ended."""
    if not asked:
        return 0
    mine = select(orders.c.id, orders.c.state).where(orders.c.id == func.any([one.order_id for one in asked]))
    states = {row.id: row.state for row in await tx.execute(mine)}
    for one in asked:
        if one.order_id not in states:
            order = _order(one, operation_id, now)
            await insert_order(tx, tenant_id, order)
            await ask_payment(tx, tenant_id, order, one.payer.provider, now)
        elif states[one.order_id] in _ENDED:
            theirs = update(subscriptions).where(subscriptions.c.id == one.subscription_id)
            await tx.execute(theirs.values(unpaid_at=one.step.from_at, due_at=now))
    return sum(one.order_id not in states for one in asked)


def _order(one: Asked, operation_id: UUID, now: datetime) -> Order:
    step, (deed, kind) = one.step, _DEEDS[one.step.due]
    line = Line(
        deed=deed,
        subscription_id=one.subscription_id,
        sku_id=step.terms.sku_id,
        product=step.terms.product,
        before=one.before,
        seats=step.terms.seats,
        term_months=step.terms.months,
        price=step.terms.price,
        from_at=step.from_at,
        until_at=step.until_at,
        amount=step.amount,
        anchor_at=step.anchor_at,
    )
    lines = (line, _part(step.part)) if step.part else (line,)
    return Order(
        id=one.order_id,
        kind=kind.value,
        state=OrderState.WAITING.value,
        quote=Quote(lines, step.terms.price.unit.currency),
        po_number=one.po_number,
        method_id=one.payer.method_id,
        invoice_id=None,
        actor_id=None,
        actor_name=JANITOR,
        operation_id=operation_id,
        failure=None,
        made_at=now,
        done_at=None,
    )


def _part(step: Step) -> Line:
    """What begins beside the renewal as a subscription of its own."""
    return Line(
        deed=Deed.NEW,
        subscription_id=new_id(),
        sku_id=step.terms.sku_id,
        product=step.terms.product,
        before=0,
        seats=step.terms.seats,
        term_months=step.terms.months,
        price=step.terms.price,
        from_at=step.from_at,
        until_at=step.until_at,
        amount=step.amount,
        anchor_at=step.anchor_at,
    )


async def ask_for_invoices(tx: AsyncConnection, issued: Iterable[Issued], payer: Payer, now: datetime) -> None:
    """Has a job take the money for each invoice."""
    for invoice in issued:
        payment_id = new_id()
        facts = {"invoice_id": invoice.id, "method_id": payer.method_id, "provider": payer.provider, "state": "waiting"}
        money = {"currency": invoice.currency, "amount": invoice.total, "made_at": now}
        await tx.execute(insert(payments).values(tenant_id=invoice.tenant_id, id=payment_id, **facts, **money))
        await defer(tx, "charge_payment", tenant_id=invoice.tenant_id, payment_id=payment_id)
