"""Keyset paging: pages by the place of their first and last row, so that page 10,000 costs what page 1 does."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")
MAX_KEY = 2048

_TEXT, _BACKWARD = 1, 2
_ID_END = 1 + 16


@dataclass(frozen=True)
class Cursor:
    """The row to go on from, itself not included: its sort key and id.

    `backward`: towards the start of the list; the rows are then fetched in reverse order.
    """

    key: bytes | str
    id: UUID
    backward: bool = False


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows in the list's order, and the cursors (encoded) of the pages around, where there are such.

    A page that a cursor asked for may be empty, if rows have gone since: show the first page instead.
    """

    items: tuple[T, ...]
    next: str | None
    previous: str | None


def encode(cursor: Cursor) -> str:
    """The cursor as letters, digits, - and _."""
    text = isinstance(cursor.key, str)
    key = cursor.key.encode() if isinstance(cursor.key, str) else cursor.key
    flags = _TEXT * text | _BACKWARD * cursor.backward
    return base64.urlsafe_b64encode(bytes([flags]) + cursor.id.bytes + key).rstrip(b"=").decode()


def decode(text: str) -> Cursor | None:
    """The cursor that `text` spells; None for anything that `encode` does not write, which means the first page."""
    if not text or len(text) > MAX_KEY * 2 or not text.isascii():
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = _unpack(data)
    except (binascii.Error, UnicodeDecodeError):
        return None
    # One spelling per cursor; and PostgreSQL holds no NUL in text.
    if cursor is None or encode(cursor) != text or (isinstance(cursor.key, str) and "\0" in cursor.key):
        return None
    return cursor


def cut(rows: Sequence[T], limit: int, cursor: Cursor | None, key: Callable[[T], tuple[bytes | str, UUID]]) -> Page[T]:
    """The page from up to `limit` + 1 rows, fetched in the direction of `cursor` (None: from the start).

    `key` gives a row's sort key and id.
    """
    more = len(rows) > limit
    backward = cursor is not None and cursor.backward
    items = tuple(reversed(rows[:limit])) if backward else tuple(rows[:limit])
    if not items:
        return Page((), None, None)
    has_next, has_previous = (True, more) if backward else (more, cursor is not None)
    return Page(
        items,
        next=encode(Cursor(*key(items[-1]))) if has_next else None,
        previous=encode(Cursor(*key(items[0]), backward=True)) if has_previous else None,
    )


def _unpack(data: bytes) -> Cursor | None:
    if len(data) < _ID_END or data[0] > _TEXT | _BACKWARD:
        return None
    key: bytes | str = data[_ID_END:]
    if data[0] & _TEXT:
        key = data[_ID_END:].decode()
    return Cursor(key, UUID(bytes=data[1:_ID_END]), backward=bool(data[0] & _BACKWARD))
