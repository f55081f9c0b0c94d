"""Text that people type or files bring: what may not be in it."""

import unicodedata

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
