"""Bytes to text, whatever program saved them: by a mark, by being valid UTF-8, or by a guess of charset-normalizer."""

import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from tenantry.kit.errors import Kind, Refused

UTF_16 = {b"\xff\xfe": "utf_16", b"\xfe\xff": "utf_16"}
# What spreadsheets of Europe save when not asked for UTF-8. The first that fits wins over a better guess: a few
# accented letters look alike in all of them, and most who use Tenantry write western ones.
ENCODINGS = ("cp1252", "cp1250", "cp1251", "cp1253", "mac_roman", "cp850")
_LINE_ENDS = re.compile(rb"\r\n|\r|\n")
_LOOKED_AT = 200_000  # bytes that a guess is made from


@dataclass(frozen=True)
class Decoded:
    """A text, the encoding it was in ("utf_8", "utf_16" or one of `ENCODINGS`), and whether that is a guess."""

    text: str
    encoding: str
    guessed: bool = False


def decode(data: bytes, encoding: str = "") -> Decoded:
    """The text of `data`; encoding: what the reader says it is, after a wrong guess.

    Raises Refused: "csv_binary" (line) for what is no text, "csv_encoding" (line) for what is not in `encoding` or in
    any.
    """
    if encoding:
        return Decoded(_strict(data, encoding), encoding)
    if (marked := UTF_16.get(data[:2])) is not None:
        return Decoded(_strict(data, marked), marked)
    try:
        return Decoded(_without_nul(data, data.decode("utf-8-sig")), "utf_8")
    except UnicodeDecodeError as error:
        _without_nul(data, "")
        guess = _guess(data)
        if guess is None:
            raise Refused("csv_encoding", Kind.INVALID, line=line_of(error.object, error.start)) from error
        return Decoded(_strict(data, guess), guess, guessed=True)


def line_of(data: bytes, position: int) -> int:
    """The line, from 1, on which a byte stands."""
    return len(_LINE_ENDS.findall(data, 0, position)) + 1


def _guess(data: bytes) -> str | None:
    """The first of `ENCODINGS` that the library finds possible and that fits every byte."""
    possible = {match.encoding for match in from_bytes(data[:_LOOKED_AT], cp_isolation=list(ENCODINGS))}
    return next((name for name in ENCODINGS if name in possible and _fits(data, name)), None)


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Refused("csv_encoding", Kind.INVALID, line=line_of(data, error.start)) from error


def _without_nul(data: bytes, text: str) -> str:
    if (position := data.find(b"\0")) >= 0:
        raise Refused("csv_binary", Kind.INVALID, line=line_of(data, position))
    return text
