"""Ending one's own sessions on other browsers. They belong to the account, so these have no viewer."""

from uuid import UUID

from sqlalchemy import delete

from tenantry.kit.errors import Kind, Refused
from tenantry.store import sessions as store
from tenantry.store.database import Database
from tenantry.store.tables import sessions


async def end_session(db: Database, *, account_id: UUID, session_id: UUID) -> None:
    """Ends one of the account's sessions. Raises Refused("session_missing"): it is over, or somebody else's."""
    mine = delete(sessions).where(sessions.c.account_id == account_id, sessions.c.id == session_id)
    async with db.transaction() as tx:
        if (await tx.execute(mine)).rowcount == 0:
            raise Refused("session_missing", Kind.MISSING)


async def end_other_sessions(db: Database, *, account_id: UUID, session_id: UUID) -> int:
    """Ends all of the account's sessions but one. Returns how many."""
    async with db.transaction() as tx:
        return await store.end_sessions(tx, account_id, but=session_id)
