"""The demo's mailbox: letters that were kept instead of sent. Open to everybody, so only the demo has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.errors import Kind, Refused
from tenantry.store.database import Database
from tenantry.store.tables import letters

SHOWN = 100
_KEPT = select(
    letters.c.id, letters.c.recipient, letters.c.language, letters.c.subject, letters.c.body, letters.c.sent_at
).where(letters.c.body.is_not(None))


@dataclass(frozen=True)
class KeptLetter:
    """A letter as its reader would get it."""

    id: UUID
    recipient: str
    language: str
    subject: str
    body: str
    sent_at: datetime


async def list_mailbox(db: Database) -> Sequence[KeptLetter]:
    """The newest letters, the newest first."""
    async with db.transaction() as tx:
        rows = (await tx.execute(_KEPT.order_by(letters.c.id.desc()).limit(SHOWN))).all()
    return [KeptLetter(*row) for row in rows]


async def read_kept_letter(db: Database, *, letter_id: UUID) -> KeptLetter:
    """One letter. Raises Refused("letter_missing")."""
    async with db.transaction() as tx:
        row = (await tx.execute(_KEPT.where(letters.c.id == letter_id))).one_or_none()
    if row is None:
        raise Refused("letter_missing", Kind.MISSING)
    return KeptLetter(*row)
