"""Stripe as the collector: it keeps cards, takes money and gives it back. What is owed, and when, is decided here."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from stripe import CardError, HTTPXClient, InvalidRequestError, PaymentIntent, Refund, StripeClient, StripeError

from tenantry.clients.payments.amounts import counted
from tenantry.clients.payments.provider import Back, Bill, Entered, Page, ProviderDown
from tenantry.domain.payments import Card, Failure, Outcome, PaymentState, RefundState, Returned, SetupState

PATIENCE = 30.0  # seconds for an answer
_SLACK = timedelta(hours=1)  # between Stripe's clock and ours
_STEP_FAILED = "payment_intent_authentication_failure"
_STEP_NEEDED = "authentication_required"
_GONE = ("resource_missing", "payment_method_unexpected_state")

log = logging.getLogger("tenantry.jobs")


@contextmanager
def _asking() -> Iterator[None]:
    """What Stripe says of a card or a request is an answer; all else leaves open whether it did what it was asked."""
    try:
        yield
    except (CardError, InvalidRequestError):
        raise
    except StripeError as error:
        raise ProviderDown(f"{type(error).__name__}: {error.http_status or 'no answer'}") from error


class Stripe:
    """A `Provider` and a `CardKeeper`. site: where the house's pages begin, to come back to."""

    def __init__(self, key: str, url: str, site: str) -> None:
        client = HTTPXClient(timeout=PATIENCE)
        self.site = site
        self.api = StripeClient(
            key, base_addresses={"api": url.rstrip("/")}, http_client=client, max_network_retries=0
        ).v1

    # Payments

    async def charge(self, bill: Bill) -> Outcome:
        try:
            found = None if bill.fresh else await self._find(bill)
            return outcome_of(found or await self._create(bill))
        except CardError as error:
            return _declined(error)
        except (InvalidRequestError, ValueError) as error:
            return _refused(bill.id, error)

    async def _create(self, bill: Bill) -> PaymentIntent:
        """Asks for the money. Without somebody there, a bank that wants a second step makes it fail at once."""
        there = {"return_url": f"{self.site}{bill.step_place}"} if bill.attended else {"off_session": True}
        asked: Any = {
            "amount": counted(bill.amount),
            "currency": bill.amount.currency.lower(),
            "customer": bill.customer or "",
            "payment_method": bill.card,
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "metadata": _marked(bill.tenant_id, payment_id=bill.id),
            **there,
        }
        with _asking():
            return await self.api.payment_intents.create_async(asked, {"idempotency_key": f"payment/{bill.id}"})

    async def _find(self, bill: Bill) -> PaymentIntent | None:
        """What was asked for so long ago that the key may be forgotten: found by its mark."""
        since = int((bill.made_at - _SLACK).timestamp())
        with _asking():
            page = await self.api.payment_intents.list_async(
                {"customer": bill.customer or "", "created": {"gte": since}, "limit": 100}
            )
            async for intent in _each(page):
                if _is_marked(intent, "payment_id", bill.id):
                    return intent  # type: ignore[no-any-return]
        return None

    async def look(self, bill: Bill, external_id: str | None, *, give_up: bool) -> Outcome | None:
        intent = await self._get(external_id) if external_id else await self._found(bill)
        if intent is None or not _is_marked(intent, "payment_id", bill.id):
            return None
        if give_up and intent.status == "requires_action":
            intent = await self._give_up(intent.id)
        return outcome_of(intent)

    async def _found(self, bill: Bill) -> PaymentIntent | None:
        try:
            return await self._find(bill)
        except InvalidRequestError as error:  # the customer is gone
            log.error("Stripe finds no payment %s: %s", bill.id, error)
            return None

    async def _get(self, external_id: str) -> PaymentIntent | None:
        try:
            with _asking():
                return await self.api.payment_intents.retrieve_async(external_id)
        except InvalidRequestError:
            return None

    async def _give_up(self, external_id: str) -> PaymentIntent | None:
        try:
            with _asking():
                return await self.api.payment_intents.cancel_async(external_id)
        except InvalidRequestError:  # it was made in this very moment
            return await self._get(external_id)

    # Refunds

    async def refund(self, back: Back) -> Returned:
        try:
            found = None if back.fresh else await self._find_refund(back)
            return returned_of(found or await self._create_refund(back))
        except (InvalidRequestError, ValueError) as error:
            log.error("Stripe refused to give back %s: %s", back.id, error)
            return Returned(RefundState.FAILED)

    async def _create_refund(self, back: Back) -> Refund:
        with _asking():
            return await self.api.refunds.create_async(
                {
                    "payment_intent": back.payment,
                    "amount": counted(back.amount),
                    "metadata": _marked(back.tenant_id, refund_id=back.id),
                },
                {"idempotency_key": f"refund/{back.id}"},
            )

    async def _find_refund(self, back: Back) -> Refund | None:
        with _asking():
            page = await self.api.refunds.list_async({"payment_intent": back.payment, "limit": 100})
            async for refund in _each(page):
                if _is_marked(refund, "refund_id", back.id):
                    return refund  # type: ignore[no-any-return]
        return None

    async def look_at_refund(self, external_id: str) -> Returned:
        with _asking():
            return returned_of(await self.api.refunds.retrieve_async(external_id))

    # Cards

    async def open_customer(self, tenant_id: UUID, name: str) -> str:
        with _asking():
            customer = await self.api.customers.create_async(
                {"name": name[:250], "metadata": _marked(tenant_id)}, {"idempotency_key": f"customer/{tenant_id}"}
            )
        return customer.id

    async def open_page(self, setup_id: UUID, tenant_id: UUID, customer: str, place: str) -> Page:
        with _asking():
            session = await self.api.checkout.sessions.create_async(
                {
                    "mode": "setup",
                    "customer": customer,
                    "allowed_payment_method_types": ["card"],
                    "success_url": f"{self.site}{place}",
                    "cancel_url": f"{self.site}{place}",
                    "metadata": _marked(tenant_id, setup_id=setup_id),
                },
                {"idempotency_key": f"setup/{setup_id}"},
            )
        if session.url is None:
            raise ProviderDown("a page without an address")
        return Page(session.id, session.url)

    async def read_page(self, external_id: str) -> Entered:
        with _asking():
            session = await self.api.checkout.sessions.retrieve_async(
                external_id, {"expand": ["setup_intent.payment_method"]}
            )
        intent: Any = session.setup_intent
        if session.status == "complete" and intent is not None and intent.status == "succeeded":
            return Entered(SetupState.DONE, card_of(intent.payment_method))
        return Entered(SetupState.FAILED if session.status == "expired" else SetupState.OPEN)

    async def forget(self, card: str) -> None:
        try:
            with _asking():
                await self.api.payment_methods.detach_async(card)
        except InvalidRequestError:
            log.info("Stripe had forgotten a card already")


async def _each(page: Any) -> AsyncIterator[Any]:
    async for one in page.auto_paging_iter():
        yield one


def _marked(tenant_id: UUID, **ids: UUID) -> dict[str, str]:
    """What is written on everything we ask for, to know it again."""
    return {"tenant_id": str(tenant_id), **{name: str(value) for name, value in ids.items()}}


def _is_marked(thing: Any, name: str, wanted: UUID) -> bool:
    return bool(thing.metadata) and thing.metadata.to_dict().get(name) == str(wanted)


# What Stripe says, in our words


def outcome_of(intent: Any) -> Outcome:
    """How it stands with a payment intent."""
    match intent.status:
        case "succeeded":
            return Outcome(PaymentState.PAID, intent.id)
        case "requires_action":
            redirect = getattr(intent.next_action, "redirect_to_url", None)
            return Outcome(PaymentState.ACTION, intent.id, redirect.url if redirect else None)
        case "canceled":
            return Outcome(PaymentState.FAILED, intent.id, failure=Failure.SECOND_STEP)
        case "requires_payment_method":
            error = getattr(intent, "last_payment_error", None)
            return Outcome(PaymentState.FAILED, intent.id, failure=_failure(getattr(error, "code", None)))
        case _:  # it is being worked on: an event says when that is over
            return Outcome(PaymentState.WAITING, intent.id)


def _failure(code: str | None) -> Failure:
    return {_STEP_NEEDED: Failure.STEP_NEEDED, _STEP_FAILED: Failure.SECOND_STEP}.get(code or "", Failure.DECLINED)


def _declined(error: CardError) -> Outcome:
    intent = getattr(error.error, "payment_intent", None)
    return Outcome(PaymentState.FAILED, intent.id if intent else None, failure=_failure(error.code))


def _refused(payment_id: UUID, error: Exception) -> Outcome:
    """A request that is wrong in itself: the card is gone, or the amount is none that Stripe takes."""
    log.error("Stripe refused the payment %s: %s", payment_id, error)
    gone = isinstance(error, InvalidRequestError) and error.code in (
        "resource_missing",
        "payment_method_unexpected_state",
    )
    return Outcome(PaymentState.FAILED, failure=Failure.METHOD_GONE if gone else Failure.REFUSED)


def returned_of(refund: Any) -> Returned:
    """How it stands with a refund. What waits for a bank is on its way."""
    known = {"succeeded": RefundState.DONE, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}
    return Returned(known.get(refund.status, RefundState.WAITING), refund.id)


def card_of(method: Any) -> Card:
    """A saved card: "Visa •••• 4242", good until the last second of its month."""
    card = method.card
    name = str(card.brand or "card").replace("_", " ").title()
    year, month = divmod(card.exp_year * 12 + card.exp_month, 12)
    last = datetime(year, month + 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    return Card(method.id, f"{name} •••• {card.last4}", last)
