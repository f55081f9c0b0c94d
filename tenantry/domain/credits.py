"""What becomes of a credit: it pays what is owed, then goes back to the card that paid, and what is left waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from tenantry.kit.money import Money


@dataclass(frozen=True)
class Credit:
    """A credit note. left: what of it is not used yet; about: the subscriptions that it is for."""

    id: UUID
    left: Money
    about: frozenset[UUID]


@dataclass(frozen=True)
class Owing:
    """An open invoice, and what is left to pay of it."""

    id: UUID
    left: Money


@dataclass(frozen=True)
class Taken:
    """A payment by card. left: what of it was not given back; about: the subscriptions that it paid."""

    id: UUID
    left: Money
    about: frozenset[UUID]


@dataclass(frozen=True)
class Share:
    """A part of a credit that goes to an invoice, or back by a payment."""

    credit_id: UUID
    to_id: UUID
    amount: Money


@dataclass(frozen=True)
class CreditPlan:
    """What is set off against invoices, what is given back by payments, and the credits of which nothing is left."""

    set_off: tuple[Share, ...]
    given_back: tuple[Share, ...]
    used_up: tuple[UUID, ...]


def use_credits(credits: Iterable[Credit], owed: Iterable[Owing], paid: Iterable[Taken]) -> CreditPlan:
    """Uses credits in their order: first for invoices, in theirs, then for payments that paid the same subscriptions.

    Nothing is used twice, in another currency, or beyond what is left of it.
    """
    room = {one.id: one.left for one in owed}
    payments = list(paid)
    back = {one.id: one.left for one in payments}
    set_off: list[Share] = []
    given_back: list[Share] = []
    used_up: list[UUID] = []
    for credit in credits:
        left = _spread(credit, credit.left, room, set_off)
        theirs = {one.id: back[one.id] for one in payments if one.about & credit.about}
        left = _spread(credit, left, theirs, given_back)
        back |= theirs
        if not left.minor:
            used_up.append(credit.id)
    return CreditPlan(tuple(set_off), tuple(given_back), tuple(used_up))


def _spread(credit: Credit, left: Money, room: dict[UUID, Money], shares: list[Share]) -> Money:
    """Puts `left` where there is room for it, takes that room, and returns what did not fit."""
    for to_id, free in room.items():
        if free.currency == left.currency and min(free.minor, left.minor) > 0:
            part = Money(min(free.minor, left.minor), left.currency)
            shares.append(Share(credit.id, to_id, part))
            room[to_id], left = free - part, left - part
    return left
