"""Codes of an authenticator app: those of the standard, and how far off a clock is."""

from datetime import timedelta

import pytest

from tenantry.kit.one_time import new_secret, offset_of, setup_address, step_at
from tests.cast import NOW

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", the secret of RFC 6238


@pytest.mark.parametrize(("step", "code"), [(1, "287082"), (37037036, "081804"), (41152263, "005924")])
def test_the_codes_are_those_of_the_standard(step: int, code: str) -> None:
    assert offset_of(code, SECRET, step=step, reach=0) == 0


@pytest.mark.parametrize("offset", [-20, -1, 0, 1, 20])
def test_a_clock_that_differs_is_told(offset: int) -> None:
    assert offset_of("081804", SECRET, step=37037036 - offset, reach=20) == offset


def test_a_code_of_no_step_in_reach_is_none() -> None:
    assert offset_of("081804", SECRET, step=37037057, reach=20) is None
    assert offset_of("", SECRET, step=37037036, reach=20) is None
    assert offset_of("٠٨١٨٠٤", SECRET, step=37037036, reach=20) is None


def test_a_step_lasts_thirty_seconds() -> None:
    assert step_at(NOW) == step_at(NOW + timedelta(seconds=29))
    assert step_at(NOW + timedelta(seconds=30)) == step_at(NOW) + 1


def test_no_two_secrets_are_alike_and_an_app_is_told_whose_it_is() -> None:
    assert new_secret() != new_secret()
    address = setup_address(SECRET, name="peter@contoso.example", issuer="Tenantry")
    assert address == f"otpauth://totp/Tenantry:peter%40contoso.example?secret={SECRET}&issuer=Tenantry"
