"""Payments: what news of one may change, and when one that failed is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RETRY_EVERY = timedelta(days=3)
STEP_WAITS = timedelta(days=1)  # so long a second step may be made
RETRY_FOR = timedelta(days=30)
EXPIRY_TOLD = timedelta(days=30)  # so long before a card expires people are told


class PaymentState(StrEnum):
    """Where a payment stands. Each is one try at taking the money; the next try is another payment."""

    WAITING = "waiting"
    ACTION = "action"
    PAID = "paid"
    FAILED = "failed"
    REFUNDED = "refunded"


# What each state may still become. Money that came after a failure came nevertheless; nothing undoes it but a refund.
_NEXT: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.WAITING: frozenset({PaymentState.ACTION, PaymentState.PAID, PaymentState.FAILED}),
    PaymentState.ACTION: frozenset({PaymentState.PAID, PaymentState.FAILED}),
    PaymentState.FAILED: frozenset({PaymentState.PAID}),
    PaymentState.PAID: frozenset({PaymentState.REFUNDED}),
    PaymentState.REFUNDED: frozenset(),
}


def may_become(before: PaymentState, after: PaymentState) -> bool:
    """Whether news changes anything: what came twice, late or out of order does not."""
    return after in _NEXT[before]


class Failure(StrEnum):
    """Why a payment failed, in our words, whatever the provider calls it."""

    DECLINED = "card_declined"
    STEP_NEEDED = "second_step_needed"
    SECOND_STEP = "second_step_refused"
    REFUSED = "provider_refused"
    METHOD_GONE = "method_gone"
    NOT_NEEDED = "not_needed"
    UNREACHABLE = "provider_unreachable"


@dataclass(frozen=True)
class Outcome:
    """What a provider says of a payment. external_id: its name for it; action_url: where a second step is made."""

    state: PaymentState
    external_id: str | None = None
    action_url: str | None = None
    failure: Failure | None = None


class RefundState(StrEnum):
    """Where money stands that is given back."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Returned:
    """What a provider says of a refund. external_id: its name for it."""

    state: RefundState
    external_id: str | None = None


def may_return(before: RefundState, after: RefundState) -> bool:
    """Whether news of a refund change anything. One that was done may still come back, as from a closed account."""
    return before is not RefundState.FAILED and after is not before and after is not RefundState.WAITING


@dataclass(frozen=True)
class Card:
    """A payment method that a provider keeps. external_id: its name for it; label: what it is called on screen."""

    external_id: str
    label: str
    expires_at: datetime | None


class SetupState(StrEnum):
    """Where a card stands that is entered at a provider's page: the page is made, open, and left with a card or not."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


class TestCard(StrEnum):
    """The cards of the sandbox, by their last digits."""

    __test__ = False  # for pytest: not a class of tests

    WORKS = "4242"
    SECOND_STEP = "3155"
    DECLINED = "0002"
    FAILS_LATER = "0341"  # pays while somebody is there, and not by itself


def is_due_again(first_at: datetime, last_at: datetime, now: datetime) -> bool:
    """Whether what failed first and last at these moments is tried again by itself."""
    return now - first_at <= RETRY_FOR and now - last_at >= RETRY_EVERY
