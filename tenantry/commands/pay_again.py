"""Money that is owed, asked for: by somebody now, or once more by itself every few days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.commands.frame import Tx, command
from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.payments import EXPIRY_TOLD, STEP_WAITS, Failure, PaymentState, is_due_again
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.money import Money
from tenantry.store.notices import Notice, raise_notices
from tenantry.store.payments import ask_again, ask_for_invoice
from tenantry.store.queue import defer
from tenantry.store.tables import orders, payment_methods, payments


@dataclass(frozen=True)
class AskedAgain:
    """How many payments were asked for once more."""

    count: int


@command(Permission.BILLING_CHANGE)
async def pay_again(tx: Tx, viewer: Viewer, *, payment_id: UUID, method_id: UUID | None, now: datetime) -> AskedAgain:
    """Takes the money of a failed payment by another way, or by the same one once more.

    Raises Refused: "payment_missing", "payment_method_missing", "payment_not_owed" where it is paid, or nobody wants
    it any more, or it is under way.
    """
    failed = (await tx.db.execute(select(payments).where(payments.c.id == payment_id))).one_or_none()
    if failed is None or failed.state != PaymentState.FAILED:
        raise Refused("payment_missing", Kind.MISSING)
    provider = await _provider(tx.db, method_id or failed.method_id)
    if provider is None:
        raise Refused("payment_method_missing", Kind.INVALID, field="method")
    method_id = method_id or failed.method_id
    if not await ask_again(tx.db, viewer.tenant_id, failed, method_id, provider, now, attended=True):
        raise Refused("payment_not_owed", Kind.CONFLICT)
    tx.tell("1", total=Money(failed.amount, failed.currency))
    return AskedAgain(1)


@command(Permission.BILLING_CHANGE)
async def pay_invoice(tx: Tx, viewer: Viewer, *, invoice_id: UUID, method_id: UUID | None, now: datetime) -> AskedAgain:
    """Takes what is left to pay of an invoice by a card, instead of waiting for it.

    Raises Refused: "payment_method_missing", "payment_not_owed" where it is paid or under way.
    """
    provider = await _provider(tx.db, method_id)
    if provider is None or method_id is None:
        raise Refused("payment_method_missing", Kind.INVALID, field="method")
    left = await ask_for_invoice(tx.db, viewer.tenant_id, invoice_id, method_id, provider, now, attended=True)
    if left is None:
        raise Refused("payment_not_owed", Kind.CONFLICT)
    tx.tell("1", total=left)
    return AskedAgain(1)


async def _provider(tx: AsyncConnection, method_id: UUID | None) -> str | None:
    """Who takes money by that method; nobody, where it is gone."""
    method = payment_methods.c
    kept = select(method.provider).where(method.id == method_id, method.removed_at.is_(None))
    provider: str | None = (await tx.execute(kept.where(method.provider != "invoice"))).scalar_one_or_none()
    return provider


@command(Permission.BILLING_CHANGE)
async def chase_payments(tx: Tx, viewer: Viewer, *, now: datetime) -> AskedAgain:
    """What is paid by itself and failed is asked for every few days, for a month; and cards that expire are told.

    A second step that nobody made in a day is given up. For a job, once a day.
    """
    asked: list[Money] = []
    for failed in await _due_again(tx.db, now):
        method_id = failed.method_id
        provider = await _provider(tx.db, method_id)
        if provider and await ask_again(tx.db, viewer.tenant_id, failed, method_id, provider, now):
            asked.append(Money(failed.amount, failed.currency))
    await _look_at_steps(tx.db, viewer.tenant_id, now)
    await _warn_of_cards(tx.db, viewer.tenant_id, now)
    if asked:
        tx.tell(str(len(asked)), total=sum(asked[1:], asked[0]))
    return AskedAgain(len(asked))


async def _due_again(tx: AsyncConnection, now: datetime) -> Sequence[Row[Any]]:
    """The last try of each thing that is paid by itself, where it failed long enough ago."""
    subject = func.coalesce(payments.c.invoice_id, payments.c.order_id)
    first_at = func.min(payments.c.made_at).over(partition_by=subject).label("first_at")
    nobodys = or_(payments.c.order_id.is_(None), orders.c.actor_id.is_(None))
    told = select(payments, first_at).outerjoin(
        orders, (orders.c.tenant_id == payments.c.tenant_id) & (orders.c.id == payments.c.order_id)
    )
    by_card = payments.c.provider.not_in(["invoice", "credit"])  # what came otherwise says nothing of the card
    newest = (
        told.where(nobodys, by_card)
        .ext(distinct_on(subject))
        .order_by(subject, payments.c.made_at.desc(), payments.c.id.desc())
    )
    return [row for row in await tx.execute(newest) if _is_due_again(row, now)]


def _is_due_again(row: Row[Any], now: datetime) -> bool:
    failed = row.state == PaymentState.FAILED and row.failure != Failure.NOT_NEEDED
    return failed and is_due_again(row.first_at, row.made_at, now)


async def _look_at_steps(tx: AsyncConnection, tenant_id: UUID, now: datetime) -> None:
    """Has a job ask how it stands with payments that nobody has heard of for a day."""
    one = payments.c
    old = select(one.id).where(
        one.state.in_([PaymentState.ACTION, PaymentState.WAITING]), one.made_at <= now - STEP_WAITS
    )
    for payment_id in (await tx.execute(old.order_by(one.id))).scalars():
        await defer(tx, "look_at_payment", tenant_id=tenant_id, payment_id=payment_id, give_up=1)


async def _warn_of_cards(tx: AsyncConnection, tenant_id: UUID, now: datetime) -> None:
    """Cards in use that are about to expire."""
    method, kind = payment_methods.c, NoticeKind.CARD_EXPIRES
    ending = select(method.id, method.label, method.expires_at).where(
        method.removed_at.is_(None), method.expires_at <= now + EXPIRY_TOLD
    )
    permission = AUDIENCE[kind].value
    raised = [
        Notice(tenant_id, kind, permission, row.id, msgspec.to_builtins(dict(row._mapping)))
        for row in await tx.execute(ending)
    ]
    await raise_notices(tx, raised, now)
