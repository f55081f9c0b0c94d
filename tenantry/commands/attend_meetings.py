"""Coming to a meeting and leaving it: for whoever has its link. Nothing of the organization is changed, so nothing is
told to its log; whoever is in hears of it at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.entitlements import MEETING_LIMIT
from tenantry.domain.meetings import Attendee, State, admit, check_room
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.entitlements import entitlements_of
from tenantry.queries.meeting_gate import Place
from tenantry.queries.meetings import RoomView, view_room
from tenantry.store import meetings as rooms
from tenantry.store.database import Database
from tenantry.store.throttles import count_try

TRIES = 100  # of guests at one address to join one meeting, in a quarter of an hour: a whole floor may come by one


async def join_meeting(db: Database, *, place: Place, who: Attendee, origin: str, now: datetime) -> State:
    """Lets somebody in, or has them wait. Who is in already, by their user or by their browser, counts once.

    The organizer's limit is looked up now, and held under the meeting's lock. origin: the address of the asker.
    Raises Refused: "meeting_missing", what `domain.meetings.admit` does.
    """
    if who.user_id is None and await count_try(db, "meeting", f"{place.meeting_id}/{origin}", now) > TRIES:
        raise Refused("meeting_crowded", Kind.LIMITED)
    async with db.transaction(place.tenant_id) as tx:
        most = await _most(tx, place, now)
        held = await _hold(tx, place, now)
        mine = await rooms.find_attendee(tx, place.meeting_id, who)
        room = await rooms.room_of(tx, held, most)
        before = State(mine.state) if mine else None
        state = admit(room, organizer=who.user_id == place.organizer_id, before=before)
        await rooms.put_attendee(tx, held, mine, who, state, now)
        await rooms.tell(tx, place.meeting_id)
    return state


async def _most(tx: AsyncConnection, place: Place, now: datetime) -> int | None:
    entitled = await entitlements_of(tx, place.organizer_id, now)
    return entitled.limit(MEETING_LIMIT) if entitled else None


async def _hold(tx: AsyncConnection, place: Place, now: datetime) -> Row[tuple[object, ...]]:
    held = await rooms.hold_meeting(tx, place.meeting_id, now)
    if held is None:
        raise Refused("meeting_missing", Kind.MISSING)
    return held


async def look_in(db: Database, *, place: Place, who: Attendee | None, now: datetime) -> RoomView:
    """The room, as `who` sees it; who is in or waits is known to be still there by it.

    Raises Refused("meeting_missing").
    """
    if who is not None:
        await stay_in_meeting(db, place=place, who=who, now=now)
    async with db.transaction(place.tenant_id) as tx:
        view = await view_room(tx, place, who, now)
    if view is None:
        raise Refused("meeting_missing", Kind.MISSING)
    return view


async def stay_in_meeting(db: Database, *, place: Place, who: Attendee, now: datetime) -> bool:
    """Notes that somebody is still there, and takes out those of whom nothing is heard. Whether they are in or wait."""
    async with db.transaction(place.tenant_id) as tx:
        there, others_gone = await rooms.stay(tx, place.meeting_id, who, now)
    if there and others_gone:
        async with db.transaction(place.tenant_id) as tx:
            await _hold(tx, place, now)
            await rooms.tell(tx, place.meeting_id)
    return there


async def leave_meeting(db: Database, *, place: Place, who: Attendee, now: datetime) -> None:
    """Does nothing for who is not there. Raises Refused("meeting_missing")."""
    async with db.transaction(place.tenant_id) as tx:
        await _hold(tx, place, now)
        mine = await rooms.find_attendee(tx, place.meeting_id, who)
        if mine and await rooms.take_out(tx, place.meeting_id, mine.id, now):
            await rooms.tell(tx, place.meeting_id)


async def mute_self(db: Database, *, place: Place, who: Attendee, muted: bool) -> None:
    async with db.transaction(place.tenant_id) as tx:
        if await rooms.mute(tx, place.meeting_id, who, muted):
            await rooms.tell(tx, place.meeting_id)


# What the organizer does


def _require_organizer(place: Place, who: Attendee) -> None:
    if who.user_id != place.organizer_id:
        raise Refused("meeting_not_yours", Kind.DENIED)


async def let_in(db: Database, *, place: Place, who: Attendee, person_id: UUID, now: datetime) -> None:
    """Somebody who waits is in. Does nothing if they wait no more.

    Raises Refused: "meeting_not_yours", "meeting_missing", what `domain.meetings.check_room` does.
    """
    _require_organizer(place, who)
    async with db.transaction(place.tenant_id) as tx:
        most = await _most(tx, place, now)
        held = await _hold(tx, place, now)
        check_room(await rooms.room_of(tx, held, most))
        if await rooms.let_in(tx, place.meeting_id, person_id):
            await rooms.tell(tx, place.meeting_id)


async def turn_away(db: Database, *, place: Place, who: Attendee, person_id: UUID, now: datetime) -> None:
    """Somebody who waits is not let in. Raises Refused: "meeting_not_yours", "meeting_missing"."""
    _require_organizer(place, who)
    async with db.transaction(place.tenant_id) as tx:
        await _hold(tx, place, now)
        if await rooms.take_out(tx, place.meeting_id, person_id, now):
            await rooms.tell(tx, place.meeting_id)


async def end_meeting(db: Database, *, place: Place, who: Attendee, now: datetime) -> None:
    """Over for everybody. Raises Refused: "meeting_not_yours", "meeting_missing"."""
    _require_organizer(place, who)
    async with db.transaction(place.tenant_id) as tx:
        held = await _hold(tx, place, now)
        if held.ended_at is None:
            await rooms.end(tx, place.meeting_id, now)
            await rooms.tell(tx, place.meeting_id)
