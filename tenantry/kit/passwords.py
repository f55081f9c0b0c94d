"""Passwords: argon2id with 19 MiB, two passes, one lane: too slow for the event loop."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Letters and digits that are not taken for one another, read aloud or in print.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5

# Nobody's: what an unknown account is checked against, so that it takes as long as a known one.
DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$/dtK2Cw1Ud/EQYq5NPP+fA$o9SyrKc+7/CBDo4tc7zlbYoVy9FksQj2s16KYqxJlOU"


def hash_password(text: str) -> str:
    """The argon2id hash of `text`, with its salt and its costs in it."""
    return _HASHER.hash(text)


def verify(hash: str, text: str) -> bool:
    """Whether `text` is the password of `hash`; False for what is no hash."""
    try:
        return _HASHER.verify(hash, text)
    except (VerificationError, InvalidHashError):
        return False


def new_password() -> str:
    """A password to read out or print, like "mk7pd-w2rxv-8hqcn-ta4es": 99 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
