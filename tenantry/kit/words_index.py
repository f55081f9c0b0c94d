"""Finding people by the beginning of a word: what is stored of a name, and what is asked for.

Tokens carry their twins (ågård: agard, aagaard), so that a reader without the key for å finds Ågård, and
one who has it and types it is taken at their word. Both sides fold alike, so `starts_with` is the search.
"""

import unicodedata
from collections.abc import Iterator

MAX_TEXT = 512  # characters of a text that are read
MAX_WORD = 64
MAX_WORDS = 6

_APOSTROPHES = str.maketrans("", "", "'’ʼ`")
# Letters whose plain form no decomposition gives.
_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def search_tokens(*texts: str) -> frozenset[str]:
    """The tokens of a name, an address...: every word, an address also whole, and twins."""
    return frozenset(
        twin[:MAX_WORD]
        for text in texts
        for chunk in _fold(text).split()
        for token in (*_words(chunk), *_wholes(chunk))
        for twin in _twins(token)
    )


def search_words(query: str) -> tuple[str, ...]:
    """The words somebody typed, folded as tokens are: people match who have, for each, a token it begins.

    At most `MAX_WORDS`, each at most `MAX_WORD` characters; what looks like an address stays whole.
    """
    words: dict[str, None] = {}
    for chunk in _fold(query).split():
        parts = [chunk] if "@" in chunk[1:] else _words(chunk)
        words.update((part[:MAX_WORD], None) for part in parts)
    return tuple(words)[:MAX_WORDS]


def _fold(text: str) -> str:
    """Case and compatibility forms folded; blanks and controls to spaces; what is no character left out."""
    if text.isascii() and text.isprintable():
        return text[:MAX_TEXT].lower()
    folded = unicodedata.normalize("NFKC", text[:MAX_TEXT]).casefold()
    return "".join(map(_visible, unicodedata.normalize("NFKC", folded)))


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "Z" or category == "Cc":
        return " "
    return "" if category[0] == "C" else char


def _words(chunk: str) -> list[str]:
    """Runs of letters, digits and the marks on them (which `\\w` would take for gaps)."""
    return "".join([char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in chunk]).split()


def _wholes(chunk: str) -> Iterator[str]:
    if "@" in chunk:
        yield chunk  # the local part needs no token of its own: the address begins with it
    joined = chunk.translate(_APOSTROPHES)
    if joined != chunk:
        yield from _words(joined)


def _twins(token: str) -> Iterator[str]:
    """The token, and what those would type who lack or miss its accents: never empty."""
    yield token
    if "aa" in token:
        yield token.replace("aa", "å")
    if not token.isascii():
        yield _stripped(token)
        yield _stripped(token.replace("å", "aa"))


def _stripped(token: str) -> str:
    """The token in plain letters, without marks; a token of nothing but marks stays."""
    decomposed = unicodedata.normalize("NFD", token.translate(_PLAIN))
    letters = [char for char in decomposed if unicodedata.category(char) != "Mn"]
    return unicodedata.normalize("NFC", "".join(letters)) or token
