"""Sentences of refusals whose number may be one."""

from typing import Any

import pytest

from tenantry.words.speech import speech


@pytest.mark.parametrize(
    ("code", "params", "count", "one", "several"),
    [
        ("sign_in_limited", {}, "minutes", "Wait 1 minute and", "Wait 3 minutes and"),
        ("frequency_too_long", {}, "months", "A term of 1 month cannot", "A term of 3 months cannot"),
        ("csv_cells", {"wanted": 6}, "found", "has 1 cell; the heading has 6", "has 3 cells; the heading has 6"),
        ("password_weak", {}, "least", "at least 1 character.", "at least 3 characters."),
        ("file_faults", {}, "count", "has 1 fault;", "has 3 faults;"),
    ],
)
def test_a_number_and_its_word_agree(code: str, params: dict[str, Any], count: str, one: str, several: str) -> None:
    assert one in speech("en").refusal(code, params | {count: 1})
    assert several in speech("en").refusal(code, params | {count: 3})
