"""Tenants whose meetings have to be looked after, each by its own clock: asked across all of them, as the jobs role."""

from datetime import datetime, timedelta

from sqlalchemy import and_, func, select

from tenantry.domain.meetings import STALE, State
from tenantry.queries.due import each, type_due
from tenantry.queries.house import House
from tenantry.store.clocks import there
from tenantry.store.tables import meeting_people, meeting_settings, meetings, tenants


async def tenants_with_lost_attendees(house: House, *, now: datetime) -> type_due:
    """Those with somebody in a meeting of whom nothing was heard (`commands.run_meetings.sweep_meetings`)."""
    c, busy = meeting_people.c, meetings.c
    same = and_(c.tenant_id == busy.tenant_id, c.meeting_id == busy.id)
    lost = (
        select(busy.tenant_id)
        .join(meeting_people, same)
        .where(busy.tenant_id == tenants.c.tenant_id, busy.present > 0, c.state != State.LEFT, c.seen_at < now - STALE)
    )
    return await each(house, select(tenants.c.tenant_id, there(now)).where(lost.exists()))


async def tenants_to_remind(house: House, *, now: datetime) -> type_due:
    """Those with a meeting that begins within the minutes that its organizer chose."""
    c, own = meetings.c, meeting_settings.c
    chosen = and_(own.tenant_id == c.tenant_id, own.user_id == c.organizer_id)
    begins = and_(c.starts_at > there(now), c.starts_at <= there(now) + timedelta(days=1))
    soon = (
        select(c.tenant_id)
        .join(meeting_settings, chosen)
        .where(c.tenant_id == tenants.c.tenant_id, c.reminded_at.is_(None), c.ended_at.is_(None), begins)
        .where(c.starts_at <= there(now) + func.make_interval(0, 0, 0, 0, 0, own.reminder_minutes))
    )
    living = tenants.c.suspended_at.is_(None), tenants.c.deleted_at.is_(None)
    return await each(house, select(tenants.c.tenant_id, there(now)).where(soon.exists(), *living))
