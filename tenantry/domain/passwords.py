"""What makes a password good enough. Long beats clever: there is no rule of digits and signs."""

from tenantry.kit.errors import Kind, Refused

LEAST_LENGTH = 12
LEAST_LETTERS = 5  # different ones: "aaaaaaaaaaaa" is long and worth nothing

# The commonest that are long enough, as published lists of stolen passwords have them.
_LISTED = """
    123456789012 1234567890123 12345678901234 123456123456 123456789123 123456789123456 111222333444
    1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv q1w2e3r4t5y6 qazwsxedcrfv qwertyuiop[]
    qwertyuiop12 qwertyuiop123 qwerty123456 qwerty1234567 qwertyuiopas asdfghjkl123
    abcdefghijkl abcdefghijklmnop abcdefg12345 abc123456789 abcd12345678 password1234 password12345
    password123456 passwordpassword mypassword123 iloveyou1234 letmein12345 welcome12345 changeme1234
    administrator administrator1 admin1234567 unbelievable footballfootball correcthorsebatterystaple
"""
_COMMON = frozenset(_LISTED.split())


def check_password(password: str, email: str) -> None:
    """Raises Refused with the field "password": "password_weak" (least), "password_is_email", "password_common"."""
    folded = password.strip().casefold()
    if len(password) < LEAST_LENGTH:
        raise Refused("password_weak", Kind.INVALID, field="password", least=LEAST_LENGTH)
    if folded == email.casefold():
        raise Refused("password_is_email", Kind.INVALID, field="password")
    if folded in _COMMON or len(set(folded)) < LEAST_LETTERS:
        raise Refused("password_common", Kind.INVALID, field="password")
