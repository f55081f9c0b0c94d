"""A new total of seats, and each reason why not (reference: licensing, 3.3, 3.4 and 4.5)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.seat_changes import WINDOW, Batch, Purchase, When, cancel_until, decide_seats
from tenantry.domain.subscriptions import Facts
from tenantry.kit.errors import Refused
from tests.cast import DAY, NOW, SECOND

YEAR = 365 * DAY
FACTS = Facts(NOW - 100 * DAY, NOW - 100 * DAY + YEAR, True, False, "direct", 12)


def purchase(seats: int, *, assigned: int = 0, batches: tuple[Batch, ...] = (), **facts: Any) -> Purchase:
    bought = batches or (Batch(seats, FACTS.starts_at),)
    return Purchase(replace(FACTS, **facts), seats, bought, assigned, most=10_000)


def refusal(of: Purchase, total: int, when: When = When.NOW) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as refused:
        decide_seats(of, total, when, NOW)
    assert refused.value.field == "seats"
    return refused.value.code, dict(refused.value.params)


def test_one_types_the_new_total_and_the_difference_is_bought_now() -> None:
    assert decide_seats(purchase(100), 105, When.NOW, NOW) == (Batch(100, FACTS.starts_at), Batch(5, NOW))


def test_a_total_below_the_assigned_is_refused_with_how_many_to_unassign_first() -> None:
    fresh = purchase(10, assigned=9, batches=(Batch(10, NOW - DAY),))
    assert refusal(fresh, 6) == ("seats_below_assigned", {"assigned": 9, "more": 3})


def test_fewer_seats_within_the_window_come_off_the_newest_batch() -> None:
    batches = (Batch(10, FACTS.starts_at), Batch(3, NOW - 2 * DAY), Batch(4, NOW - DAY))
    assert decide_seats(purchase(17, batches=batches), 12, When.NOW, NOW) == (*batches[:1], Batch(2, NOW - 2 * DAY))


def test_each_batch_has_a_window_of_its_own() -> None:
    batches = (Batch(10, FACTS.starts_at), Batch(5, NOW - WINDOW + SECOND))
    assert decide_seats(purchase(15, batches=batches), 10, When.NOW, NOW) == batches[:1]
    assert refusal(purchase(15, batches=batches), 9) == ("seats_window", {"least": 10})
    shut = (batches[0], Batch(5, NOW - WINDOW))
    assert refusal(purchase(15, batches=shut), 14) == ("seats_window", {"least": 15})


def test_seats_that_another_product_takes_the_place_of_need_no_window() -> None:
    shut = purchase(15, assigned=4, batches=(Batch(10, FACTS.starts_at), Batch(5, NOW - WINDOW)))
    assert decide_seats(shut, 8, When.NOW, NOW, moved=7) == (Batch(8, FACTS.starts_at),)
    with pytest.raises(Refused, match="seats_window"):
        decide_seats(shut, 8, When.NOW, NOW, moved=6)
    with pytest.raises(Refused, match="seats_below_assigned"):
        decide_seats(shut, 3, When.NOW, NOW, moved=12)


def test_fewer_than_assigned_can_be_booked_for_renewal() -> None:
    bought = purchase(10, assigned=9)
    assert decide_seats(bought, 6, When.RENEWAL, NOW) == tuple(bought.batches)


def test_nothing_is_booked_without_a_renewal() -> None:
    assert refusal(purchase(10, recurring=False), 6, When.RENEWAL) == ("seats_not_recurring", {"date": FACTS.ends_at})


@pytest.mark.parametrize("total", [-5, 0, 10_001])
def test_a_total_that_cannot_be_is_refused(total: int) -> None:
    assert refusal(purchase(10), total) == ("seats_out_of_range", {"most": 10_000})


def test_the_same_total_is_no_change() -> None:
    assert refusal(purchase(10), 10) == ("seats_same", {"seats": 10})


def test_a_trial_is_bought_before_it_grows() -> None:
    assert refusal(purchase(25, trial=True, ends_at=NOW + DAY), 30)[0] == "trial_seats"


def test_what_has_ended_is_renewed_before_it_changes() -> None:
    ended = purchase(10, recurring=False, ends_at=NOW - DAY)
    assert refusal(ended, 12) == ("subscription_not_active", {"status": "expired"})


def test_a_resellers_subscription_is_changed_by_the_reseller() -> None:
    assert refusal(purchase(10, channel="reseller"), 12) == ("seats_channel", {"channel": "reseller"})


def test_the_whole_can_be_canceled_within_the_window_of_its_first_batch() -> None:
    batches = (Batch(10, NOW), Batch(5, NOW + 3 * DAY))
    assert cancel_until(purchase(15, batches=batches)) == NOW + timedelta(days=7)
