"""Text that people type or files bring: what may not be in it."""

import unicodedata

from tenantry.kit.errors import Kind, Refused

# Embeddings, overrides and isolates reorder the text around them: a name could pose as another.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_control(character: str) -> bool:
    """True for what steers a terminal or the order of text instead of being read.

    Line breaks do; combining marks, joiners and right-to-left letters do not.
    """
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in _REORDERING


def control_character(text: str) -> int | None:
    """The position, counted from 1, of the first control character; None, nearly always, if there is none."""
    if text.isprintable():
        return None
    return next((position for position, one in enumerate(text, start=1) if is_control(one)), None)


def checked_line(text: str, *, field: str, limit: int) -> str:
    """A line that has to be there, without the blanks around it.

    Raises Refused with `field`: "text_missing", "text_long" (length, limit), "text_control" (position).
    """
    line = text.strip()
    if not line:
        raise Refused("text_missing", Kind.INVALID, field=field)
    if len(line) > limit:
        raise Refused("text_long", Kind.INVALID, field=field, length=len(line), limit=limit)
    if position := control_character(line):
        raise Refused("text_control", Kind.INVALID, field=field, position=position)
    return line


def checked_text(text: str, *, field: str, limit: int, lines: bool = False) -> str:
    """The same for what may have several lines, which are written with one sign each."""
    plain = text.replace("\r\n", "\n").strip()
    if not lines:
        return checked_line(plain, field=field, limit=limit)
    checked_line(plain.replace("\n", " ").replace("\t", " "), field=field, limit=limit)
    return plain
