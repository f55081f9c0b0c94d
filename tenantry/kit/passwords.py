"""Passwords: argon2id with 19 MiB, two passes, one lane: too slow for the event loop."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from typing import TypeVar

from anyio import CapacityLimiter, create_task_group, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Letters and digits that are not taken for one another, read aloud or in print.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUP = 5
# A password takes 19 MiB and a core for a moment: so many at once and no more.
_AT_ONCE = 2
_ASIDE = CapacityLimiter(_AT_ONCE)

K = TypeVar("K")

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


async def hash_aside(text: str) -> str:
    """`hash_password` in a thread, so that the event loop goes on."""
    return await to_thread.run_sync(hash_password, text, limiter=_ASIDE)


async def hash_each(passwords: Mapping[K, str], told: Callable[[int], Awaitable[None]]) -> dict[K, str]:
    """The hash of each password, two at a time; `told` is given how many are done, after each."""
    waiting, hashes = iter(passwords.items()), dict[K, str]()

    async def work() -> None:
        for key, password in waiting:
            hashes[key] = await hash_aside(password)
            await told(len(hashes))

    async with create_task_group() as group:
        for _ in range(_AT_ONCE):
            group.start_soon(work)
    return hashes


async def verify_aside(hash: str, text: str) -> bool:
    """`verify` in a thread, so that the event loop goes on."""
    return await to_thread.run_sync(verify, hash, text, limiter=_ASIDE)


def new_password() -> str:
    """A password to read out or print, like "mk7pd-w2rxv-8hqcn-ta4es": 99 bits."""
    return _spelled(4)


def new_seed() -> str:
    """What passwords are derived from, 256 bits: whoever has it has all of them."""
    return secrets.token_urlsafe(32)


def derive_password(seed: str, name: str) -> str:
    """The password of `name`, spelled as `new_password` spells; the same each time, and told by no other name's."""
    number = int.from_bytes(blake2b(name.encode(), key=seed.encode()).digest())
    letters = "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(4 * _GROUP))
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def new_code() -> str:
    """A code to keep on paper, like "mk7pd-w2rxv-8hqcn": 74 bits."""
    return _spelled(3)


def _spelled(groups: int) -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(groups))
