"""Seat conflicts: the worked checks of reference: licensing, 4.5, and what a repair may propose."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.seat_conflicts import (
    REDUCED_GRACE,
    UNUSED,
    Cause,
    Conflict,
    Holder,
    Pool,
    Share,
    Why,
    find_conflict,
    propose,
    unserved,
    victims,
)
from tenantry.domain.subscriptions import Facts
from tests.cast import DAY, NOW, SECOND, _id

YEAR = 365 * DAY


def share(number: int, seats: int, *, ended: timedelta | None = None, canceled: timedelta | None = None) -> Share:
    """A yearly subscription, bought directly; ended or canceled so long ago, else running."""
    ends_at = NOW + 30 * DAY if ended is None else NOW - ended
    canceled_at = None if canceled is None else NOW - canceled
    facts = Facts(ends_at - YEAR, ends_at, ended is None, False, "direct", 12, canceled_at=canceled_at)
    return Share(_id(number), facts, seats)


ACTIVE_5, ACTIVE_8 = share(1, 5), share(2, 8)
EXPIRED_8, DISABLED_8 = share(3, 8, ended=10 * DAY), share(4, 8, ended=40 * DAY)
END_OF_EXPIRED = NOW + 20 * DAY


def test_thirteen_licenses_on_five_and_eight_active_seats_are_no_conflict() -> None:
    assert find_conflict(Pool([ACTIVE_5, ACTIVE_8], 13), NOW) is None


def test_eight_expired_seats_are_missing_and_all_still_work_until_expired_ends() -> None:
    found = find_conflict(Pool([ACTIVE_5, EXPIRED_8], 13), NOW)
    assert found == Conflict(8, 0, Cause.EXPIRED, NOW - 10 * DAY, END_OF_EXPIRED, (_id(3),))


def test_eight_disabled_seats_are_missing_and_eight_have_no_service() -> None:
    found = find_conflict(Pool([ACTIVE_5, DISABLED_8], 13), NOW)
    assert found == Conflict(8, 8, Cause.DISABLED, NOW - 40 * DAY, None, (_id(4),))


def test_five_licenses_on_five_active_seats_are_no_conflict_whatever_else_expired() -> None:
    assert find_conflict(Pool([ACTIVE_5, EXPIRED_8], 5), NOW) is None


def test_a_renewal_with_fewer_seats_leaves_ninety_days() -> None:
    reduced = Pool([share(1, 6)], 9, reduced=3, reduced_at=NOW - DAY)
    assert find_conflict(reduced, NOW) == Conflict(3, 0, Cause.REDUCED, NOW - DAY, NOW + 89 * DAY, ())
    assert unserved(reduced, NOW + 89 * DAY - SECOND) == 0
    assert unserved(reduced, NOW + 89 * DAY) == 3


def test_a_canceled_subscription_cuts_service_at_once() -> None:
    found = find_conflict(Pool([ACTIVE_5, share(2, 8, canceled=DAY)], 13), NOW)
    assert found is not None
    assert (found.short, found.cut, found.cause, found.since, found.deadline) == (8, 8, Cause.CANCELED, NOW - DAY, None)


def test_the_cause_is_the_loss_that_made_the_pool_short() -> None:
    old, new = share(2, 4, ended=25 * DAY), share(3, 4, ended=5 * DAY)
    found = find_conflict(Pool([ACTIVE_5, old, new], 8), NOW)
    assert found is not None
    assert (found.short, found.since) == (3, NOW - 5 * DAY)
    assert found.deadline == NOW + 5 * DAY + 20 * DAY  # the older eight go first, and the newer four still cover all


def test_the_last_subscription_gone_is_a_conflict_of_everybody() -> None:
    found = find_conflict(Pool([EXPIRED_8], 8), NOW)
    assert found is not None
    assert (found.short, found.cut, found.deadline) == (8, 0, END_OF_EXPIRED)


def holder(number: int, *, days: int = 400, blocked: int | None = None, used: int | None = None) -> Holder:
    """Somebody assigned, blocked, last seen so many days ago."""

    def ago(count: int | None) -> datetime | None:
        return None if count is None else NOW - count * DAY

    return Holder(_id(number), NOW - days * DAY, ago(blocked), ago(used))


def test_the_blocked_go_before_the_long_unused_and_those_who_work_stay() -> None:
    busy, idle, never, blocked = holder(1, used=3), holder(2, used=200), holder(3), holder(4, blocked=2, used=1)
    repair = propose(3, [busy, idle, never, blocked], NOW)
    assert repair.release == ((_id(4), Why.BLOCKED), (_id(3), Why.UNUSED), (_id(2), Why.UNUSED))
    assert repair.buy == 0


def test_a_fresh_license_is_not_called_unused() -> None:
    assert propose(1, [holder(1, days=UNUSED.days - 1)], NOW).release == ()
    assert propose(1, [holder(1, days=UNUSED.days)], NOW).release == ((_id(1), Why.UNUSED),)


def test_the_pinned_are_never_proposed() -> None:
    pinned = Holder(_id(1), NOW - YEAR, blocked_at=NOW - DAY, pinned=True)
    assert propose(2, [pinned], NOW) == propose(2, [], NOW)


ages = st.integers(0, 500)
holders = st.lists(
    st.builds(
        lambda days, blocked, used, pinned: (days, blocked, used, pinned),
        ages,
        st.none() | ages,
        st.none() | ages,
        st.booleans(),
    ),
    max_size=30,
)


@given(holders, st.integers(1, 40))
def test_a_repair_releases_and_buys_exactly_what_is_short(
    facts: list[tuple[int, int | None, int | None, bool]], short: int
) -> None:
    people = [
        Holder(
            _id(n), NOW - days * DAY, None if b is None else NOW - b * DAY, None if u is None else NOW - u * DAY, pin
        )
        for n, (days, b, u, pin) in enumerate(facts)
    ]
    repair = propose(short, people, NOW)
    released = [user_id for user_id, _ in repair.release]
    assert len(released) + repair.buy == short
    assert len(set(released)) == len(released)
    assert not {one.user_id for one in people if one.pinned} & set(released)


def test_service_is_lost_by_the_newest_first_and_by_the_pinned_last() -> None:
    old, new, pinned = holder(1, days=300), holder(2, days=10), Holder(_id(3), NOW - DAY, pinned=True)
    assert victims([old, new, pinned], 1) == (_id(2),)
    assert victims([old, new, pinned], 3) == (_id(2), _id(1), _id(3))


@pytest.mark.parametrize("after", [timedelta(0), REDUCED_GRACE, 3 * YEAR])
def test_a_pool_with_enough_seats_never_cuts_anybody(after: timedelta) -> None:
    assert unserved(Pool([ACTIVE_5, ACTIVE_8], 13), NOW + after) == 0
