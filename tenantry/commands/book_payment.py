"""A payment that came by bank, booked by the operator: whole or in parts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.invoices import outstanding
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money, exponent, parse_decimal
from tenantry.store.invoices import settle_invoices
from tenantry.store.tables import invoices, payments


@dataclass(frozen=True)
class Booked:
    """What was booked of an invoice, and what is left to pay of it."""

    number: str
    amount: Money
    left: Money


@operator_command
async def book_payment(
    tx: Tx, operator: Operator, *, tenant_id: UUID, invoice_id: UUID, amount: str, paid_on: date, now: datetime
) -> Booked:
    """Books `amount` (as a price list writes it: 1234.50) as paid on a day.

    Raises Refused: "invoice_missing", "invoice_not_open" (number), "payment_amount_invalid" (decimals),
    "payment_too_much" (left), "payment_date_invalid".
    """
    row = await _locked(tx, invoice_id)
    sum_ = _amount(amount, row.currency)
    left = outstanding(Money(row.net + row.tax, row.currency), [await _paid(tx, row)])
    if sum_.minor > left.minor:
        raise Refused("payment_too_much", Kind.CONFLICT, field="amount", left=left)
    if not row.issued_at.date() <= paid_on <= now.date():
        raise Refused("payment_date_invalid", Kind.INVALID, field="paid_on")
    await _write(tx, row, sum_, paid_on, now)
    left = left - sum_
    tx.tell(row.number, amount=sum_, left=left, paid_on=paid_on)
    return Booked(row.number, sum_, left)


async def _locked(tx: Tx, invoice_id: UUID) -> Row[Any]:
    row = (await tx.db.execute(select(invoices).where(invoices.c.id == invoice_id).with_for_update())).one_or_none()
    if row is None:
        raise Refused("invoice_missing", Kind.MISSING)
    if row.state != "open":
        raise Refused("invoice_not_open", Kind.CONFLICT, number=row.number)
    return row


def _amount(text: str, currency: str) -> Money:
    try:
        amount = parse_decimal(text.strip(), currency)
    except Refused as refused:
        raise Refused("payment_amount_invalid", Kind.INVALID, field="amount", decimals=exponent(currency)) from refused
    if not amount.minor:
        raise Refused("payment_amount_invalid", Kind.INVALID, field="amount", decimals=exponent(currency))
    return amount


async def _paid(tx: Tx, row: Row[Any]) -> Money:
    mine = (payments.c.invoice_id == row.id) & (payments.c.state == "paid")
    told = select(func.coalesce(func.sum(payments.c.amount), 0)).where(mine)
    return Money(int((await tx.db.execute(told)).scalar_one()), row.currency)


async def _write(tx: Tx, row: Row[Any], amount: Money, paid_on: date, now: datetime) -> None:
    at = datetime.combine(paid_on, time.min, UTC)
    what = {"provider": "invoice", "state": "paid", "currency": amount.currency, "amount": amount.minor}
    known = {"tenant_id": row.tenant_id, "id": new_id(), "invoice_id": row.id, "made_at": now, "settled_at": at}
    await tx.db.execute(insert(payments), known | what)
    await settle_invoices(tx.db, [row.id], now=at)
