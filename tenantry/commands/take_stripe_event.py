"""An event of Stripe's taken: once, however often it is sent, and what it means is asked of Stripe by a job."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from tenantry.store.database import Database
from tenantry.store.queue import defer
from tenantry.store.tables import webhook_events

KEPT = timedelta(days=30)
_JOBS = {"payment_id": "look_at_payment", "refund_id": "look_at_refund", "setup_id": "look_at_card"}


@dataclass(frozen=True)
class Told:
    """An event. id: Stripe's; mark: what it is about, a key of `_JOBS`, and of whom that is which."""

    id: str
    mark: str
    tenant_id: UUID
    subject_id: UUID


async def take_stripe_event(db: Database, *, told: Told, now: datetime) -> bool:
    """Has a job look at what the event is about. False for one that was taken before: nothing happens again.

    The event itself changes nothing, so that it does not matter when and in what order events come.
    """
    once = insert(webhook_events).values(provider="stripe", id=told.id, at=now).on_conflict_do_nothing()
    async with db.transaction() as tx:
        if not (await tx.execute(once)).rowcount:
            return False
        ids = {"tenant_id": told.tenant_id, told.mark: told.subject_id}
        await defer(tx, _JOBS[told.mark], **ids)  # type: ignore[arg-type]
    return True


async def forget_stripe_events(db: Database, *, now: datetime) -> int:
    """Forgets the ids of events that nobody could send again: their signatures are too old. Returns how many."""
    old = delete(webhook_events).where(webhook_events.c.provider == "stripe", webhook_events.c.at <= now - KEPT)
    async with db.transaction() as tx:
        return (await tx.execute(old)).rowcount
