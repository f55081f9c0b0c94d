"""What a change of a purchase costs: paid by the day, and to the last minor unit the reverse of what it undoes.

Every amount is the difference of two worths at one moment. So whatever is added and taken back at that moment costs
nothing, and all charges and credits of a period together are what was really used.
"""

from dataclasses import dataclass
from decimal import Decimal

from tenantry.domain.periods import Period
from tenantry.kit.money import Money, cut_tax, prorate

MONTHS = {"monthly": 1, "yearly": 12}


@dataclass(frozen=True)
class Amount:
    """Money without and of tax; negative for a credit."""

    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        return self.net + self.tax

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.net + other.net, self.tax + other.tax)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.net - other.net, self.tax - other.tax)

    def __neg__(self) -> "Amount":
        return Amount(-self.net, -self.tax)


@dataclass(frozen=True)
class Price:
    """What one seat costs for one billing period. frequency: "monthly" or "yearly"; tax in thousandths."""

    unit: Money
    frequency: str
    tax_permille: Decimal = Decimal(0)

    @property
    def months(self) -> int:
        return MONTHS[self.frequency]


def nothing(currency: str) -> Amount:
    return Amount(Money(0, currency), Money(0, currency))


def worth(price: Price, seats: int, days: int, of_days: int) -> Amount:
    """What `seats` seats are worth for `days` of a billing period of `of_days`."""
    net = prorate(price.unit * seats, days, of_days)
    return Amount(net, cut_tax(net, price.tax_permille, 1))


def for_period(price: Price, seats: int, period: Period) -> Amount:
    """A whole billing period: what a purchase or a renewal costs."""
    return worth(price, seats, period.days, period.days)


def for_change(price: Price, before: int, after: int, period: Period, left: int) -> Amount:
    """What it costs to go from `before` seats to `after` with `left` days of the period to come; a credit if fewer."""
    return worth(price, after, left, period.days) - worth(price, before, left, period.days)


def for_switch(old: Price, old_seats: int, new: Price, new_seats: int, period: Period, left: int) -> Amount:
    """What it costs to put seats of another price in the place of these for the rest of the period."""
    return worth(new, new_seats, left, period.days) - worth(old, old_seats, left, period.days)


@dataclass(frozen=True)
class Running:
    """What a subscription costs from now on."""

    monthly: Money
    yearly: Money


def running(price: Price, seats: int) -> Running:
    """By the month and by the year, without tax; a year paid at once is shown by the month, rounded."""
    each = price.unit * seats
    if price.frequency == "monthly":
        return Running(each, each * 12)
    return Running(prorate(each, 1, 12), each)
