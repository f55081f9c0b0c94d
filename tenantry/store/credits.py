"""Credits as rows: what is left of credit notes, what could use them, and the use of them written down."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.credits import Credit, CreditPlan, Owing, Share, Taken
from tenantry.domain.notices import NoticeKind
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.store.invoices import settle_invoices
from tenantry.store.notices import end_notices
from tenantry.store.queue import defer
from tenantry.store.tables import invoices, payments, refunds

_LOCK = (
    select(invoices.c.id)
    .where((invoices.c.state == "open") | ((invoices.c.state == "credited") & invoices.c.paid_at.is_(None)))
    .order_by(invoices.c.id)
    .with_for_update()
)
# Read after the lock, so that what another transaction used is seen.
_CREDITS = text("""
    SELECT id, currency, -(net + tax)
        - coalesce((SELECT sum(amount) FROM payments WHERE payments.tenant_id = invoices.tenant_id
            AND credit_id = invoices.id AND payments.state = 'paid'), 0)
        - coalesce((SELECT sum(amount) FROM refunds WHERE refunds.tenant_id = invoices.tenant_id
            AND credit_id = invoices.id AND refunds.state <> 'failed'), 0) AS left,
        ARRAY(SELECT DISTINCT subscription_id FROM charges
            WHERE charges.tenant_id = invoices.tenant_id AND invoice_id = invoices.id) AS about
    FROM invoices WHERE state = 'credited' AND paid_at IS NULL ORDER BY id
""").columns(about=ARRAY(Uuid))
_OWED = text("""
    SELECT id, currency, net + tax
        - coalesce((SELECT sum(amount) FROM payments WHERE payments.tenant_id = invoices.tenant_id
            AND invoice_id = invoices.id AND payments.state = 'paid'), 0) AS left
    FROM invoices WHERE state = 'open' AND NOT EXISTS (
        SELECT FROM payments WHERE payments.tenant_id = invoices.tenant_id AND invoice_id = invoices.id
            AND payments.state IN ('waiting', 'action'))
    ORDER BY due_at, id
""")
# A payment of which a refund failed is not tried once more: its card takes nothing back.
_PAYMENTS = text("""
    SELECT id, currency, amount - coalesce((SELECT sum(amount) FROM refunds
            WHERE refunds.tenant_id = payments.tenant_id AND payment_id = payments.id), 0) AS left,
        ARRAY(SELECT DISTINCT subscription_id FROM charges
            WHERE charges.tenant_id = payments.tenant_id AND charges.invoice_id = payments.invoice_id) AS about
    FROM payments
    WHERE state = 'paid' AND provider IN ('stripe', 'sandbox') AND external_id IS NOT NULL
        AND invoice_id IN (SELECT invoice_id FROM charges WHERE subscription_id = ANY (:about))
        AND NOT EXISTS (SELECT FROM refunds WHERE refunds.tenant_id = payments.tenant_id
            AND payment_id = payments.id AND refunds.state = 'failed')
    ORDER BY settled_at DESC, id DESC
""").bindparams(bindparam("about", type_=ARRAY(Uuid)))
_PAID = _PAYMENTS.columns(about=ARRAY(Uuid))


async def load_credits(tx: AsyncConnection) -> tuple[Credit, ...]:
    """The credit notes of which something is left, oldest first; they and open invoices are locked from now on."""
    await tx.execute(_LOCK)
    rows = await tx.execute(_CREDITS)
    return tuple(Credit(row.id, Money(int(row.left), row.currency), frozenset(row.about)) for row in rows)


async def load_owed(tx: AsyncConnection) -> tuple[Owing, ...]:
    """Open invoices, the longest due first, but those that a payment is under way for."""
    return tuple(Owing(row.id, Money(int(row.left), row.currency)) for row in await tx.execute(_OWED))


async def load_taken(tx: AsyncConnection, about: Collection[UUID]) -> tuple[Taken, ...]:
    """Payments by card for these subscriptions, the newest first, and what of each was not given back."""
    rows = await tx.execute(_PAID, {"about": list(about)})
    return tuple(Taken(row.id, Money(int(row.left), row.currency), frozenset(row.about)) for row in rows)


async def write_credit_plan(tx: AsyncConnection, tenant_id: UUID, plan: CreditPlan, now: datetime) -> None:
    """Sets off, has jobs give back, and closes the credits that are used up."""
    if plan.set_off:
        await tx.execute(insert(payments), [_set_off(tenant_id, share, now) for share in plan.set_off])
        paid = await settle_invoices(tx, {share.to_id for share in plan.set_off}, now=now)
        await end_notices(tx, [NoticeKind.PAYMENT_FAILED], paid, now)
    for share in plan.given_back:
        await give_back(tx, tenant_id, share.to_id, share.amount, now, credit_id=share.credit_id)
    await close_credits(tx, plan.used_up, now)


def _set_off(tenant_id: UUID, share: Share, now: datetime) -> dict[str, object]:
    money = {"currency": share.amount.currency, "amount": share.amount.minor, "made_at": now, "settled_at": now}
    ids = {"tenant_id": tenant_id, "id": new_id(), "invoice_id": share.to_id, "credit_id": share.credit_id}
    return {**ids, **money, "provider": "credit", "state": "paid"}


async def give_back(
    tx: AsyncConnection,
    tenant_id: UUID,
    payment_id: UUID,
    amount: Money,
    now: datetime,
    *,
    credit_id: UUID | None = None,
) -> None:
    """Has a job give back a part of a payment, or all of it. credit_id: the credit note that this settles."""
    ids = {"tenant_id": tenant_id, "id": new_id(), "payment_id": payment_id, "credit_id": credit_id}
    money = {"currency": amount.currency, "amount": amount.minor, "made_at": now, "state": "waiting"}
    await tx.execute(insert(refunds).values(**ids, **money))
    await defer(tx, "refund_payment", tenant_id=tenant_id, payment_id=payment_id)


async def close_credits(tx: AsyncConnection, credit_ids: Iterable[UUID], now: datetime | None) -> None:
    """Marks credits as used up since `now`; None: something is left of them after all."""
    theirs = invoices.c.id == func.any(list(credit_ids))
    await tx.execute(update(invoices).where(theirs, invoices.c.state == "credited").values(paid_at=now))
