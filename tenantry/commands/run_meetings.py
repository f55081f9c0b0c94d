"""What time does to meetings: letters before they begin, and nobody in them of whom nothing is heard."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.store import meetings as rooms
from tenantry.store.database import Database
from tenantry.store.letters import write_letter
from tenantry.store.people import ACTIVE
from tenantry.store.tables import accounts, meeting_settings, meetings, tenants, users

AT_ONCE = 500
type_due = Row[tuple[object, ...]]


async def sweep_meetings(db: Database, *, tenant_id: UUID, now: datetime) -> None:
    """Takes everybody out of the tenant's meetings of whom nothing was heard. Repeatable."""
    async with db.transaction(tenant_id) as tx:
        await rooms.tell(tx, *await rooms.sweep(tx, now))


async def remind_of_meetings(db: Database, *, tenant_id: UUID, site: str, now: datetime) -> int:
    """Writes to organizers whose meetings begin within the minutes that they chose, once for each meeting.

    site: where links begin. Returns how many letters; called again as long as that is `AT_ONCE`.
    """
    async with db.transaction(tenant_id) as tx:
        due = await _due(tx, now)
        for one in due:
            facts = {"title": one.title, "starts_at": one.starts_at, "link": f"{site}/meet/{one.token}"}
            await write_letter(tx, kind="meeting_reminder", to=one.email, language=one.language, params=facts, now=now)
        reminded = update(meetings).where(meetings.c.id == func.any([one.id for one in due]))
        await tx.execute(reminded.values(reminded_at=now))
    return len(due)


async def _due(tx: AsyncConnection, now: datetime) -> list[type_due]:
    """The meetings to write about, locked; of people who can still sign in."""
    c, minutes = meetings.c, meeting_settings.c.reminder_minutes
    organizer = (users.c.tenant_id == c.tenant_id) & (users.c.id == c.organizer_id)
    chosen = (meeting_settings.c.tenant_id == c.tenant_id) & (meeting_settings.c.user_id == c.organizer_id)
    language = func.coalesce(accounts.c.language, tenants.c.language).label("language")
    found = (
        select(c.id, c.title, c.starts_at, c.token, accounts.c.email, language)
        .join(users, organizer)
        .join(tenants, tenants.c.tenant_id == c.tenant_id)
        .join(accounts, accounts.c.id == users.c.account_id)
        .join(meeting_settings, chosen)
        .where(c.reminded_at.is_(None), c.ended_at.is_(None), ACTIVE, users.c.blocked_at.is_(None))
        .where(c.starts_at > now, c.starts_at <= now + timedelta(days=1))
        .where(c.starts_at <= now + func.make_interval(0, 0, 0, 0, 0, minutes))
        .order_by(c.starts_at, c.id)
        .limit(AT_ONCE)
        .with_for_update(of=meetings, skip_locked=True)
    )
    return list(await tx.execute(found))
