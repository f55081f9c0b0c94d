"""Letters on their way: taken by a job, sent without a transaction, then marked as sent or failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from tenantry.store.database import Database
from tenantry.store.letters import put_off
from tenantry.store.tables import accounts, letters

MOST_TRIES = 6
_WAITING = letters.c.sent_at.is_(None) & letters.c.failed_at.is_(None)
_ZONE = (
    select(accounts.c.time_zone)
    .where(accounts.c.email_key == text("casefold(letters.recipient COLLATE pg_unicode_fast)"))
    .where(accounts.c.closed_at.is_(None))
    .correlate(letters)
    .scalar_subquery()
)
_LOST = text("""
    SELECT id FROM letters
    WHERE sent_at IS NULL AND failed_at IS NULL AND tries < :most AND made_at < :before AND NOT EXISTS (
        SELECT FROM procrastinate_jobs
        WHERE status IN ('todo', 'doing') AND args ->> 'letter_id' = letters.id::text)
    ORDER BY id
""")


@dataclass(frozen=True)
class Waiting:
    """A letter that is to be sent. tries: this one included; zone: the time zone that its reader chose."""

    id: UUID
    kind: str
    recipient: str
    language: str
    params: dict[str, Any]
    tries: int
    zone: str | None

    @property
    def last(self) -> bool:
        """Whether it is given up if this try fails."""
        return self.tries >= MOST_TRIES


async def take_letter(db: Database, *, letter_id: UUID) -> Waiting | None:
    """A try at a letter begins. None if it is sent or given up: a job that comes twice sends once."""
    c = letters.c
    taken = update(letters).where(c.id == letter_id, _WAITING).values(tries=c.tries + 1)
    async with db.transaction() as tx:
        returned = taken.returning(c.id, c.kind, c.recipient, c.language, c.params, c.tries, _ZONE)
        row = (await tx.execute(returned)).one_or_none()
    return Waiting(*row) if row else None


async def letter_sent(db: Database, *, letter_id: UUID, now: datetime) -> None:
    """It is on its way: its params, which may hold links, are forgotten."""
    await _mark(db, letter_id, {"sent_at": now, "params": {}, "error": None})


async def letter_kept(db: Database, *, letter_id: UUID, subject: str, body: str, now: datetime) -> None:
    """The demo's way of sending: it lies in the mailbox page."""
    await _mark(db, letter_id, {"sent_at": now, "params": {}, "error": None, "subject": subject, "body": body})


async def letter_failed(db: Database, *, letter_id: UUID, error: str, final: bool, now: datetime) -> None:
    """A try came to nothing. final: it is given up until somebody has it sent again (`store.letters.send_again`)."""
    await _mark(db, letter_id, {"error": error[:500], "failed_at": now if final else None})


async def _mark(db: Database, letter_id: UUID, values: dict[str, Any]) -> None:
    async with db.transaction() as tx:
        await tx.execute(update(letters).where(letters.c.id == letter_id, _WAITING).values(values))


async def take_up_letters(db: Database, *, now: datetime) -> int:
    """Puts off anew the letters that lost their job, or that waited for a mail server. Returns how many."""
    async with db.transaction() as tx:
        before = {"most": MOST_TRIES, "before": now - timedelta(minutes=5)}
        lost = list((await tx.execute(_LOST, before)).scalars())
        for letter_id in lost:
            await put_off(tx, letter_id)
    return len(lost)
