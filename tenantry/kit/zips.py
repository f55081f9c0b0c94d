"""A ZIP of any length, taken away piece by piece while it is written: memory holds only what was not yet taken."""

import hashlib
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Entry:
    """A file that was put into a ZIP. bytes: how many, unpacked; sha256: of these."""

    name: str
    bytes: int
    sha256: str


class _Basket:
    """What `zipfile` writes to: it cannot go back, so it writes sizes and sums behind each entry."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, data: bytes) -> int:
        self.held += data
        return len(data)

    def flush(self) -> None:
        """What is held is taken by `take`."""


class ZipStream:
    """One entry after the other: `begin`, `write` as often as one likes, `end`; `take` at any time; `close`."""

    def __init__(self, at: datetime) -> None:
        """at: the time that stands on every entry."""
        self._basket = _Basket()
        self._zip = zipfile.ZipFile(self._basket, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self._stamp = at.astimezone(UTC).timetuple()[:6]

    def begin(self, name: str) -> None:
        info = zipfile.ZipInfo(name, self._stamp)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        self._name, self._size, self._sum = name, 0, hashlib.sha256()
        self._entry = self._zip.open(info, "w", force_zip64=True)

    def write(self, data: bytes) -> None:
        self._entry.write(data)
        self._size += len(data)
        self._sum.update(data)

    def end(self) -> Entry:
        self._entry.close()
        return Entry(self._name, self._size, self._sum.hexdigest())

    def add(self, name: str, data: bytes) -> Entry:
        """A whole entry at once."""
        self.begin(name)
        self.write(data)
        return self.end()

    def close(self) -> None:
        """Writes the list of entries: what is taken after it is the last."""
        self._zip.close()

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self._basket.held)
        self._basket.held.clear()
        return taken
