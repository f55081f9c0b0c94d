from dataclasses import replace

import pytest

from tenantry.domain.meetings import (
    FURTHEST,
    MOST_PEOPLE,
    MOST_WAITING,
    NAME_LENGTH,
    Habits,
    Plan,
    Room,
    State,
    admit,
    checked_habits,
    checked_name,
    checked_plan,
)
from tenantry.kit.errors import Refused
from tests.cast import DAY, NOW

ROOM = Room(ended=False, lobby=False, present=9, waiting=0, known=9, most=10)
FULL = replace(ROOM, present=10)


def refused(room: Room, *, organizer: bool = False, before: State | None = None) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refused) as error:
        admit(room, organizer=organizer, before=before)
    return error.value.code, error.value.params


def test_the_tenth_is_in_and_the_eleventh_is_told_how_many_may() -> None:
    assert admit(ROOM, organizer=False, before=None) is State.IN
    assert refused(FULL) == ("meeting_full", {"most": 10})
    assert refused(FULL, organizer=True) == ("meeting_full", {"most": 10})


def test_who_is_in_already_counts_once_and_stays_even_if_fewer_may_now() -> None:
    assert admit(replace(FULL, most=3), organizer=False, before=State.IN) is State.IN
    assert refused(replace(FULL, most=3), before=State.LEFT)[0] == "meeting_full"


def test_the_lobby_holds_everybody_but_the_organizer_and_lets_wait_where_it_is_full() -> None:
    lobby = replace(FULL, lobby=True)
    assert admit(lobby, organizer=False, before=None) is State.WAITING
    assert admit(replace(ROOM, lobby=True), organizer=True, before=None) is State.IN
    assert refused(replace(lobby, waiting=MOST_WAITING))[0] == "meeting_crowded"


@pytest.mark.parametrize(
    ("room", "code"),
    [
        (replace(ROOM, ended=True), "meeting_ended"),
        (replace(ROOM, most=None), "meeting_closed"),
        (replace(ROOM, known=MOST_PEOPLE), "meeting_crowded"),
    ],
)
def test_a_meeting_that_is_over_or_allowed_no_more_lets_nobody_in(room: Room, code: str) -> None:
    assert refused(room)[0] == code


@pytest.mark.parametrize(
    ("typed", "name"),
    [("  Ida   B.  ", "Ida B."), ("Jose\u0301", "José"), ("<b>x</b>", "<b>x</b>"), ("李", "李"), ("a\tb", "a b")],
)
def test_a_guests_name_is_made_plain(typed: str, name: str) -> None:
    assert checked_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "text_missing"),
        (" \u200b ", "text_missing"),
        ("...", "text_missing"),
        ("Ida\u202eadmin", "text_control"),
        ("x" * (NAME_LENGTH + 1), "text_long"),
        ("Ida\x00", "text_control"),
    ],
)
def test_a_name_that_is_none_or_plays_tricks_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refused) as error:
        checked_name(typed)
    assert (error.value.code, error.value.field) == (code, "name")


def test_a_plan_has_a_title_and_a_time_that_is_to_come() -> None:
    plan = Plan("  Monday  ", NOW + DAY, True, False)
    assert checked_plan(plan, NOW) == Plan("Monday", NOW + DAY, True, False)
    for at, code in ((NOW - DAY, "meeting_time_past"), (NOW + FURTHEST + DAY, "meeting_time_far")):
        with pytest.raises(Refused, match=code):
            checked_plan(replace(plan, starts_at=at), NOW)


def test_a_reminder_is_one_of_a_few() -> None:
    assert checked_habits(Habits(reminder=10)) == Habits(reminder=10)
    with pytest.raises(Refused, match="reminder_unknown"):
        checked_habits(Habits(reminder=7))
