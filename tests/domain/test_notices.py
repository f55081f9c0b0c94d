"""When notices are mailed: the first at once, others together a day later, urgent ones within the hour."""

from datetime import timedelta

import pytest

from tenantry.domain.notices import TECHNICAL, URGENT, NoticeKind, is_mailed_now
from tests.cast import NOW

CALM, GRAVE = NoticeKind.RENEWAL_AHEAD, NoticeKind.CONFLICT
HOUR, BIT = timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("kinds", "since", "mailed"),
    [
        ([], None, False),
        ([], 100 * HOUR, False),
        ([CALM], None, True),
        ([CALM], 20 * HOUR, True),
        ([CALM], 20 * HOUR - BIT, False),
        ([CALM], timedelta(), False),
        ([GRAVE], None, True),
        ([GRAVE], HOUR, True),
        ([GRAVE], HOUR - BIT, False),
        ([CALM, GRAVE], 2 * HOUR, True),
        (["of a newer version"], 2 * HOUR, False),
    ],
)
def test_what_is_new_is_mailed_as_soon_as_its_readers_had_their_rest(
    kinds: list[str], since: timedelta | None, mailed: bool
) -> None:
    assert is_mailed_now(kinds, None if since is None else NOW - since, NOW) is mailed


def test_urgent_is_what_breaks_or_runs_out_and_a_payment_that_failed() -> None:
    assert set(NoticeKind) - URGENT == {
        NoticeKind.WINDOW_SHUTS,
        NoticeKind.RENEWAL_AHEAD,
        NoticeKind.TRIAL_ENDS,
        NoticeKind.TRIAL_CONVERTS,
        NoticeKind.CARD_EXPIRES,
        NoticeKind.SUPPORT_OPENED,
        NoticeKind.DOMAIN_LAPSED,
    }
    assert TECHNICAL < URGENT
