"""Meetings: who is let in, how many at most, and what is typed about them."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tenantry.domain.text import checked_line
from tenantry.kit.errors import Kind, Refused

TITLE_LENGTH, NAME_LENGTH = 120, 60
BEAT = timedelta(seconds=15)  # how often somebody who is in says so
STALE = timedelta(seconds=45)  # after which who says nothing is gone
MOST_WAITING = 100
MOST_PEOPLE = 2000  # who ever joined one meeting, under all the names that they gave
REMINDERS = (5, 10, 15, 30, 60)  # minutes before the beginning
FURTHEST = timedelta(days=400)


class State(StrEnum):
    """Where somebody is who came to a meeting."""

    WAITING = "waiting"
    IN = "in"
    LEFT = "left"


@dataclass(frozen=True)
class Attendee:
    """Who comes to a meeting: a person of its organization, or a browser (its hash) and the name that it gave."""

    name: str
    user_id: UUID | None = None
    browser: bytes | None = None


@dataclass(frozen=True)
class Room:
    """A meeting at the moment when somebody comes. present: who is in; waiting: at the door; known: who ever came.

    most: what the organizer's apps allow right now, None if they allow no meetings.
    """

    ended: bool
    lobby: bool
    present: int
    waiting: int
    known: int
    most: int | None


def admit(room: Room, *, organizer: bool, before: State | None) -> State:
    """Whether somebody who comes is in, or waits to be let in. before: where they were, None if they are new.

    Who is in already stays in, and who waits goes on waiting.
    Raises Refused: "meeting_ended", "meeting_closed", "meeting_full" (most), "meeting_crowded".
    """
    if room.ended:
        raise Refused("meeting_ended", Kind.CONFLICT)
    if before in (State.IN, State.WAITING):
        return before
    if room.most is None:
        raise Refused("meeting_closed", Kind.CONFLICT)
    if before is None and room.known >= MOST_PEOPLE:
        raise Refused("meeting_crowded", Kind.LIMITED)
    if room.lobby and not organizer:
        if room.waiting >= MOST_WAITING:
            raise Refused("meeting_crowded", Kind.LIMITED)
        return State.WAITING
    check_room(room)
    return State.IN


def check_room(room: Room) -> None:
    """Raises Refused: "meeting_ended", "meeting_closed", "meeting_full" (most) where nobody more may come in."""
    if room.ended:
        raise Refused("meeting_ended", Kind.CONFLICT)
    if room.most is None:
        raise Refused("meeting_closed", Kind.CONFLICT)
    if room.present >= room.most:
        raise Refused("meeting_full", Kind.CONFLICT, most=room.most)


@dataclass(frozen=True)
class Plan:
    """A meeting as it is planned. starts_at: None for one that is held at any time."""

    title: str
    starts_at: datetime | None
    lobby: bool
    mute_on_entry: bool


def checked_plan(plan: Plan, now: datetime) -> Plan:
    """The plan with its title in order. Raises Refused with a field: as `checked_line` does, "meeting_time_past" or
    "meeting_time_far" (days)."""
    title = checked_line(_plain(plan.title), field="title", limit=TITLE_LENGTH)
    if plan.starts_at is not None and plan.starts_at < now - timedelta(minutes=5):
        raise Refused("meeting_time_past", Kind.INVALID, field="starts_at")
    if plan.starts_at is not None and plan.starts_at > now + FURTHEST:
        raise Refused("meeting_time_far", Kind.INVALID, field="starts_at", days=FURTHEST.days)
    return Plan(title, plan.starts_at, plan.lobby, plan.mute_on_entry)


def checked_name(text: str) -> str:
    """The name that a guest gave. Raises Refused with the field "name", as `checked_line` does."""
    name = checked_line(_plain(text), field="name", limit=NAME_LENGTH)
    if not any(one.isalnum() for one in name):
        raise Refused("text_missing", Kind.INVALID, field="name")
    return name


def _plain(text: str) -> str:
    """In one normal form, and blanks made one."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True)
class Habits:
    """What somebody chose for meetings of their own. reminder: minutes before the beginning, None for no letter."""

    lobby: bool = False
    mute_on_entry: bool = False
    reminder: int | None = None


def checked_habits(habits: Habits) -> Habits:
    """Raises Refused("reminder_unknown") with the field "reminder"."""
    if habits.reminder is not None and habits.reminder not in REMINDERS:
        raise Refused("reminder_unknown", Kind.INVALID, field="reminder")
    return habits
