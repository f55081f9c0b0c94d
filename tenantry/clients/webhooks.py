"""Events, posted to the vendor's app: signed as Standard Webhooks has it, so that its libraries verify them.

The operator alone names the place, so it may be one of this machine or of a private network.
"""

import asyncio
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import msgspec

from tenantry.domain.events import Target

PATIENCE = 15.0  # seconds for one try, from the first byte to the answer
_LONGEST = 200  # characters of what went wrong


class NotTaken(Exception):
    """The app did not take an event. What it said, in one line, is the message."""


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
