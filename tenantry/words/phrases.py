"""Sentences of refusals before they are said in a language."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrase:
    """An English sentence with named places; with `plural`, chosen by the number in the place `count`."""

    text: str
    plural: str | None = None
    count: str = ""


def N_(text: str) -> Phrase:  # noqa: N802 - gettext's own name for a string that is translated later
    return Phrase(text)


def NN_(text: str, plural: str, count: str) -> Phrase:  # noqa: N802
    return Phrase(text, plural, count)
