"""Meetings of one's own, and what one chose for them. Nothing of the organization is changed, so nothing is told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from tenantry.domain.entitlements import MEETING_LIMIT
from tenantry.domain.meetings import Habits, Plan, checked_habits, checked_plan
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.entitlements import entitlements_of
from tenantry.queries.meetings import own_user
from tenantry.store.database import Database
from tenantry.store.meetings import put_meeting
from tenantry.store.tables import meeting_settings


async def plan_meeting(db: Database, viewer: Viewer, *, meeting_id: UUID, plan: Plan, now: datetime) -> str:
    """A new meeting of the viewer's, once for each id. Returns the token of its link.

    Raises Refused: "own_people_only", "meeting_not_licensed", "meeting_missing" (the id is somebody else's), what
    `checked_plan` does.
    """
    viewer.require(Permission.OWN_USE)
    user_id, plan = own_user(viewer), checked_plan(plan, now)
    async with db.transaction(viewer.tenant_id) as tx:
        entitled = await entitlements_of(tx, user_id, now)
        if entitled is None or entitled.limit(MEETING_LIMIT) is None:
            raise Refused("meeting_not_licensed", Kind.CONFLICT)
        token = await put_meeting(tx, viewer.tenant_id, meeting_id, user_id, plan, now)
    if token is None:
        raise Refused("meeting_missing", Kind.MISSING)
    return token


async def change_habits(db: Database, viewer: Viewer, *, habits: Habits) -> None:
    """For the viewer's meetings from now on. Raises Refused: "own_people_only", what `checked_habits` does."""
    viewer.require(Permission.OWN_USE)
    user_id, habits = own_user(viewer), checked_habits(habits)
    chosen = {"lobby": habits.lobby, "mute_on_entry": habits.mute_on_entry, "reminder_minutes": habits.reminder}
    row = insert(meeting_settings).values(tenant_id=viewer.tenant_id, user_id=user_id, **chosen)
    async with db.transaction(viewer.tenant_id) as tx:
        await tx.execute(row.on_conflict_do_update(index_elements=["tenant_id", "user_id"], set_=chosen))
