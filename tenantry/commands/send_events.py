"""Events on their way to the vendor's app: taken by a job, posted without a transaction, then marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, DateTime, Interval, Text, Uuid, bindparam, text

from tenantry.domain.events import MOST_TRIES, WAITS, Event
from tenantry.store.database import Database

KEPT = timedelta(days=90)  # of events that were taken; others stay until they are

# The next try is set before this one begins: if nobody comes back from it, another follows all the same.
_TAKE = text("""
    WITH due AS (
        SELECT tenant_id, id FROM outbox
        WHERE sent_at IS NULL AND given_up_at IS NULL AND coalesce(next_at, :now) <= :now
        ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox SET tries = tries + 1, next_at = :now + (:waits)[least(tries + 1, cardinality(:waits))]
    FROM due WHERE outbox.tenant_id = due.tenant_id AND outbox.id = due.id
    RETURNING outbox.tenant_id, outbox.id, kind, payload, at, tries
""").bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("waits", type_=ARRAY(Interval)))
_MARK = text("""
    UPDATE outbox SET answer = said, sent_at = CASE WHEN taken THEN :now END,
        given_up_at = CASE WHEN NOT taken AND tries >= :most THEN :now END
    FROM unnest(:ids, :said, :taken) AS answers (event_id, said, taken)
    WHERE outbox.id = event_id AND sent_at IS NULL
""").bindparams(
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("said", type_=ARRAY(Text)),
    bindparam("taken", type_=ARRAY(Boolean)),
)
_FORGET = text("DELETE FROM outbox WHERE sent_at <= :before")


@dataclass(frozen=True)
class Answer:
    """What came of one try. said: in one line."""

    event_id: UUID
    said: str
    taken: bool


async def take_events(db: Database, *, tenant_id: UUID, most: int, now: datetime) -> tuple[Event, ...]:
    """A try at up to `most` events of a tenant begins. Two jobs never take the same one at the same time."""
    async with db.transaction(tenant_id) as tx:
        rows = await tx.execute(_TAKE, {"now": now, "most": most, "waits": list(WAITS)})
        return tuple(Event(*row) for row in rows)


async def note_answers(db: Database, *, tenant_id: UUID, answers: Sequence[Answer], now: datetime) -> None:
    """Marks what was taken as sent, and what was not taken at its last try as given up. One statement."""
    facts = {
        "ids": [one.event_id for one in answers],
        "said": [one.said for one in answers],
        "taken": [one.taken for one in answers],
    }
    async with db.transaction(tenant_id) as tx:
        await tx.execute(_MARK, {"now": now, "most": MOST_TRIES, **facts})


async def forget_events(db: Database, *, now: datetime) -> int:
    """Forgets the events of every tenant that were taken long ago. db: as the jobs role. Returns how many."""
    async with db.transaction() as tx:
        return (await tx.execute(_FORGET, {"before": now - KEPT})).rowcount
