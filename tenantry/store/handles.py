"""What leads to a tenant before any tenant is known: its address, its members' accounts."""

from hashlib import sha256
from uuid import UUID


def handle_hash(handle: str | UUID) -> bytes:
    """How a handle is stored: only somebody who has it can find it. Texts are compared case-folded."""
    text = handle.bytes if isinstance(handle, UUID) else handle.casefold().encode()
    return sha256(text).digest()
