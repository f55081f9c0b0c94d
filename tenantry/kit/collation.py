"""Sort keys: names in the order of the reader's alphabet, compared as plain bytes.

Two alphabets serve four languages (design.md 5). English and Dutch read in the root order of the Unicode
Collation Algorithm. Danish and Norwegian put æ ø å after z, read aa as å, ä as æ, ö as ø, ü as y and þ as
th. Where CLDR's Danish and Norwegian differ, one is taken: lower case before upper (Norwegian; names rarely
differ by it alone); œ with oe, ę with e ("Węgrzyn" is looked for under We), and aa apart from å no more than
a capital is (Danish).

A key has three levels, letters, accents and case, each without its trailing common weights.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from pyuca import Collator

MAX_LENGTH = 128  # characters of a text that count
MAX_KEY = 1024  # bytes; an index takes 2,700 per row, and some characters weigh as much as a sentence

_COMMON_ACCENT, _COMMON_CASE = 0x20, 0x02
# Latin text token by token, so that each is weighed once; anything else, whose letters may join, run by run.
_TOKEN = re.compile(r"(?:aa|Aa|AA|[\0-\u02ff])[\u0300-\u036f]*|[^\0-\u02ff]+")
_ABOVE = 230  # the combining class of ring, diaeresis and double acute

Element = tuple[int, int, int]  # weights: letter, accent, case


class Levels(NamedTuple):
    """What a piece of text adds to each level of a key."""

    letters: bytes
    accents: bytes
    cases: bytes


def alphabet_of(language: str) -> str:
    """The key column that a reader of `language` ("da", "nb-NO"...) sorts by."""
    return "sort_da_nb" if re.split("[-_]", language.lower())[0] in {"da", "nb", "nn", "no"} else "sort_en_nl"


def sort_key_en_nl(text: str) -> bytes:
    """The key of `text` in the English and Dutch order; at most `MAX_KEY` bytes."""
    return _key(text, nordic=False)


def sort_key_da_nb(text: str) -> bytes:
    """The key of `text` in the Danish and Norwegian order; at most `MAX_KEY` bytes."""
    return _key(text, nordic=True)


def _key(text: str, *, nordic: bool) -> bytes:
    tokens = _TOKEN.findall(unicodedata.normalize("NFD", text[:MAX_LENGTH]))
    levels = [_weigh(token, nordic) for token in tokens]
    letters = b"".join([level.letters for level in levels])
    accents = b"".join([level.accents for level in levels]).rstrip(b"\x01")
    cases = b"".join([level.cases for level in levels]).rstrip(b"\x01")
    if cases:
        return b"\0".join((letters, accents, cases))[:MAX_KEY]
    return (b"\0".join((letters, accents)) if accents else letters)[:MAX_KEY]


@lru_cache(maxsize=8192)
def _weigh(token: str, nordic: bool) -> Levels:
    elements = _nordic_elements(token) if nordic else _elements(token)
    return Levels(
        b"".join(letter.to_bytes(2, "big") for letter, _, _ in elements if letter),
        bytes(min(accent - _COMMON_ACCENT + 1, 255) for _, accent, _ in elements if accent),
        bytes(case - _COMMON_CASE + 1 for _, _, case in elements if case),
    )


def _nordic_elements(token: str) -> list[Element]:
    """The elements of one token: those of the tailored letter in it, then those of its other marks."""
    base = token[:2] if token[:2].lower() == "aa" else token[:1]
    marks = token[len(base) :]
    above = next((mark for mark in marks if unicodedata.combining(mark) == _ABOVE), "")
    for letter in (base + above, base):
        if letter in _nordic_letters():
            others = marks.replace(letter[len(base) :], "", 1)
            return [*_nordic_letters()[letter], *_elements(others)]
    return _elements(token)


@lru_cache(maxsize=1)
def _nordic_letters() -> dict[str, list[Element]]:
    """The letters that Danish and Norwegian place otherwise than the root order, decomposed.

    æ, ø and å take the last free places before ǀ, the first sign after the Latin letters.
    """
    click = _elements("ǀ")[0][0]
    ash, slash, ring, d, y = click - 3, click - 2, click - 1, _elements("d")[0][0], _elements("y")[0][0]
    (lower_t, lower_h), (upper_t, upper_h) = _elements("th"), _elements("TH")
    table = {
        "æ": (ash, 0, 2), "Æ": (ash, 0, 8), "ä": (ash, 1, 2), "Ä": (ash, 1, 8),
        "ø": (slash, 0, 2), "Ø": (slash, 0, 8), "ö": (slash, 1, 2), "Ö": (slash, 1, 8),
        "ő": (slash, 2, 2), "Ő": (slash, 2, 8),
        "å": (ring, 0, 2), "Å": (ring, 0, 8), "aa": (ring, 0, 9), "Aa": (ring, 0, 10), "AA": (ring, 0, 11),
        "đ": (d, 1, 2), "Đ": (d, 1, 8), "ð": (d, 2, 2), "Ð": (d, 2, 8),
        "ü": (y, 1, 2), "Ü": (y, 1, 8), "ű": (y, 2, 2), "Ű": (y, 2, 8),
    }  # fmt: skip
    letters = {
        unicodedata.normalize("NFD", letter): [(place, _COMMON_ACCENT + accent, case)]
        for letter, (place, accent, case) in table.items()
    }
    letters["þ"] = [lower_t, (lower_h[0], lower_h[1], lower_h[2] + 1)]
    letters["Þ"] = [upper_t, (upper_h[0], upper_h[1], upper_h[2] + 1)]
    return letters


def _elements(text: str) -> list[Element]:
    return [(letter, accent, case) for letter, accent, case in _root().collation_elements(text)]


@lru_cache(maxsize=1)
def _root() -> Collator:
    """The root order. Loading it takes a third of a second, so the first name waits for it, not the start."""
    return Collator()
