"""Payments, for the jobs that take the money, and for those who pay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.orders import OPEN_STATES
from tenantry.domain.payments import PaymentState
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.queries.frame import query
from tenantry.queries.house import House
from tenantry.store.tables import invoices, orders, payment_methods, payments, products, subscriptions, tenants


@dataclass(frozen=True)
class Owed:
    """A payment as a job takes it, or gives it back.

    card: the provider's name of the method, None if it is gone. wanted: what it pays for still waits for it.
    attended: somebody asked for it. place: of its second step, below the house's address. now: the tenant's time.
    """

    id: UUID
    state: PaymentState
    provider: str
    amount: Money
    external_id: str | None
    card: str | None
    wanted: bool
    attended: bool
    place: str
    now: datetime


@query(Permission.BILLING_READ)
async def find_owed(tx: AsyncConnection, viewer: Viewer, *, payment_id: UUID, now: datetime) -> Owed | None:
    """One payment, or None. now: of the wall clock; a sandbox may be ahead of it."""
    waits = or_(orders.c.state.in_([state.value for state in OPEN_STATES]), invoices.c.state == "open")
    found = (
        select(
            payments,
            case((payment_methods.c.removed_at.is_(None), payment_methods.c.external_id)).label("card"),
            func.coalesce(waits, False).label("wanted"),
            orders.c.actor_id.is_not(None).label("attended"),
            tenants.c.slug,
            tenants.c.test_clock,
        )
        .join(tenants, tenants.c.tenant_id == payments.c.tenant_id)
        .outerjoin(orders, and_(orders.c.tenant_id == payments.c.tenant_id, orders.c.id == payments.c.order_id))
        .outerjoin(invoices, and_(invoices.c.tenant_id == payments.c.tenant_id, invoices.c.id == payments.c.invoice_id))
        .outerjoin(
            payment_methods,
            and_(payment_methods.c.tenant_id == payments.c.tenant_id, payment_methods.c.id == payments.c.method_id),
        )
        .where(payments.c.id == payment_id)
    )
    row = (await tx.execute(found)).one_or_none()
    if row is None:
        return None
    return Owed(
        id=row.id,
        state=PaymentState(row.state),
        provider=row.provider,
        amount=Money(row.amount, row.currency),
        external_id=row.external_id,
        card=row.card,
        wanted=row.wanted,
        attended=row.attended,
        place=f"/t/{row.slug}/billing/payments/{row.id}/second-step",
        now=now + timedelta(seconds=row.test_clock or 0),
    )


@dataclass(frozen=True)
class SecondStep:
    """A payment that waits for somebody's consent. order_id: what it pays, where that is an order."""

    state: PaymentState
    amount: Money
    order_id: UUID | None


@query(Permission.BILLING_CHANGE)
async def read_second_step(tx: AsyncConnection, viewer: Viewer, *, payment_id: UUID) -> SecondStep:
    """A payment in the sandbox. Raises Refused("payment_missing")."""
    c = payments.c
    row = (await tx.execute(select(payments).where(c.id == payment_id, c.provider == "sandbox"))).one_or_none()
    if row is None:
        raise Refused("payment_missing", Kind.MISSING)
    return SecondStep(PaymentState(row.state), Money(row.amount, row.currency), row.order_id)


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
        .where(owed)
        .ext(distinct_on(subject))
        .order_by(subject, payments.c.made_at.desc(), payments.c.id.desc())
    )
    return tuple(
        FailedPayment(row.id, Money(row.amount, row.currency), row.about, row.made_at, row.failure, row.action_url)
        for row in await tx.execute(newest)
        if row.state in (PaymentState.FAILED, PaymentState.ACTION)
    )
