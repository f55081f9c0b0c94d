"""A subscription's life by the days of each channel (reference: licensing, 3.1)."""

from datetime import datetime, timedelta

import pytest

from tenantry.domain.subscriptions import STAGES, Facts, Seats, Stages, Status, effective_status, stages_of
from tests.cast import DAY, NOW, SECOND

END = NOW


def facts(channel: str = "direct", *, trial: bool = False, recurring: bool = False, term_months: int = 12) -> Facts:
    return Facts(END - 30 * term_months * DAY, END, recurring, trial, channel, term_months)


def status(of: Facts, moment: datetime) -> Status:
    return effective_status(of, moment)


@pytest.mark.parametrize(
    ("bought", "expired", "disabled"),
    [
        (facts("direct"), 30, 90),
        (facts("enterprise", term_months=1), 30, 90),
        (facts("enterprise", term_months=12), 30, 90),
        (facts("enterprise", term_months=36), 90, 90),
        (facts("volume"), 90, 60),
        (facts("open"), 30, 90),
        (facts("reseller"), 0, 90),
        (facts("free"), 0, 0),
        (facts("direct", trial=True), 30, 30),
        (facts("reseller", trial=True), 30, 30),
        (facts("enterprise", trial=True, term_months=36), 30, 30),
    ],
)
def test_days_in_each_status_are_those_of_the_table(bought: Facts, expired: int, disabled: int) -> None:
    assert stages_of(bought) == Stages(expired, disabled)
    disabled_at, deleted_at = END + timedelta(days=expired), END + timedelta(days=expired + disabled)
    told = [status(bought, moment) for moment in (END, disabled_at, deleted_at)]
    then = [
        Status.EXPIRED if expired else Status.DISABLED if disabled else Status.DELETED,
        Status.DISABLED if disabled else Status.DELETED,
        Status.DELETED,
    ]
    assert told == then
    if expired:
        assert status(bought, disabled_at - SECOND) is Status.EXPIRED
    if disabled:
        assert status(bought, deleted_at - SECOND) is Status.DISABLED


def test_the_period_is_half_open() -> None:
    bought = facts()
    assert status(bought, bought.starts_at - SECOND) is Status.SCHEDULED
    assert status(bought, bought.starts_at) is Status.ACTIVE
    assert status(bought, END - SECOND) is Status.ACTIVE
    assert status(bought, END) is Status.EXPIRED


def test_a_trial_is_called_a_trial_until_it_ends() -> None:
    assert status(facts(trial=True), END - SECOND) is Status.TRIAL
    assert status(facts(trial=True), END) is Status.EXPIRED


def test_recurring_billing_keeps_it_active_past_the_end_of_a_term() -> None:
    assert status(facts(recurring=True), END + 400 * DAY) is Status.ACTIVE


def test_a_trial_ends_even_with_recurring_billing() -> None:
    assert status(facts(trial=True, recurring=True), END) is Status.EXPIRED


def test_every_channel_has_its_days() -> None:
    assert set(STAGES) == {"direct", "enterprise", "volume", "open", "reseller", "free"}


@pytest.mark.parametrize(
    ("seats", "free", "short"),
    [
        (Seats(enabled=13, warning=0, suspended=0, consumed=13), 0, 0),
        (Seats(enabled=5, warning=8, suspended=0, consumed=13), 0, 8),
        (Seats(enabled=5, warning=0, suspended=8, consumed=13), 0, 8),
        (Seats(enabled=5, warning=8, suspended=0, consumed=5), 0, 0),
        (Seats(enabled=6, warning=0, suspended=0, consumed=9), 0, 3),
        (Seats(enabled=25, warning=0, suspended=0, consumed=24), 1, 0),
    ],
)
def test_only_enabled_seats_can_be_given_and_only_they_prevent_a_conflict(seats: Seats, free: int, short: int) -> None:
    """The worked checks of reference: licensing, 4.5."""
    assert (seats.free, seats.short) == (free, short)
