"""What a payment came to, written once: said by a provider, by a second step, or by a refund."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from tenantry.commands.frame import Tx, command
from tenantry.domain.payments import Failure, Outcome, PaymentState
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.store.payments import settle
from tenantry.store.tables import payments


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
async def book_refund(tx: Tx, viewer: Viewer, *, payment_id: UUID, now: datetime) -> News:
    """All of a payment was given back."""
    given = payments.c.id == payment_id, payments.c.state == PaymentState.PAID.value
    written = update(payments).where(*given).values(state=PaymentState.REFUNDED.value, settled_at=now)
    row = (await tx.db.execute(written.returning(payments.c.amount, payments.c.currency))).one_or_none()
    if row is not None:
        tx.tell(str(payment_id), total=Money(row.amount, row.currency))
    return News(row is not None)
