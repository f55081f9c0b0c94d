"""What can be done to a subscription, status by status, and each reason why not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.subscription_moves import EXTEND_WITHIN, MOVES, Move, Standing, decide_move, open_moves
from tenantry.domain.subscriptions import Facts, Status
from tenantry.kit.errors import Refused
from tests.cast import DAY, NOW, SECOND

ACTIVE = Standing(Facts(NOW - 100 * DAY, NOW + 265 * DAY, True, False, "direct", 12), NOW - 93 * DAY)
TRIAL = Standing(Facts(NOW - 20 * DAY, NOW + 10 * DAY, True, True, "direct", 1), NOW - 13 * DAY)
IN = {
    Status.SCHEDULED: replace(ACTIVE, facts=replace(ACTIVE.facts, starts_at=NOW + DAY)),
    Status.TRIAL: TRIAL,
    Status.ACTIVE: replace(ACTIVE, cancel_until=NOW + SECOND),
    Status.EXPIRED: replace(ACTIVE, facts=replace(ACTIVE.facts, ends_at=NOW - DAY, recurring=False)),
    Status.DISABLED: replace(ACTIVE, facts=replace(ACTIVE.facts, ends_at=NOW - 31 * DAY, recurring=False)),
    Status.DELETED: replace(ACTIVE, facts=replace(ACTIVE.facts, delete_at=NOW)),
}
GRID = """
              scheduled                 trial            active           expired                 disabled                deleted
    seats     subscription_not_started  trial_seats      -                subscription_not_active subscription_not_active subscription_gone
    terms     subscription_not_started  trial_seats      -                subscription_not_active subscription_not_active subscription_gone
    switch    subscription_not_started  trial_seats      -                subscription_not_active subscription_not_active subscription_gone
    recurring subscription_not_started  -                -                subscription_not_active subscription_not_active subscription_gone
    cancel    subscription_not_started  trial_cancel     -                subscription_ended      subscription_ended      subscription_gone
    renew     subscription_not_started  subscription_runs subscription_runs -                     -                       subscription_gone
    extend    subscription_not_started  -                not_a_trial      trial_over              trial_over              subscription_gone
    convert   subscription_not_started  -                not_a_trial      trial_over              trial_over              subscription_gone
    delete    subscription_not_started  delete_runs      delete_runs      delete_runs             -                       subscription_gone
    restore   subscription_not_started  delete_not_asked delete_not_asked delete_not_asked        delete_not_asked        subscription_gone
"""  # noqa: E501
ROWS = [line.split() for line in GRID.strip().splitlines()]


def refusal(move: Move, standing: Standing) -> str:
    """Why the move cannot be made now; "-" if it can."""
    try:
        decide_move(move, standing, NOW)
    except Refused as refused:
        return refused.code
    return "-"


@pytest.mark.parametrize("row", ROWS[1:], ids=lambda row: row[0])
def test_each_move_is_allowed_or_refused_in_each_status(row: list[str]) -> None:
    assert [refusal(Move(row[0]), IN[Status(name)]) for name in ROWS[0]] == row[1:]


def test_the_table_knows_every_move_in_every_status() -> None:
    assert {move: set(by_status) for move, by_status in MOVES.items()} == {move: set(Status) for move in Move}


def test_the_page_offers_what_would_be_let_through() -> None:
    for standing in IN.values():
        assert open_moves(standing, NOW) == {move for move in Move if refusal(move, standing) == "-"}


def params(move: Move, standing: Standing) -> dict[str, Any]:
    with pytest.raises(Refused) as refused:
        decide_move(move, standing, NOW)
    return refused.value.params


def test_a_window_that_is_shut_says_when_the_term_ends() -> None:
    shut = replace(ACTIVE, cancel_until=NOW)
    assert refusal(Move.CANCEL, shut) == "cancel_window"
    assert params(Move.CANCEL, shut) == {"date": ACTIVE.facts.ends_at}


def test_a_trial_is_extended_once_and_only_in_its_last_days() -> None:
    def trial(left: timedelta) -> Standing:
        return replace(TRIAL, facts=replace(TRIAL.facts, ends_at=NOW + left))

    assert refusal(Move.EXTEND, trial(EXTEND_WITHIN)) == "-"
    early = trial(EXTEND_WITHIN + SECOND)
    assert refusal(Move.EXTEND, early) == "trial_extend_early"
    assert params(Move.EXTEND, early) == {"date": NOW + SECOND, "days": 15}
    assert refusal(Move.EXTEND, replace(TRIAL, extended_at=NOW - DAY)) == "trial_extended"


def test_what_is_marked_for_deletion_can_be_had_back_until_it_is_gone() -> None:
    marked = replace(IN[Status.DISABLED], facts=replace(IN[Status.DISABLED].facts, delete_at=NOW + SECOND))
    assert (refusal(Move.DELETE, marked), refusal(Move.RESTORE, marked)) == ("delete_asked", "-")


@pytest.mark.parametrize("channel", ["reseller", "volume", "free"])
def test_what_others_look_after_is_not_changed_here(channel: str) -> None:
    theirs = replace(IN[Status.ACTIVE], facts=replace(ACTIVE.facts, channel=channel))
    assert refusal(Move.RECURRING, theirs) == "subscription_channel"
    assert open_moves(theirs, NOW) == frozenset()
