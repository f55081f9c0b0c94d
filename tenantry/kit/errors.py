"""One way to say no.

A refusal carries a stable code, a kind and the facts; doors and `words` turn it into a sentence,
a field error or a status number. Anything else that is raised is a bug.
"""

from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of no it is; doors map it to their own numbers."""

    INVALID = "invalid"  # the request itself is wrong: mend it and send again
    DENIED = "denied"  # this viewer may not do that
    MISSING = "missing"  # no such thing, or not one this viewer may know of
    CONFLICT = "conflict"  # right request, but the state of things does not allow it
    LIMITED = "limited"  # too many tries: wait


class Refused(Exception):
    """An expected no. `code` is a key of `words.refusals`, `params` its placeholders.

    `field` names the form field or column the reader should look at, where there is one.
    """

    def __init__(self, code: str, kind: Kind, /, *, field: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.kind = kind
        self.field = field
        self.params = params

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} ({facts})" if facts else self.code
