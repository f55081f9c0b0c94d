"""What nobody needs any more of sign-ins, ended links and counted tries. Of all accounts, so it has no viewer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete

from tenantry.store.database import Database
from tenantry.store.tables import links, sessions, sign_ins, sign_ups, throttles

SIGN_INS_KEPT = timedelta(days=180)
TRIES_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Swept:
    """How many rows went."""

    sessions: int
    links: int
    throttles: int
    sign_ins: int
    sign_ups: int


async def sweep_sessions(db: Database, *, now: datetime) -> Swept:
    """Deletes sessions, links and sign-ups that are over, tries of past windows, and sign-ins of half a year ago."""
    over = (
        delete(sessions).where(sessions.c.expires_at <= now),
        delete(links).where(links.c.expires_at <= now),
        delete(throttles).where(throttles.c.window_at <= now - TRIES_KEPT),
        delete(sign_ins).where(sign_ins.c.at <= now - SIGN_INS_KEPT),
        delete(sign_ups).where(sign_ups.c.expires_at <= now),
    )
    async with db.transaction() as tx:
        return Swept(*[(await tx.execute(statement)).rowcount for statement in over])
