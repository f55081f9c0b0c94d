"""Events for the vendor's app: what is told of, in which shape, and for how long it is tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

# What is told of -> the fact of its payload that names whom it is about. docs/operator.md lists them.
SUBJECTS = {"data.deleted": "user_id"}

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
# Before each further try. Twelve tries in a week; then it is given up, and kept.
WAITS = (_MINUTE, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 8 * _HOUR, *(24 * _HOUR,) * 6)
MOST_TRIES = len(WAITS) + 1


@dataclass(frozen=True)
class Event:
    """Something that happened in a tenant. at: by the tenant's own clock; tries: the one under way included."""

    tenant_id: UUID
    id: UUID
    kind: str
    payload: Mapping[str, Any]
    at: datetime
    tries: int

    @property
    def last(self) -> bool:
        """Whether it is given up if this try fails."""
        return self.tries >= MOST_TRIES


def envelope(event: Event, source: str) -> dict[str, Any]:
    """The event as the app gets it, in the words of CloudEvents 1.0; the same at every try.

    source: where this house's pages begin.
    """
    subject = event.payload.get(SUBJECTS.get(event.kind, ""))
    return {
        "specversion": "1.0",
        "id": str(event.id),
        "source": source,
        "type": event.kind,
        "time": event.at.isoformat(),
        "tenant": str(event.tenant_id),
        **({"subject": str(subject)} if subject else {}),
        "data": dict(event.payload),
    }
