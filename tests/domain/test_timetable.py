"""When something on the timetable is due, and how it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from tenantry.domain.timetable import TIMETABLE, Rhythm, Standing, daily, every, hourly, standing

AT = datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC)
DONE, FAILED, MISSED = Standing.DONE, Standing.FAILED, Standing.MISSED


@pytest.mark.parametrize(
    ("rhythm", "latest", "following"),
    [
        (every(1), (2, 9, 41), (2, 9, 42)),
        (every(10), (2, 9, 40), (2, 9, 50)),
        (hourly(40), (2, 9, 40), (2, 10, 40)),
        (hourly(50), (2, 8, 50), (2, 9, 50)),
        (daily(9, 41), (2, 9, 41), (3, 9, 41)),
        (daily(23, 50), (1, 23, 50), (2, 23, 50)),
    ],
)
def test_a_rhythm_knows_when_it_was_due_and_when_it_is_next(
    rhythm: Rhythm, latest: tuple[int, int, int], following: tuple[int, int, int]
) -> None:
    assert rhythm.latest(AT) == datetime(2026, 3, *latest, tzinfo=UTC)
    assert rhythm.next(AT) == datetime(2026, 3, *following, tzinfo=UTC)


def test_what_is_due_this_moment_is_next_a_whole_period_later() -> None:
    due = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
    assert (hourly(40).latest(due), hourly(40).next(due)) == (due, due + timedelta(hours=1))


@pytest.mark.parametrize(
    ("due_at", "became", "seen"),
    [
        ("09:40", DONE, DONE),
        ("08:40", DONE, MISSED),
        ("08:40", FAILED, FAILED),
        ("08:40", Standing.WAITING, Standing.WAITING),
        ("08:40", Standing.RUNNING, Standing.RUNNING),
    ],
)
def test_only_what_was_not_begun_in_time_is_missed(due_at: str, became: Standing, seen: Standing) -> None:
    hour, minute = map(int, due_at.split(":"))
    assert standing(hourly(40), (AT.replace(hour=hour, minute=minute, second=0), became), AT) is seen


def test_the_worker_has_a_minute_to_notice_what_is_due() -> None:
    last = datetime(2026, 3, 2, 8, 40, tzinfo=UTC), DONE
    assert standing(hourly(40), last, AT.replace(minute=40)) is DONE


def test_what_was_never_due_is_no_fault() -> None:
    assert standing(every(5), None, AT) is Standing.NEVER


def test_every_rhythm_can_be_written_for_the_queue() -> None:
    minutes = {rhythm.period // timedelta(minutes=1) for rhythm in TIMETABLE.values()}
    assert {one for one in minutes if 60 % one} <= {24 * 60}
