"""Events, posted to the vendor's app: signed as Standard Webhooks has it, so that its libraries verify them.

The operator alone names the place, so it may be one of this machine or of a private network.
"""

import asyncio
import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from tenantry.kit.errors import Kind, Refused

PATIENCE = 15.0  # seconds for one try, from the first byte to the answer
_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
_LONGEST = 200  # characters of what went wrong


class NotTaken(Exception):
    """The app did not take an event. What it said, in one line, is the message."""


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
    except (ValueError, binascii.Error):
        key = b""
    if len(key) not in _KEY_BYTES:
        raise _invalid("EVENTS_SECRET", "whsec_… (openssl rand -base64 32)")
    return Target(url, key)


def _invalid(name: str, wanted: str) -> Refused:
    return Refused("setting_invalid", Kind.INVALID, name=name, value="…", wanted=wanted)


def signed(key: bytes, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers that say which event it is, when it was sent, and that it is from here."""
    at = str(int(now.timestamp()))
    mac = hmac.digest(key, b".".join((message_id.encode(), at.encode(), body)), "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{b64encode(mac).decode()}",
    }


def open_post() -> httpx.AsyncClient:
    """Connections for some events. Redirects are not followed; nothing of the environment counts, no proxy either."""
    return httpx.AsyncClient(follow_redirects=False, timeout=PATIENCE, trust_env=False)


async def post(
    client: httpx.AsyncClient, target: Target, event: Mapping[str, Any], *, now: datetime, patience: float = PATIENCE
) -> str:
    """Posts one event and returns what was answered, "HTTP 204". Of the answer only its number is read.

    Raises NotTaken for every answer but 2xx, and where there is none in time.
    """
    body = msgspec.json.encode(event)
    headers = {
        "content-type": "application/json",
        "user-agent": "Tenantry",
        **signed(target.key, event["id"], body, now),
    }
    try:
        async with (
            asyncio.timeout(patience),
            client.stream("POST", target.url, content=body, headers=headers) as answer,
        ):
            said, taken = f"HTTP {answer.status_code}", answer.is_success
    except TimeoutError as error:
        raise NotTaken("no answer in time") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotTaken(" ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST]) from error
    if not taken:
        raise NotTaken(said)
    return said
