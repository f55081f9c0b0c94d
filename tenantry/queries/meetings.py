"""Meetings, seen: one's own, what one's apps allow, and who is in the room."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog
from tenantry.domain.entitlements import MEETING_LIMIT, Entitlements, LimitNow
from tenantry.domain.meetings import Attendee, Habits, State
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.entitlements import entitlements_of
from tenantry.queries.frame import query
from tenantry.queries.meeting_gate import Place
from tenantry.store.catalog import load_catalog
from tenantry.store.groups import Named, admins, is_group, offered
from tenantry.store.kept_data import kept_until
from tenantry.store.meetings import find_attendee
from tenantry.store.tables import meeting_people, meeting_settings, meetings, tenants, users


@dataclass(frozen=True)
class Allowance:
    """What somebody's apps allow of meetings. limit: None for nothing. free: only by what sign-up gives.

    group: their organization has no admin yet. ask: who could be asked for more. kept_until: until when their meetings
    are kept, where they may hold none.
    """

    limit: LimitNow | None
    free: bool
    group: bool
    ask: tuple[Named, ...]
    kept_until: datetime | None


@dataclass(frozen=True)
class MeetingRow:
    """A meeting of one's own. present: who is in right now."""

    id: UUID
    title: str
    token: str
    starts_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    present: int


@dataclass(frozen=True)
class Meetings:
    """A page of one's own meetings, the newest first, how many are open and how many are over, and one's habits."""

    page: Page[MeetingRow]
    open: int
    ended: int
    habits: Habits
    allowance: Allowance


def own_user(viewer: Viewer) -> UUID:
    """Raises Refused("own_people_only") for the operator, who is none of the organization's people."""
    if viewer.user_id is None:
        raise Refused("own_people_only", Kind.DENIED)
    return viewer.user_id


@query(Permission.OWN_USE)
async def list_meetings(
    tx: AsyncConnection, viewer: Viewer, *, ended: bool, cursor: Cursor | None, limit: int, now: datetime
) -> Meetings:
    """One's own meetings: those that are open, or those that are over. At most ten statements, however many there are.

    Raises Refused("own_people_only").
    """
    user_id, c = own_user(viewer), meetings.c
    backward = cursor is not None and cursor.backward
    over = c.ended_at.is_not(None)
    wanted = select(*(c[name] for name in MeetingRow.__dataclass_fields__)).where(c.organizer_id == user_id)
    wanted = wanted.where(over if ended else ~over)
    if cursor is not None:
        wanted = wanted.where(c.id > cursor.id if backward else c.id < cursor.id)
    rows = await tx.execute(wanted.order_by(c.id if backward else c.id.desc()).limit(limit + 1))
    page = cut([MeetingRow(*row) for row in rows], limit, cursor, lambda row: (b"", row.id))
    counted = select(func.count().filter(~over), func.count().filter(over)).where(c.organizer_id == user_id)
    open_, closed = (await tx.execute(counted)).one()
    return Meetings(page, open_, closed, await habits_of(tx, user_id), await _allowance(tx, user_id, now))


async def _allowance(tx: AsyncConnection, user_id: UUID, now: datetime) -> Allowance:
    entitled, catalog = await entitlements_of(tx, user_id, now), await load_catalog(tx)
    limit = entitled.limits.get(MEETING_LIMIT) if entitled else None
    given = frozenset(await offered(tx, "sign_up"))
    kept = await kept_until(tx, user_id, now) if limit is None else {}
    meets = [until for sku_id, until in kept.items() if _has_meetings(catalog, sku_id)]
    free = entitled is not None and limit is not None and _by(catalog, entitled) <= given
    return Allowance(limit, free, await is_group(tx), await admins(tx), max(meets, default=None))


def _has_meetings(catalog: Catalog, sku_id: UUID) -> bool:
    product = catalog.products.get(sku_id)
    return product is not None and any(_is_meeting(catalog, plan_id) for plan_id in product.plan_ids)


def _is_meeting(catalog: Catalog, plan_id: UUID) -> bool:
    return any(limit.name == MEETING_LIMIT for limit in catalog.limits.get(plan_id, ()))


def _by(catalog: Catalog, entitled: Entitlements) -> frozenset[UUID]:
    """The products that somebody may hold meetings by."""
    plans = (one for one in entitled.plans if _is_meeting(catalog, one.plan.id))
    return frozenset(grant.sku_id for one in plans for grant in one.grants)


async def habits_of(tx: AsyncConnection, user_id: UUID) -> Habits:
    c = meeting_settings.c
    chosen = select(c.lobby, c.mute_on_entry, c.reminder_minutes).where(c.user_id == user_id)
    row = (await tx.execute(chosen)).one_or_none()
    return Habits(*row) if row else Habits()


@query(Permission.OWN_USE)
async def read_habits(tx: AsyncConnection, viewer: Viewer) -> Habits:
    """What the viewer chose for meetings of their own. Raises Refused("own_people_only")."""
    return await habits_of(tx, own_user(viewer))


# The room


@dataclass(frozen=True)
class Seated:
    """Somebody in a meeting, or at its door. guest: no person of the organization, whatever their name says."""

    id: UUID
    name: str
    guest: bool
    organizer: bool
    muted: bool
    me: bool


@dataclass(frozen=True)
class RoomView:
    """A meeting as somebody who came to it sees it. state: where they are, None if they never came; name: as they said.

    people: who is in, and waiting (told to the organizer only) who is at the door, in the order in which they came.
    mine: it is their own meeting. most: how many may be in it now, None if none may.
    """

    title: str
    organizer: str
    organization: str
    starts_at: datetime | None
    ended: bool
    lobby: bool
    state: State | None
    name: str
    muted: bool
    mine: bool
    people: tuple[Seated, ...]
    waiting: tuple[Seated, ...]
    most: int | None
    member: bool


async def view_room(tx: AsyncConnection, place: Place, who: Attendee | None, now: datetime) -> RoomView | None:
    """The room of a link; None if the meeting is gone. Six statements. Who is in is told only to those who are in."""
    c = meetings.c
    found = (
        select(meetings, users.c.display_name, tenants.c.name)
        .join(users, (users.c.tenant_id == c.tenant_id) & (users.c.id == c.organizer_id))
        .join(tenants, tenants.c.tenant_id == c.tenant_id)
    )
    row = (await tx.execute(found.where(c.id == place.meeting_id))).one_or_none()
    if row is None:
        return None
    me = await find_attendee(tx, place.meeting_id, who) if who else None
    mine = who is not None and who.user_id == row.organizer_id
    inside = me is not None and me.state == State.IN
    entitled = await entitlements_of(tx, row.organizer_id, now)
    return RoomView(
        title=row.title,
        organizer=row.display_name,
        organization=row.name,
        starts_at=row.starts_at,
        ended=row.ended_at is not None,
        lobby=row.lobby,
        state=State(me.state) if me else None,
        name=me.name if me else who.name if who else "",
        muted=bool(me and me.muted),
        mine=mine,
        people=await _seated(tx, place, me.id, State.IN) if me and inside else (),
        waiting=await _seated(tx, place, me.id, State.WAITING) if me and inside and mine else (),
        most=entitled.limit(MEETING_LIMIT) if entitled else None,
        member=who is not None and who.user_id is not None,
    )


async def _seated(tx: AsyncConnection, place: Place, me: UUID, state: State) -> tuple[Seated, ...]:
    c = meeting_people.c
    guest: ColumnElement[bool] = c.user_id.is_(None)
    organizer = func.coalesce(c.user_id == place.organizer_id, False)
    some = select(c.id, c.name, guest, organizer, c.muted, c.id == me)
    here = some.where(c.meeting_id == place.meeting_id, c.state == state).order_by(organizer.desc(), c.joined_at, c.id)
    return tuple(Seated(*row) for row in await tx.execute(here))
