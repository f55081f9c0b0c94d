"""The demo's own DNS: what its page holds, and what a look finds in it. Open to everybody, so only the demo has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from tenantry.domain.domains import PRIORITY, Answer, Look, Said
from tenantry.store.database import Database
from tenantry.store.tables import demo_zone

SERVER = "the demo's DNS"


@dataclass(frozen=True)
class ZoneRecord:
    """A record. kind: TXT or MX; value: the text, or the mail server's name."""

    id: UUID
    name: str
    kind: str
    value: str


async def list_zone(db: Database) -> Sequence[ZoneRecord]:
    """Every record, by name."""
    c = demo_zone.c
    async with db.transaction() as tx:
        rows = await tx.execute(select(c.id, c.name, c.kind, c.value).order_by(c.name, c.kind.desc(), c.value))
        return [ZoneRecord(*row) for row in rows]


async def look_into_zone(db: Database, *, name: str) -> Look:
    """What a look at the DNS would find, if the demo's were the world's."""
    c = demo_zone.c
    async with db.transaction() as tx:
        rows = (await tx.execute(select(c.kind, c.value).where(c.name == name).order_by(c.value))).all()
    texts = tuple(row.value for row in rows if row.kind == "TXT")
    mails = tuple((PRIORITY, row.value) for row in rows if row.kind == "MX")
    return Look((Said(SERVER, "", Answer.RECORDS, texts, mails),))
