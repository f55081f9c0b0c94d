"""What somebody may use: over all their licenses and paths, until when, and how much on which day."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from tenantry.domain.entitlements import MEETING_LIMIT, Barred, Entitlements, Holder, Holding, Idle, entitle
from tenantry.domain.subscriptions import Facts
from tests.cast import BASIC, BOARD, CALENDAR, CATALOG, CHAT, DAY, MAIL_SMALL, NOW, SECOND, TASKS

CAME = NOW - 400 * DAY
RUNNING = Facts(CAME, NOW + 30 * DAY, recurring=True, trial=False, channel="direct", term_months=12)
ENDING = replace(RUNNING, recurring=False)
GROUP = UUID(int=7)
FREE = Holding(BOARD.sku_id, frozenset(), (), False, (RUNNING,))
PAID = Holding(BASIC.sku_id, frozenset(), (), False, (RUNNING,))


def ask(*holdings: Holding, now: datetime = NOW, came_at: datetime = CAME, barred: Barred = Barred.NOT) -> Entitlements:
    return entitle(CATALOG, Holder(UUID(int=1), came_at, barred), holdings, now)


def names(seen: Entitlements) -> set[str]:
    return {one.plan.name for one in seen.plans}


@pytest.mark.parametrize(
    ("since", "people"),
    [
        (timedelta(), 10),
        (DAY, 10),
        (60 * DAY - SECOND, 10),  # the last second of day 60
        (60 * DAY, 3),  # the first of day 61
        (61 * DAY, 3),
        (4000 * DAY, 3),
    ],
)
def test_ten_may_meet_for_sixty_days_and_three_from_day_61_on(since: timedelta, people: int) -> None:
    came = NOW - since
    limit = ask(FREE, came_at=came).limits[MEETING_LIMIT]
    assert limit.value == people
    assert (limit.changes_at, limit.then) == ((came + 60 * DAY, 3) if people == 10 else (None, None))


def test_the_highest_limit_counts_and_a_paid_app_lifts_it_at_once() -> None:
    assert ask(FREE, PAID).limit(MEETING_LIMIT) == 300
    assert ask(FREE).limit(MEETING_LIMIT) == 3
    assert ask().limit(MEETING_LIMIT) is None


def test_when_the_paid_app_ends_the_limit_is_the_free_ones_again() -> None:
    ends_at = NOW + 60 * DAY  # thirty days after its end it is disabled
    limit = ask(FREE, replace(PAID, subscriptions=(ENDING,))).limits[MEETING_LIMIT]
    assert (limit.value, limit.changes_at, limit.then) == (300, ends_at, 3)
    alone = ask(replace(PAID, subscriptions=(ENDING,))).limits[MEETING_LIMIT]
    assert (alone.changes_at, alone.then) == (ends_at, None)


def test_an_app_is_had_by_every_path_that_has_not_switched_it_off() -> None:
    direct = replace(PAID, disabled=frozenset({CHAT.id}))
    assert names(ask(direct)) == {"MAIL_S", "SITES_S"}
    both = ask(replace(direct, groups=(GROUP,)))
    grants = {one.plan.id: [grant.group_id for grant in one.grants] for one in both.plans}
    assert grants[CHAT.id] == [GROUP]
    assert grants[MAIL_SMALL.id] == [None, GROUP]
    assert names(ask(replace(PAID, disabled=None, groups=(GROUP,)))) == {"MAIL_S", "SITES_S", "CHAT"}


@pytest.mark.parametrize(
    ("days", "served"),
    [(29, True), (31, True), (59, True), (60, False), (200, False)],  # expired for thirty days, then disabled
)
def test_service_lasts_while_a_subscription_is_expired_and_ends_when_it_is_disabled(days: int, served: bool) -> None:
    seen = ask(replace(PAID, subscriptions=(ENDING,)), now=NOW + days * DAY)
    assert bool(seen.plans) is served
    assert seen.idle == ({} if served else {BASIC.sku_id: Idle.SUBSCRIPTION_ENDED})
    assert all(one.until == NOW + 60 * DAY for one in seen.plans)


def test_one_subscription_of_the_pool_that_serves_is_enough_and_one_that_goes_on_has_no_end() -> None:
    over = replace(ENDING, ends_at=NOW - 300 * DAY)
    assert {one.until for one in ask(replace(PAID, subscriptions=(over, ENDING))).plans} == {NOW + 60 * DAY}
    assert {one.until for one in ask(replace(PAID, subscriptions=(over, ENDING, RUNNING))).plans} == {None}


def test_a_license_whose_seat_is_missing_gives_nothing_and_says_so() -> None:
    seen = ask(FREE, replace(PAID, cut=True))
    assert names(seen) == {TASKS.name, CALENDAR.name}
    assert seen.idle == {BASIC.sku_id: Idle.SEATS_MISSING}


@pytest.mark.parametrize("barred", [one for one in Barred if one])
def test_who_is_blocked_or_gone_has_nothing(barred: Barred) -> None:
    seen = ask(FREE, PAID, barred=barred)
    assert (seen.plans, dict(seen.limits)) == ((), {})
