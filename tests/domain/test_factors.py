"""Which codes of an authenticator app are taken."""

import pytest

from tenantry.domain.factors import judge_code
from tenantry.kit.errors import Refused


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_code_of_a_neighboring_step_is_taken(offset: int) -> None:
    assert judge_code(offset, step=100, last_step=None) == 100 + offset
    assert judge_code(offset, step=100, last_step=98) == 100 + offset


@pytest.mark.parametrize(("offset", "last_step"), [(0, 100), (-1, 99), (-1, 100), (1, 101)])
def test_a_step_is_never_taken_twice_nor_after_a_later_one(offset: int, last_step: int) -> None:
    with pytest.raises(Refused, match="code_used"):
        judge_code(offset, step=100, last_step=last_step)


@pytest.mark.parametrize(("offset", "minutes"), [(2, 1), (-3, 2), (10, 5), (-20, 10)])
def test_a_code_from_further_off_says_by_how_much_the_clock_is_wrong(offset: int, minutes: int) -> None:
    with pytest.raises(Refused) as refused:
        judge_code(offset, step=100, last_step=None)
    assert (refused.value.code, refused.value.params) == ("code_clock", {"minutes": minutes})


def test_a_code_of_no_step_is_wrong() -> None:
    with pytest.raises(Refused, match="code_wrong"):
        judge_code(None, step=100, last_step=None)
