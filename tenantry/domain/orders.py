"""Orders: what somebody wants to buy or change, line by line, with what it costs now and from now on.

A quote is made without writing anything. Placing the order makes it again and compares the fingerprints, so nobody pays
another price than the one they saw.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from tenantry.domain.charges import Amount, Price, Running, for_change, for_period, for_switch, nothing, running
from tenantry.domain.periods import Period, period_at
from tenantry.domain.seat_changes import Batch
from tenantry.domain.subscriptions import Facts
from tenantry.kit.money import Money

TRIAL_SEATS = 25
TRIAL_DAYS = 30


class Deed(StrEnum):
    """What a line does to its subscription."""

    NEW = "new"
    SEATS = "seats"
    RENEW = "renew"
    SWITCH = "switch"
    CONVERT = "convert"
    CANCEL = "cancel"


class OrderKind(StrEnum):
    """What an order is called; one of several deeds is a purchase."""

    BUY = "buy"
    SEATS = "seats"
    RENEWAL = "renewal"
    SWITCH = "switch"
    CONVERSION = "conversion"
    CANCELLATION = "cancellation"


class OrderState(StrEnum):
    """Where an order stands. Until it is done it has changed nothing."""

    WAITING = "waiting"
    ACTION = "action"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


OPEN_STATES = (OrderState.WAITING, OrderState.ACTION)
_KINDS = {
    Deed.SEATS: OrderKind.SEATS,
    Deed.RENEW: OrderKind.RENEWAL,
    Deed.SWITCH: OrderKind.SWITCH,
    Deed.CONVERT: OrderKind.CONVERSION,
    Deed.CANCEL: OrderKind.CANCELLATION,
}


@dataclass(frozen=True)
class OrderWish:
    """One line of what somebody asks for. A new purchase names a product, anything else a subscription.

    seats: the new total; nothing for a cancellation. term_months, frequency: of a purchase, a renewal, a conversion.
    A purchase with as many seats less elsewhere in the same order puts another product in the place of a part; people:
    who moves along to it.
    """

    deed: Deed
    sku_id: UUID | None = None
    subscription_id: UUID | None = None
    seats: int = 0
    term_months: int = 0
    frequency: str = ""
    people: tuple[UUID, ...] = ()


def kind_of(deeds: Iterable[Deed]) -> OrderKind:
    """What an order of these deeds is called."""
    several = set(deeds)
    if several == {Deed.SEATS, Deed.NEW}:
        return OrderKind.SWITCH
    return _KINDS.get(several.pop(), OrderKind.BUY) if len(several) == 1 else OrderKind.BUY


@dataclass(frozen=True)
class Bought:
    """A subscription as an order sees it. anchor_at: what its periods are stepped from."""

    id: UUID
    sku_id: UUID
    product: str
    facts: Facts
    seats: int
    price: Price
    anchor_at: datetime
    term_at: datetime
    batches: Sequence[Batch] = ()

    def period(self, now: datetime) -> Period:
        """The billing period under way."""
        return period_at(self.anchor_at, self.price.months, now)


@dataclass(frozen=True)
class Line:
    """One subscription's part of an order: seats and price afterwards, the stretch that is charged, and the charge.

    anchor_at: only of a term that follows on another by itself, what its periods are stepped from.
    people: who moves to it from another product.
    """

    deed: Deed
    subscription_id: UUID
    sku_id: UUID
    product: str
    before: int
    seats: int
    term_months: int
    price: Price
    from_at: datetime
    until_at: datetime
    amount: Amount
    anchor_at: datetime | None = None
    people: tuple[UUID, ...] = ()

    @property
    def running(self) -> Running:
        return running(self.price, self.seats)

    @property
    def follows(self) -> bool:
        """Whether its term follows on another without a gap, and without anybody having asked for it."""
        return self.anchor_at is not None

    @property
    def term_ends_at(self) -> datetime:
        """The end of the term that begins with it."""
        return term_end(self.anchor_at or self.from_at, self.term_months, self.from_at)


@dataclass(frozen=True)
class Quote:
    """What an order costs now and, by the month and the year, from now on. All lines are in one currency."""

    lines: tuple[Line, ...]
    currency: str

    @property
    def now(self) -> Amount:
        return sum((line.amount for line in self.lines), nothing(self.currency))

    @property
    def monthly(self) -> Money:
        return sum((line.running.monthly for line in self.lines), Money(0, self.currency))

    @property
    def yearly(self) -> Money:
        return sum((line.running.yearly for line in self.lines), Money(0, self.currency))

    @property
    def fingerprint(self) -> str:
        """Equal for two quotes that ask the same for the same; the moment may differ, the price of it may not."""
        told = [
            (line.deed, line.sku_id, line.before, line.seats, line.term_months, line.price, line.amount)
            for line in self.lines
        ]
        return sha256(repr(told).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Order:
    """An order as it is kept. method_id: what pays it; None is a trusted invoice."""

    id: UUID
    kind: str
    state: str
    quote: Quote
    po_number: str | None
    method_id: UUID | None
    invoice_id: UUID | None
    actor_id: UUID | None
    actor_name: str
    operation_id: UUID
    failure: str | None
    made_at: datetime
    done_at: datetime | None


def quote(lines: Iterable[Line], currency: str) -> Quote:
    return Quote(tuple(lines), currency)


def buy(
    subscription_id: UUID, sku_id: UUID, product: str, seats: int, term_months: int, price: Price, starts_at: datetime
) -> Line:
    """A new subscription, its first billing period charged."""
    first = period_at(starts_at, price.months, starts_at)
    amount = for_period(price, seats, first)
    return Line(
        Deed.NEW, subscription_id, sku_id, product, 0, seats, term_months, price, starts_at, first.ends_at, amount
    )


def change_seats(bought: Bought, total: int, now: datetime) -> Line:
    """Another total for the rest of the billing period, by the day. `domain.seat_changes` says whether that may be."""
    period = bought.period(now)
    amount = for_change(bought.price, bought.seats, total, period, period.days_left(now))
    return _line(Deed.SEATS, bought, total, bought.price, now, period.ends_at, amount)


def cancel(bought: Bought, now: datetime) -> Line:
    """Everything taken back: a credit for the days left of what is paid."""
    period = bought.period(now)
    amount = for_change(bought.price, bought.seats, 0, period, period.days_left(now))
    return _line(Deed.CANCEL, bought, 0, bought.price, now, period.ends_at, amount)


def renew(bought: Bought, seats: int, term_months: int, price: Price, now: datetime) -> Line:
    """A new term from `now` on, of one that has ended: paid again from the day it is renewed."""
    first = period_at(now, price.months, now)
    amount = for_period(price, seats, first)
    return replace(_line(Deed.RENEW, bought, seats, price, now, first.ends_at, amount), term_months=term_months)


def convert(bought: Bought, seats: int, term_months: int, price: Price, starts_at: datetime) -> Line:
    """A trial that is paid from `starts_at` on."""
    return replace(renew(bought, seats, term_months, price, starts_at), deed=Deed.CONVERT)


def switch(bought: Bought, sku_id: UUID, product: str, seats: int, price: Price, now: datetime) -> Line:
    """Another product in the place of this one for the rest of the period, the difference charged or credited."""
    period = bought.period(now)
    amount = for_switch(bought.price, bought.seats, price, seats, period, period.days_left(now))
    line = _line(Deed.SWITCH, bought, seats, price, now, period.ends_at, amount)
    return replace(line, sku_id=sku_id, product=product)


def _line(
    deed: Deed, bought: Bought, seats: int, price: Price, from_at: datetime, until_at: datetime, amount: Amount
) -> Line:
    months = bought.facts.term_months
    known = (bought.id, bought.sku_id, bought.product, bought.seats)
    return Line(deed, *known, seats, months, price, from_at, until_at, amount)


def term_end(anchor_at: datetime, term_months: int, term_at: datetime) -> datetime:
    """When the term that begins at `term_at` ends: the next whole number of terms after the anchor."""
    return period_at(anchor_at, term_months, term_at).ends_at


def wish_of(line: Line) -> OrderWish:
    """What a line was made of: to quote it once more."""
    subscription_id = None if line.deed is Deed.NEW else line.subscription_id
    terms = line.seats, line.term_months, line.price.frequency
    return OrderWish(line.deed, line.sku_id, subscription_id, *terms, line.people)


def batches_after(line: Line, batches: Sequence[Batch], now: datetime) -> tuple[Batch, ...]:
    """The batches once the line has come true: more seats are a new one, fewer go from the newest on."""
    if line.deed is not Deed.SEATS:
        return (Batch(line.seats, line.from_at),)
    change = line.seats - line.before
    if change > 0:
        return (*batches, Batch(change, now))
    kept, left = [], sum(batch.seats for batch in batches) + change
    for batch in batches:
        kept.append(Batch(min(batch.seats, left), batch.bought_at))
        left -= kept[-1].seats
    return tuple(batch for batch in kept if batch.seats)
