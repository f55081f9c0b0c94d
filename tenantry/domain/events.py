"""Events for the vendor's app: what is told of, in which shape, and for how long it is tried."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from tenantry.kit.errors import Kind, Refused

# What is told of -> the fact of its payload that names whom it is about. docs/operator.md lists them.
SUBJECTS = {"data.deleted": "user_id", "person.moved": "user_id"}

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
# Before each further try. Twelve tries in a week; then it is given up, and kept.
WAITS = (_MINUTE, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 8 * _HOUR, *(24 * _HOUR,) * 6)
MOST_TRIES = len(WAITS) + 1
_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)


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


@dataclass(frozen=True)
class Target:
    """Where events are posted, and the key they are signed with."""

    url: str
    key: bytes


def target_of(url: str, secret: str) -> Target:
    """The target that the settings name. secret: 24 to 64 bytes in base64, with or without `whsec_` before them.

    Raises Refused("setting_invalid").
    """
    try:
        parts = urlsplit(url)
        there = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        there = False
    if not there:
        raise _invalid("EVENTS_URL", "https://app.example/events")
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) not in _KEY_BYTES:
        raise _invalid("EVENTS_SECRET", "whsec_… (openssl rand -base64 32)")
    return Target(url, key)


def _invalid(name: str, wanted: str) -> Refused:
    return Refused("setting_invalid", Kind.INVALID, name=name, value="…", wanted=wanted)
