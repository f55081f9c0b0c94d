"""Identifiers: UUID version 7, so that rows come in the order of their keys."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new UUIDv7 of the standard library's type."""
    return UUID(int=uuid_utils.uuid7().int)


def parse_id(text: str) -> UUID | None:
    """The id that `text` spells, or None if it spells none."""
    try:
        return UUID(text)
    except ValueError:
        return None
