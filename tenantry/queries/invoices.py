"""Invoices, seen: all of a tenant's, newest first, and one with its lines and payments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, bindparam, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.charges import Amount
from tenantry.domain.invoices import Seller, Standing, outstanding, standing
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.store.tables import charges, invoices, payments, refunds

CHUNK = 5000
SHOWN = 200  # lines that are read with their invoice for a page; the PDF and the CSV have all


_issued_in: ColumnElement[str] = func.split_part(invoices.c.number, literal_column("'-'"), literal_column("-2"))


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice or, with a negative amount, a credit note. left: what is still to be paid."""

    id: UUID
    number: str
    standing: Standing
    amount: Amount
    left: Money
    po_number: str | None
    issued_at: datetime
    due_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True)
class InvoiceList:
    """A page of invoices, the years that have any, and what is open in each currency: all of it, and what is late.

    credit: what is left of credit notes, in each currency.
    """

    page: Page[InvoiceRow]
    years: tuple[str, ...]
    open: tuple[tuple[Money, Money], ...]
    credit: tuple[Money, ...]


@dataclass(frozen=True)
class InvoiceLine:
    """One charge: `seats` seats afterwards for the days `from_at` to `until_at`; negative for a credit.

    number: of the invoice it stands on.
    """

    number: str
    product: str
    kind: str
    seats: int
    unit_price: Money
    frequency: str
    from_at: datetime
    until_at: datetime
    amount: Amount
    tax_permille: Decimal
    operation_id: UUID
    subscription_id: UUID


@dataclass(frozen=True)
class PaymentRow:
    """A payment or a try of one; of a credit note what it was used for ("set_off"), and what was given back ("refund").

    number: of the invoice or credit note that it was set off with.
    """

    provider: str
    state: str
    amount: Money
    at: datetime
    number: str | None = None


@dataclass(frozen=True)
class Invoice:
    """One invoice as it was sent. buyer: name, street, postal_code, city, country, vat_number, where they are told.

    lines: the first of `line_count`, product by product in the order of time.
    """

    row: InvoiceRow
    buyer: dict[str, str]
    seller: Seller
    lines: tuple[InvoiceLine, ...]
    line_count: int
    payments: tuple[PaymentRow, ...]

    @property
    def credit_left(self) -> Money:
        """What of a credit note is not used yet."""
        left = -self.row.amount.total
        used = [one.amount for one in self.payments if one.state != "failed"]
        return max(left - sum(used, Money(0, left.currency)), Money(0, left.currency), key=lambda money: money.minor)


def paid_sum() -> ColumnElement[int]:
    """What was paid of the invoice of a row, in minor units."""
    same = and_(payments.c.tenant_id == invoices.c.tenant_id, payments.c.invoice_id == invoices.c.id)
    told = select(func.sum(payments.c.amount)).where(same, payments.c.state == "paid").correlate(invoices)
    return func.coalesce(told.scalar_subquery(), 0)


def standing_is(wanted: Standing, now: datetime) -> ColumnElement[bool]:
    """`domain.invoices.standing` as a condition."""
    match wanted:
        case Standing.OVERDUE:
            return and_(invoices.c.state == "open", invoices.c.due_at <= now)
        case Standing.OPEN:
            return and_(invoices.c.state == "open", invoices.c.due_at > now)
        case _:
            return invoices.c.state == wanted.value


def invoice_row(row: Any, now: datetime) -> InvoiceRow:
    """What `invoices` and `paid_sum` tell of one, in the words of the domain."""
    amount = Amount(Money(row.net, row.currency), Money(row.tax, row.currency))
    left = outstanding(amount.total, [Money(int(row.paid), row.currency)])
    stands = standing(row.state, row.due_at, now)
    return InvoiceRow(row.id, row.number, stands, amount, left, row.po_number, row.issued_at, row.due_at, row.paid_at)


def _wanted(only: Standing | None, year: str, now: datetime) -> Select[Any]:
    wanted = select(invoices, paid_sum().label("paid"))
    wanted = wanted if only is None else wanted.where(standing_is(only, now))
    return wanted.where(_issued_in == year) if year else wanted


@query(Permission.BILLING_READ)
async def list_invoices(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    only: Standing | None,
    year: str,
    cursor: Cursor | None,
    limit: int,
    now: datetime,
) -> InvoiceList:
    """A page of invoices, newest first, in four statements. only: of this standing; year: "" or that of the number."""
    backward = cursor is not None and cursor.backward
    wanted = _wanted(only, year, now)
    if cursor is not None:
        wanted = wanted.where(invoices.c.id > cursor.id if backward else invoices.c.id < cursor.id)
    order = invoices.c.id if backward else invoices.c.id.desc()
    rows = (await tx.execute(wanted.order_by(order).limit(limit + 1))).all()
    page = cut([invoice_row(row, now) for row in rows], limit, cursor, lambda row: (b"", row.id))
    years = (await tx.execute(select(_issued_in).distinct().order_by(_issued_in.desc()))).scalars()
    return InvoiceList(page, tuple(years), await _open(tx, now), await _credit(tx))


async def _open(tx: AsyncConnection, now: datetime) -> tuple[tuple[Money, Money], ...]:
    left = invoices.c.net + invoices.c.tax - paid_sum()
    late = func.coalesce(func.sum(left).filter(invoices.c.due_at <= now), 0)
    told = select(invoices.c.currency, func.sum(left), late).where(invoices.c.state == "open")
    rows = await tx.execute(told.group_by(invoices.c.currency).order_by(invoices.c.currency))
    return tuple((Money(int(whole), currency), Money(int(due), currency)) for currency, whole, due in rows)


async def _credit(tx: AsyncConnection) -> tuple[Money, ...]:
    set_off = select(func.sum(payments.c.amount)).where(
        payments.c.tenant_id == invoices.c.tenant_id, payments.c.credit_id == invoices.c.id, payments.c.state == "paid"
    )
    given_back = select(func.sum(refunds.c.amount)).where(
        refunds.c.tenant_id == invoices.c.tenant_id, refunds.c.credit_id == invoices.c.id, refunds.c.state != "failed"
    )
    used = [func.coalesce(sums.correlate(invoices).scalar_subquery(), 0) for sums in (set_off, given_back)]
    left = func.sum(-(invoices.c.net + invoices.c.tax) - used[0] - used[1])
    some = select(invoices.c.currency, left).where(invoices.c.state == "credited", invoices.c.paid_at.is_(None))
    rows = await tx.execute(some.group_by(invoices.c.currency).order_by(invoices.c.currency))
    return tuple(Money(int(minor), currency) for currency, minor in rows if minor > 0)


@query(Permission.BILLING_READ)
async def each_invoice(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    only: Standing | None,
    year: str,
    take: Callable[[Sequence[InvoiceRow]], None],
    now: datetime,
) -> None:
    """Hands every invoice of the filter to `take`, newest first, some thousand at a time."""
    async with tx.stream(_wanted(only, year, now).order_by(invoices.c.id.desc())) as found:
        async for rows in found.partitions(CHUNK):
            take([invoice_row(row, now) for row in rows])


@query(Permission.BILLING_READ)
async def read_invoice(
    tx: AsyncConnection, viewer: Viewer, *, invoice_id: UUID, now: datetime, lines: int | None = SHOWN
) -> Invoice:
    """One invoice, in four statements. lines: how many of them at most, None for all.

    Raises Refused("invoice_missing").
    """
    return await invoice_of(tx, invoice_id, now, lines)


async def invoice_of(tx: AsyncConnection, invoice_id: UUID, now: datetime, lines: int | None) -> Invoice:
    """The same for who may see it otherwise: the operator."""
    row = (await tx.execute(_wanted(None, "", now).where(invoices.c.id == invoice_id))).one_or_none()
    if row is None:
        raise Refused("invoice_missing", Kind.MISSING)
    mine = and_(charges.c.tenant_id == row.tenant_id, charges.c.invoice_id == invoice_id)
    count = (await tx.execute(select(func.count()).select_from(charges).where(mine))).scalar_one()
    found = tuple(_line(one) for one in await tx.execute(_lines().where(mine).limit(lines)))
    seller = Seller(**{**row.seller, "address": tuple(row.seller["address"])})
    return Invoice(
        invoice_row(row, now), row.buyer, seller, found, count, await _payments(tx, row.tenant_id, invoice_id)
    )


def _lines() -> Select[Any]:
    same = and_(invoices.c.tenant_id == charges.c.tenant_id, invoices.c.id == charges.c.invoice_id)
    by = (charges.c.product, charges.c.from_at, charges.c.id)
    return select(charges, invoices.c.number).join(invoices, same).order_by(*by)


def _line(row: Any) -> InvoiceLine:
    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return InvoiceLine(
        number=row.number,
        product=row.product,
        kind=row.kind,
        seats=row.seats,
        unit_price=money(row.unit_price),
        frequency=row.frequency,
        from_at=row.from_at,
        until_at=row.until_at,
        amount=Amount(money(row.net), money(row.tax)),
        tax_permille=row.tax_permille,
        operation_id=row.operation_id,
        subscription_id=row.subscription_id,
    )


_PAYMENTS = text("""
    SELECT payments.provider, payments.state, payments.currency, amount, coalesce(settled_at, made_at) AS at, number
    FROM payments LEFT JOIN invoices ON invoices.tenant_id = payments.tenant_id AND invoices.id = credit_id
    WHERE payments.tenant_id = :tenant AND invoice_id = :id
    UNION ALL
    SELECT 'set_off', payments.state, payments.currency, amount, settled_at, number
    FROM payments JOIN invoices ON invoices.tenant_id = payments.tenant_id AND invoices.id = invoice_id
    WHERE payments.tenant_id = :tenant AND credit_id = :id
    UNION ALL
    SELECT 'refund', CASE refunds.state WHEN 'done' THEN 'refunded' ELSE refunds.state END, refunds.currency,
        refunds.amount, coalesce(refunds.settled_at, refunds.made_at), NULL
    FROM refunds JOIN payments ON payments.tenant_id = refunds.tenant_id AND payments.id = payment_id
    WHERE refunds.tenant_id = :tenant AND (refunds.credit_id = :id OR invoice_id = :id)
    ORDER BY at
""").bindparams(bindparam("tenant", type_=Uuid), bindparam("id", type_=Uuid))


async def _payments(tx: AsyncConnection, tenant_id: UUID, invoice_id: UUID) -> tuple[PaymentRow, ...]:
    rows = await tx.execute(_PAYMENTS, {"tenant": tenant_id, "id": invoice_id})
    return tuple(
        PaymentRow(row.provider, row.state, Money(row.amount, row.currency), row.at, row.number) for row in rows
    )


@query(Permission.BILLING_READ)
async def each_line(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    invoice_id: UUID | None,
    take: Callable[[Sequence[InvoiceLine]], None],
) -> None:
    """Hands the lines of one invoice, or of all that the tenant has, to `take`."""
    wanted = _lines() if invoice_id is None else _lines().where(charges.c.invoice_id == invoice_id)
    async with tx.stream(wanted) as found:
        async for rows in found.partitions(CHUNK):
            take([_line(row) for row in rows])


@dataclass(frozen=True)
class Charged:
    """A line that an operation caused, and the invoice it stands on."""

    line: InvoiceLine
    invoice_id: UUID


async def charges_of(tx: AsyncConnection, viewer: Viewer, operation_id: UUID) -> tuple[Charged, ...]:
    """What an operation cost or credited: the way back from it to its invoices. Nothing for who may not see bills."""
    if not viewer.can(Permission.BILLING_READ):
        return ()
    wanted = _lines().where(charges.c.operation_id == operation_id).limit(SHOWN)
    return tuple(Charged(_line(row), row.invoice_id) for row in await tx.execute(wanted))
