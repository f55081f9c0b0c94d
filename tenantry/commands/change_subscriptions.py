"""What is changed on a subscription without a charge: recurring billing, a trial's length, deletion, its number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, literal, select, text, update

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.subscription_moves import EXTENSION, UNDELETE_WITHIN, Move, decide_move
from tenantry.domain.text import checked_line
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.held_subscriptions import Held, lock_held, read_held
from tenantry.store.tables import payment_methods, scheduled_changes, subscriptions

LOOK_AGAIN = {"due_at": text("'epoch'")}  # the sweep finds out anew when something falls due
NUMBER_LENGTH = 50


@dataclass(frozen=True)
class Moved:
    """Until when the move holds, or from when on; None if it changed nothing."""

    at: datetime | None
    operation_id: UUID


@command(Permission.SUBSCRIPTION_CHANGE)
async def set_recurring(
    tx: Tx, viewer: Viewer, *, subscription_id: UUID, recurring: bool, mark: str, now: datetime
) -> Moved:
    """Has it renew by itself, or end with its term: then what is booked for the renewal is dropped.

    A trial goes on as a paid subscription. mark: of the preview (`Held.mark`).
    Raises Refused: what `lock_held` and `decide_move` do, "trial_needs_method" for a trial that is to be paid.
    """
    held = await lock_held(tx.db, subscription_id, mark, now)
    decide_move(Move.RECURRING, held.standing, now)
    if recurring == renews(held):
        return Moved(None, tx.operation_id)
    if held.facts.trial and recurring and not await _can_pay(tx):
        raise Refused("trial_needs_method", Kind.CONFLICT)
    converts = {"converts": recurring} if held.facts.trial else {}
    await _write(tx, held, recurring=recurring, **converts)
    if not recurring:
        booked = scheduled_changes.c.subscription_id == subscription_id
        await tx.db.execute(delete(scheduled_changes).where(booked))
    dropped = held.booked is not None and not recurring
    tx.tell(held.product, recurring=recurring, dropped=dropped, date=held.facts.ends_at)
    return Moved(held.facts.ends_at, tx.operation_id)


def renews(held: Held) -> bool:
    """Whether it is set to go on past its end: a trial by being paid, anything else by another term."""
    return held.facts.recurring and (held.facts.converts or not held.facts.trial)


async def _can_pay(tx: Tx) -> bool:
    usable = exists().where(payment_methods.c.removed_at.is_(None))
    return bool(await tx.db.scalar(select(literal(True)).where(usable)))


@command(Permission.SUBSCRIPTION_CHANGE)
async def extend_trial(tx: Tx, viewer: Viewer, *, subscription_id: UUID, mark: str, now: datetime) -> Moved:
    """Thirty days more of a trial, once. Raises Refused as `lock_held` and `decide_move` do."""
    held = await lock_held(tx.db, subscription_id, mark, now)
    decide_move(Move.EXTEND, held.standing, now)
    ends_at = held.facts.ends_at + EXTENSION
    free_until = func.greatest(subscriptions.c.billed_until, ends_at)
    await _write(tx, held, ends_at=ends_at, billed_until=free_until, extended_at=now)
    tx.tell(held.product, date=ends_at)
    return Moved(ends_at, tx.operation_id)


@command(Permission.SUBSCRIPTION_CHANGE)
async def delete_subscription(tx: Tx, viewer: Viewer, *, subscription_id: UUID, mark: str, now: datetime) -> Moved:
    """Has its data end in 72 hours, before its days are over. Raises Refused as `lock_held` and `decide_move` do."""
    held = await lock_held(tx.db, subscription_id, mark, now)
    decide_move(Move.DELETE, held.standing, now)
    delete_at = now + UNDELETE_WITHIN
    await _write(tx, held, delete_at=delete_at)
    tx.tell(held.product, date=delete_at)
    return Moved(delete_at, tx.operation_id)


@command(Permission.SUBSCRIPTION_CHANGE)
async def restore_subscription(tx: Tx, viewer: Viewer, *, subscription_id: UUID, mark: str, now: datetime) -> Moved:
    """Undoes `delete_subscription` while it can be undone. Raises Refused as `lock_held` and `decide_move` do."""
    held = await lock_held(tx.db, subscription_id, mark, now)
    decide_move(Move.RESTORE, held.standing, now)
    await _write(tx, held, delete_at=None)
    tx.tell(held.product)
    return Moved(None, tx.operation_id)


async def _write(tx: Tx, held: Held, **values: Any) -> None:
    changed = update(subscriptions).where(subscriptions.c.id == held.id)
    await tx.db.execute(changed.values(**values, **LOOK_AGAIN))


@command(Permission.SUBSCRIPTION_CHANGE)
async def set_po_number(tx: Tx, viewer: Viewer, *, subscription_id: UUID, po_number: str, now: datetime) -> Moved:
    """The number that stands on the invoices to come; none with an empty one.

    Raises Refused: "subscription_missing"; with `field` "po_number" what `checked_line` finds.
    """
    held = await read_held(tx.db, subscription_id)
    number = checked_line(po_number, field="po_number", limit=NUMBER_LENGTH) if po_number.strip() else ""
    if number != held.po_number:
        mine = update(subscriptions).where(subscriptions.c.id == held.id)
        await tx.db.execute(mine.values(po_number=number or None))
        tx.tell(held.product, po_number=number)
    return Moved(None, tx.operation_id)
