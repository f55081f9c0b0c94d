"""Meetings as rows: who comes and goes is written under the lock of the meeting, whose `present` counts who is in.

What people do is stamped by the wall clock, in a sandbox too: a clock that is moved ahead sends nobody away.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Row,
    TextClause,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.meetings import STALE, Attendee, Plan, Room, State
from tenantry.kit.ids import new_id
from tenantry.store.clocks import wall
from tenantry.store.handles import handle_hash
from tenantry.store.meeting_news import CHANNEL
from tenantry.store.tables import handles, meeting_people, meetings

MEETING = "meeting"


async def put_meeting(
    tx: AsyncConnection, tenant_id: UUID, meeting_id: UUID, organizer_id: UUID, plan: Plan, now: datetime
) -> str | None:
    """A new meeting; written again under the same id it stays as it is. Returns the token of its link.

    None if the id is somebody else's.
    """
    c, token = meetings.c, secrets.token_hex(20)
    row = {"tenant_id": tenant_id, "id": meeting_id, "organizer_id": organizer_id, "token": token, "created_at": now}
    facts = {"title": plan.title, "starts_at": plan.starts_at, "lobby": plan.lobby, "mute_on_entry": plan.mute_on_entry}
    made = await tx.execute(upsert(meetings).values(row | facts).on_conflict_do_nothing().returning(c.token))
    if made.scalar_one_or_none() is None:
        mine = select(c.token).where(c.id == meeting_id, c.organizer_id == organizer_id)
        return (await tx.execute(mine)).scalar_one_or_none()
    way = {"kind": MEETING, "hash": handle_hash(token), "tenant_id": tenant_id, "row_id": meeting_id}
    await tx.execute(insert(handles).values(way))
    return token


async def hold_meeting(tx: AsyncConnection, meeting_id: UUID, now: datetime) -> Row[Any] | None:
    """Locks a meeting until the transaction ends, once those are out of whom nothing was heard; None if it is gone."""
    c = meetings.c
    held = select(c.id).where(c.id == meeting_id).with_for_update(key_share=True)
    if (await tx.execute(held)).one_or_none() is None:
        return None
    await tx.execute(_OUT_STALE, {"now": now, "meetings": [meeting_id]})
    return (await tx.execute(select(meetings).where(c.id == meeting_id))).one()


async def room_of(tx: AsyncConnection, held: Row[Any], most: int | None) -> Room:
    """A meeting that is locked, as `domain.meetings` sees it. most: what the organizer's apps allow."""
    c = meeting_people.c
    counted = select(func.count(), func.count().filter(c.state == State.WAITING)).where(c.meeting_id == held.id)
    known, waiting = (await tx.execute(counted)).one()
    return Room(held.ended_at is not None, held.lobby, held.present, waiting, known, most)


def _is(who: Attendee) -> ColumnElement[bool]:
    """A row of `meeting_people` is of `who`."""
    c = meeting_people.c
    return c.user_id == who.user_id if who.user_id else c.token_hash == who.browser


async def find_attendee(tx: AsyncConnection, meeting_id: UUID, who: Attendee) -> Row[Any] | None:
    mine = select(meeting_people).where(meeting_people.c.meeting_id == meeting_id, _is(who))
    return (await tx.execute(mine)).one_or_none()


async def put_attendee(
    tx: AsyncConnection, held: Row[Any], mine: Row[Any] | None, who: Attendee, state: State, now: datetime
) -> None:
    """Writes where `who` is in a meeting that is locked. mine: their row so far."""
    before = mine.state if mine else None
    muted = mine.muted if mine and before == State.IN else held.mute_on_entry and who.user_id != held.organizer_id
    facts = {"name": who.name, "state": state, "muted": muted, "seen_at": wall(now), "left_at": None}
    if mine is None:
        row = {"tenant_id": held.tenant_id, "id": new_id(), "meeting_id": held.id, "joined_at": wall(now)}
        same = {"user_id": who.user_id, "token_hash": who.browser}
        await tx.execute(insert(meeting_people).values(row | same | facts))
    else:
        await tx.execute(update(meeting_people).where(meeting_people.c.id == mine.id).values(facts))
    if state is State.IN and before != State.IN:
        await _count_in(tx, held.id)


async def let_in(tx: AsyncConnection, meeting_id: UUID, person_id: UUID) -> bool:
    """Lets in somebody who waits. False if they do not wait any more."""
    c = meeting_people.c
    waits = update(meeting_people).where(c.meeting_id == meeting_id, c.id == person_id, c.state == State.WAITING)
    if not (await tx.execute(waits.values(state=State.IN))).rowcount:
        return False
    await _count_in(tx, meeting_id)
    return True


async def _count_in(tx: AsyncConnection, meeting_id: UUID) -> None:
    await tx.execute(update(meetings).where(meetings.c.id == meeting_id).values(present=meetings.c.present + 1))


# Going out. The old state is what says whether somebody was counted.

_WALL = "(:now - make_interval(secs => coalesce((SELECT test_clock FROM tenants), 0)))"


def _out(whom: str) -> TextClause:
    order = text(f"""
        WITH gone AS (
            UPDATE meeting_people SET state = 'left', left_at = {_WALL} WHERE state <> 'left' AND {whom}
            RETURNING meeting_id, old.state AS was
        ), counted AS (
            SELECT meeting_id, count(*) FILTER (WHERE was = 'in') AS people FROM gone GROUP BY meeting_id
        )
        UPDATE meetings SET present = present - people FROM counted WHERE id = meeting_id RETURNING id
    """)  # noqa: S608 - conditions of our own
    return order.bindparams(bindparam("now", type_=DateTime(timezone=True)))


_OUT_STALE = _out(
    f"meeting_id = ANY (:meetings) AND seen_at < {_WALL} - make_interval(secs => {STALE.total_seconds()})"
).bindparams(bindparam("meetings", type_=ARRAY(Uuid)))
_OUT_ONE = _out("meeting_id = :meeting AND id = :person").bindparams(
    bindparam("meeting", type_=Uuid), bindparam("person", type_=Uuid)
)
_OUT_ALL = _out("meeting_id = :meeting").bindparams(bindparam("meeting", type_=Uuid))


async def take_out(tx: AsyncConnection, meeting_id: UUID, person_id: UUID, now: datetime) -> bool:
    """Somebody leaves, or is not let in. False if they were not there."""
    order = {"now": now, "meeting": meeting_id, "person": person_id}
    return (await tx.execute(_OUT_ONE, order)).one_or_none() is not None


async def end(tx: AsyncConnection, meeting_id: UUID, now: datetime) -> None:
    """Nobody is in any more, and nobody comes in."""
    await tx.execute(_OUT_ALL, {"now": now, "meeting": meeting_id})
    await tx.execute(update(meetings).where(meetings.c.id == meeting_id).values(ended_at=now))


async def sweep(tx: AsyncConnection, now: datetime) -> tuple[UUID, ...]:
    """Takes everybody out of whom nothing was heard, in all meetings of the tenant. Returns those that changed."""
    busy = select(meetings.c.id).where(meetings.c.present > 0).order_by(meetings.c.id).with_for_update(key_share=True)
    held = list((await tx.execute(busy)).scalars())
    return tuple((await tx.execute(_OUT_STALE, {"now": now, "meetings": held})).scalars())


# Being there


async def stay(tx: AsyncConnection, meeting_id: UUID, who: Attendee, now: datetime) -> tuple[bool, bool]:
    """Notes that `who` is still there, waiting or in. Returns whether they are, and whether others are not any more."""
    c, at = meeting_people.c, wall(now)
    here = update(meeting_people).where(c.meeting_id == meeting_id, _is(who), c.state != State.LEFT)
    there = bool((await tx.execute(here.values(seen_at=at))).rowcount)
    stale = select(c.id).where(c.meeting_id == meeting_id, c.state != State.LEFT, c.seen_at < at - STALE)
    return there, (await tx.execute(stale.limit(1))).first() is not None


async def mute(tx: AsyncConnection, meeting_id: UUID, who: Attendee, muted: bool) -> bool:
    """Whether that changed anything."""
    c = meeting_people.c
    mine = update(meeting_people).where(c.meeting_id == meeting_id, _is(who), c.state == State.IN, c.muted != muted)
    return bool((await tx.execute(mine.values(muted=muted))).rowcount)


async def tell(tx: AsyncConnection, *meeting_ids: UUID) -> None:
    """Whoever listens hears, once the transaction has committed, in which meetings something changed."""
    for meeting_id in meeting_ids:
        await tx.execute(select(func.pg_notify(CHANNEL, str(meeting_id))))


# Who is gone for good

_FORGET = text("""
    WITH gone AS (
        DELETE FROM meeting_people WHERE user_id = ANY (:people) RETURNING meeting_id, state
    ), counted AS (
        SELECT meeting_id, count(*) FILTER (WHERE state = 'in') AS people FROM gone GROUP BY meeting_id
    ), ways AS (
        DELETE FROM handles USING meetings
        WHERE handles.kind = 'meeting' AND handles.tenant_id = meetings.tenant_id AND row_id = meetings.id
          AND organizer_id = ANY (:people)
    )
    UPDATE meetings SET present = present - people FROM counted WHERE id = meeting_id
""").bindparams(bindparam("people", type_=ARRAY(Uuid)))


async def forget_people(tx: AsyncConnection, user_ids: Collection[UUID]) -> None:
    """Takes out of all meetings those whose rows are about to end, and shuts the links of their own meetings."""
    await tx.execute(_FORGET, {"people": list(user_ids)})
