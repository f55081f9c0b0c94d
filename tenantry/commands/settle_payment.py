"""What a payment came to, written once: said by a provider, by a second step, or by a refund."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from tenantry.commands.frame import Tx, command
from tenantry.domain.payments import Failure, Outcome, PaymentState, RefundState, Returned, may_return
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.store.credits import close_credits
from tenantry.store.payments import settle
from tenantry.store.tables import payments, refunds


@dataclass(frozen=True)
class News:
    """Whether news of a payment changed anything."""

    changed: bool


@command(Permission.BILLING_CHANGE)
async def settle_payment(tx: Tx, viewer: Viewer, *, payment_id: UUID, outcome: Outcome, now: datetime) -> News:
    """What the provider says. It may come twice, late and out of order; what it pays for is done once."""
    return await _settle(tx, viewer, payment_id, outcome, now)


@command(Permission.BILLING_CHANGE)
async def make_second_step(tx: Tx, viewer: Viewer, *, payment_id: UUID, agrees: bool, now: datetime) -> News:
    """The sandbox's second step: the payment is confirmed or refused by who is at its page.

    Raises Refused("payment_missing"); one that is over is left as it is.
    """
    mine = select(payments.c.external_id).where(payments.c.id == payment_id, payments.c.provider == "sandbox")
    row = (await tx.db.execute(mine)).one_or_none()
    if row is None:
        raise Refused("payment_missing", Kind.MISSING)
    outcome = Outcome(PaymentState.PAID) if agrees else Outcome(PaymentState.FAILED, failure=Failure.SECOND_STEP)
    return await _settle(tx, viewer, payment_id, outcome, now)


async def _settle(tx: Tx, viewer: Viewer, payment_id: UUID, outcome: Outcome, now: datetime) -> News:
    settled = await settle(tx.db, viewer.tenant_id, payment_id, outcome, now)
    if settled is not None:
        tx.tell(settled.about, state=settled.state, total=settled.amount, refunded=settled.refunded)
    return News(settled is not None)


@command(Permission.BILLING_CHANGE)
async def book_refund(tx: Tx, viewer: Viewer, *, refund_id: UUID, said: Returned, now: datetime) -> News:
    """What the provider says of money that is given back. A credit whose refund failed is there again."""
    mine = select(refunds).where(refunds.c.id == refund_id).with_for_update()
    row = (await tx.db.execute(mine)).one_or_none()
    if row is None:
        return News(False)
    if not may_return(RefundState(row.state), said.state):
        if said.external_id and row.external_id is None:
            await _write(tx, refund_id, external_id=said.external_id)
        return News(False)
    known = said.external_id or row.external_id
    await _write(tx, refund_id, state=said.state.value, external_id=known, settled_at=now)
    if row.credit_id is None:
        undone = said.state is RefundState.FAILED
        await _mark_payment(tx, row.payment_id, PaymentState.PAID if undone else PaymentState.REFUNDED, now)
    elif said.state is RefundState.FAILED:
        await close_credits(tx.db, [row.credit_id], None)
    tx.tell(str(row.payment_id), total=Money(row.amount, row.currency), state=said.state)
    return News(True)


async def _write(tx: Tx, refund_id: UUID, **values: Any) -> None:
    await tx.db.execute(update(refunds).where(refunds.c.id == refund_id).values(values))


async def _mark_payment(tx: Tx, payment_id: UUID, state: PaymentState, now: datetime) -> None:
    """A payment that nobody wanted is given back whole."""
    theirs = payments.c.id == payment_id, payments.c.state != state.value
    await tx.db.execute(update(payments).where(*theirs).values(state=state.value, settled_at=now))
