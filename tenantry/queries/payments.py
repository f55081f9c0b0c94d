"""Payments, for the jobs that take the money, and for those who pay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.orders import OPEN_STATES
from tenantry.domain.payments import PaymentState, RefundState
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.queries.frame import query
from tenantry.queries.house import House
from tenantry.store.tables import (
    invoices,
    orders,
    payment_customers,
    payment_methods,
    payments,
    products,
    refunds,
    subscriptions,
    tenants,
)


@dataclass(frozen=True)
class Owed:
    """A payment as a job takes it, or gives it back.

    card: the provider's name of the method, None if it is gone; customer: of the tenant, None if it has none there.
    wanted: what it pays for still waits for it. attended: somebody asked for it. place: of its second step, below the
    house's address. is_test: of a tenant whose clock is moved. now: the tenant's time.
    """

    id: UUID
    state: PaymentState
    provider: str
    amount: Money
    external_id: str | None
    card: str | None
    customer: str | None
    wanted: bool
    attended: bool
    place: str
    made_at: datetime
    is_test: bool
    now: datetime


def _same(table: Table, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Joins the row of the tenant that a payment names by `column`."""
    return and_(table.c.tenant_id == payments.c.tenant_id, table.c.id == column)


_WAITS = or_(orders.c.state.in_([state.value for state in OPEN_STATES]), invoices.c.state == "open")
_OWED = (
    select(
        payments,
        case((payment_methods.c.removed_at.is_(None), payment_methods.c.external_id)).label("card"),
        payment_customers.c.external_id.label("customer"),
        func.coalesce(_WAITS, False).label("wanted"),
        or_(orders.c.actor_id.is_not(None), payments.c.attended).label("by_somebody"),
        tenants.c.slug,
        tenants.c.test_clock,
        tenants.c.kind.label("tenant_kind"),
    )
    .join(tenants, tenants.c.tenant_id == payments.c.tenant_id)
    .outerjoin(orders, _same(orders, payments.c.order_id))
    .outerjoin(invoices, _same(invoices, payments.c.invoice_id))
    .outerjoin(payment_methods, _same(payment_methods, payments.c.method_id))
    .outerjoin(
        payment_customers,
        and_(
            payment_customers.c.tenant_id == payments.c.tenant_id, payment_customers.c.provider == payments.c.provider
        ),
    )
)


@query(Permission.BILLING_READ)
async def find_owed(tx: AsyncConnection, viewer: Viewer, *, payment_id: UUID, now: datetime) -> Owed | None:
    """One payment, or None. now: of the wall clock; a sandbox may be ahead of it."""
    row = (await tx.execute(_OWED.where(payments.c.id == payment_id))).one_or_none()
    if row is None:
        return None
    return Owed(
        id=row.id,
        state=PaymentState(row.state),
        provider=row.provider,
        amount=Money(row.amount, row.currency),
        external_id=row.external_id,
        card=row.card,
        customer=row.customer,
        wanted=row.wanted,
        attended=row.by_somebody,
        place=f"/t/{row.slug}{_step_of(row)}",
        made_at=row.made_at,
        is_test=row.test_clock is not None,
        now=now + timedelta(seconds=row.test_clock or 0),
    )


def _step_of(row: Row[Any]) -> str:
    """Where a second step is made; whoever is about to become the admin has no pages of billing yet."""
    if row.tenant_kind == "unmanaged":
        return f"/become-admin/buy/second-step/{row.id}"
    return f"/billing/payments/{row.id}/second-step"


@dataclass(frozen=True)
class OwedBack:
    """Money that is to be given back. payment: the provider's name for what it was taken by; external_id: for this."""

    id: UUID
    state: RefundState
    provider: str
    amount: Money
    payment: str | None
    external_id: str | None
    made_at: datetime
    is_test: bool
    now: datetime


@query(Permission.BILLING_READ)
async def find_owed_back(
    tx: AsyncConnection, viewer: Viewer, *, payment_id: UUID | None, refund_id: UUID | None, now: datetime
) -> tuple[OwedBack, ...]:
    """What waits to be given back of a payment, or one refund wherever it stands. now: of the wall clock."""
    whose = and_(payments.c.tenant_id == refunds.c.tenant_id, payments.c.id == refunds.c.payment_id)
    waits = and_(refunds.c.payment_id == payment_id, refunds.c.state == RefundState.WAITING.value)
    found = (
        select(refunds, payments.c.provider, payments.c.external_id.label("payment"), tenants.c.test_clock)
        .join(payments, whose)
        .join(tenants, tenants.c.tenant_id == refunds.c.tenant_id)
        .where(refunds.c.id == refund_id if refund_id else waits)
    )
    return tuple(
        OwedBack(
            row.id,
            RefundState(row.state),
            row.provider,
            Money(row.amount, row.currency),
            row.payment,
            row.external_id,
            row.made_at,
            row.test_clock is not None,
            now + timedelta(seconds=row.test_clock or 0),
        )
        for row in await tx.execute(found.order_by(refunds.c.id))
    )


@dataclass(frozen=True)
class SecondStep:
    """A payment that waits for somebody's consent. order_id: what it pays, where that is an order.

    action_url: the provider's page where it is given; None where that is our own.
    """

    state: PaymentState
    amount: Money
    order_id: UUID | None
    provider: str
    action_url: str | None


@query(Permission.BILLING_CHANGE)
async def read_second_step(tx: AsyncConnection, viewer: Viewer, *, payment_id: UUID) -> SecondStep:
    """A payment by card. Raises Refused("payment_missing")."""
    c = payments.c
    by_card = c.provider.in_(["sandbox", "stripe"])
    row = (await tx.execute(select(payments).where(c.id == payment_id, by_card))).one_or_none()
    if row is None:
        raise Refused("payment_missing", Kind.MISSING)
    money = Money(row.amount, row.currency)
    return SecondStep(PaymentState(row.state), money, row.order_id, row.provider, row.action_url)


@dataclass(frozen=True)
class TenantsTime:
    """A tenant, and what time it is there."""

    id: UUID
    now: datetime


async def tenants_to_chase(house: House, *, now: datetime) -> tuple[TenantsTime, ...]:
    """Tenants with payments that failed or with cards, for `commands.pay_again.chase_payments`."""
    failed = select(payments.c.tenant_id).where(payments.c.state == PaymentState.FAILED.value)
    kept = payment_methods.c.removed_at.is_(None), payment_methods.c.expires_at.is_not(None)
    cards = select(payment_methods.c.tenant_id).where(*kept)
    some = select(tenants.c.tenant_id, tenants.c.test_clock).where(
        or_(tenants.c.tenant_id.in_(failed), tenants.c.tenant_id.in_(cards)), tenants.c.deleted_at.is_(None)
    )
    async with house.jobs.transaction() as tx:
        rows = await tx.execute(some.order_by(tenants.c.tenant_id))
        return tuple(TenantsTime(row.tenant_id, now + timedelta(seconds=row.test_clock or 0)) for row in rows)


# The page of the ways to pay


@dataclass(frozen=True)
class KeptMethod:
    """A way to pay. products: what renews by it, besides what it pays for as the default."""

    id: UUID
    label: str
    is_default: bool
    expires_at: datetime | None
    products: tuple[str, ...]


@dataclass(frozen=True)
class FailedPayment:
    """Money that is still owed, and what its last try came to. about: the invoice's number, or the product."""

    id: UUID
    amount: Money
    about: str
    made_at: datetime
    failure: str | None
    action_url: str | None


@dataclass(frozen=True)
class PayingPage:
    """The tenant's ways to pay, the default one first, and what was not paid by them."""

    methods: tuple[KeptMethod, ...]
    failed: tuple[FailedPayment, ...]


@query(Permission.BILLING_READ)
async def read_paying(tx: AsyncConnection, viewer: Viewer) -> PayingPage:
    """The page of payment methods, in two statements."""
    return PayingPage(await _methods(tx), await _failed(tx))


async def _methods(tx: AsyncConnection) -> tuple[KeptMethod, ...]:
    method, one = payment_methods.c, subscriptions.c
    named = (
        select(func.array_agg(products.c.name.distinct()))
        .join(subscriptions, one.sku_id == products.c.sku_id)
        .where(one.method_id == method.id, one.recurring, one.canceled_at.is_(None))
        .scalar_subquery()
    )
    kept = select(payment_methods, named.label("products")).where(method.removed_at.is_(None))
    rows = await tx.execute(kept.order_by(method.is_default.desc(), method.made_at, method.id))
    return tuple(
        KeptMethod(row.id, row.label, row.is_default, row.expires_at, tuple(row.products or ())) for row in rows
    )


async def _failed(tx: AsyncConnection) -> tuple[FailedPayment, ...]:
    """The last try of each thing that is paid by itself, where that failed or waits for a second step."""
    subject = func.coalesce(payments.c.invoice_id, payments.c.order_id)
    ordered = and_(orders.c.tenant_id == payments.c.tenant_id, orders.c.id == payments.c.order_id)
    billed = and_(invoices.c.tenant_id == payments.c.tenant_id, invoices.c.id == payments.c.invoice_id)
    owed = or_(
        and_(payments.c.order_id.is_(None), invoices.c.state == "open"),
        and_(orders.c.actor_id.is_(None), orders.c.state.in_(["failed", "action"])),
    )
    about = func.coalesce(orders.c.lines[0]["product"].astext, invoices.c.number)
    newest = (
        select(payments, about.label("about"))
        .outerjoin(orders, ordered)
        .outerjoin(invoices, billed)
        .where(owed, payments.c.provider != "credit")
        .ext(distinct_on(subject))
        .order_by(subject, payments.c.made_at.desc(), payments.c.id.desc())
    )
    return tuple(
        FailedPayment(row.id, Money(row.amount, row.currency), row.about, row.made_at, row.failure, row.action_url)
        for row in await tx.execute(newest)
        if row.state in (PaymentState.FAILED, PaymentState.ACTION)
    )
