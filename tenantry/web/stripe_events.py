"""Stripe's door: what it tells of payments, refunds and cards. It is known by its signature, and a job asks it back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException

from tenantry.commands.take_stripe_event import Told, take_stripe_event
from tenantry.kit.ids import parse_id
from tenantry.queries.house import House

TOLERANCE = 300  # seconds that a signature is good for
LARGEST = 1024 * 1024
_NO_STORE = {"Cache-Control": "no-store"}

# What an event is about: its type up to there -> the mark that we put on the object.
_ABOUT = {"payment_intent.": "payment_id", "refund.": "refund_id", "checkout.session.": "setup_id"}


class _Object(msgspec.Struct):
    metadata: dict[str, str] | None = None


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    id: str
    type: str
    data: _Data


@post("/webhooks/stripe", request_max_body_size=LARGEST)
async def stripe_events(request: Request[Any, Any, Any], house: House) -> Response[str]:
    """Takes an event once; one that is forged or too old is refused, one about nothing of ours is thanked for."""
    if not house.settings.stripe_webhook_secret:
        raise NotFoundException
    body = await request.body()
    if not _is_signed(body, request.headers.get("stripe-signature", ""), house.settings.stripe_webhook_secret):
        return _answer("the signature is not Stripe's, or too old", 400)
    try:
        event = msgspec.json.decode(body, type=_Event)
    except msgspec.DecodeError:  # ValidationError too
        return _answer("not an event", 400)
    told = _told(event)
    if told is not None:
        await take_stripe_event(house.db, told=told, now=datetime.now(UTC))
    return _answer("ok", 200)


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    from stripe import SignatureVerificationError, WebhookSignature  # 30 MB, for whom Stripe tells something

    try:
        return bool(WebhookSignature.verify_header(body, header, secret, TOLERANCE))
    except (SignatureVerificationError, UnicodeDecodeError):
        return False


def _told(event: _Event) -> Told | None:
    """What the event is about, by the marks on its object; None where that is none of ours."""
    marks = event.data.object.metadata or {}
    for begins, mark in _ABOUT.items():
        if event.type.startswith(begins):
            tenant_id, subject_id = parse_id(marks.get("tenant_id", "")), parse_id(marks.get(mark, ""))
            if isinstance(tenant_id, UUID) and isinstance(subject_id, UUID):
                return Told(event.id[:255], mark, tenant_id, subject_id)
    return None


def _answer(said: str, status: int) -> Response[str]:
    return Response(f"{said}\n", status_code=status, media_type=MediaType.TEXT, headers=_NO_STORE)


HANDLERS = [stripe_events]
