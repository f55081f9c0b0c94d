"""What sentences about deeds are made of."""

from collections.abc import Callable, Mapping
from typing import Any

from tenantry.words.speech import Speech

type_facts = Mapping[str, Any]
type_deed = Callable[[Speech, str, type_facts], str]


def people_of(speech: Speech, subject: str, count: int) -> str:
    """Who it was: by name if it was one person, else how many."""
    return speech.count("%(num)s person", "%(num)s people", count) if subject.isdecimal() else subject
