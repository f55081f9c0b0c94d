"""Money as whole minor units of a currency, and the only roundings there are."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

from tenantry.kit.errors import Kind, Refused

_PRICE = re.compile(r"([0-9]{1,12})(?:\.([0-9]+))?")


@dataclass(frozen=True)
class Money:
    """`minor` units (cents, øre; yen themselves) of the ISO 4217 currency. Mixing currencies is a ValueError."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, count: int) -> "Money":
        if not isinstance(count, int):  # a float would bring a rounding of its own
            return NotImplemented
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


def prorate(amount: Money, part: int, whole: int) -> Money:
    """`amount` × part ÷ whole (days of a period, say), rounded half away from zero: the one rounding rule."""
    if whole <= 0:
        raise ValueError("nothing to take a part of")
    product = amount.minor * part
    minor = (2 * abs(product) + whole) // (2 * whole)
    return Money(-minor if product < 0 else minor, amount.currency)


def cut_tax(unit: Money, rate_permille: int | Decimal, quantity: int) -> Money:
    """The tax on `quantity` units, from the exact sum, its fraction cut off.

    reference/licensing.md 7.2: 1.29 × 9.5 % × 100 = 12.25 (exactly 12.255; rounded per unit it were 12.00).
    """
    part, whole = _ratio(rate_permille)
    product = unit.minor * quantity * part
    return Money(-(-product // whole) if product < 0 else product // whole, unit.currency)


@lru_cache(maxsize=256)
def _ratio(rate_permille: int | Decimal) -> tuple[int, int]:
    """A rate as two whole numbers; kept, because a sweep asks for one of a few rates a hundred thousand times."""
    ratio = Fraction(rate_permille) / 1000
    return ratio.numerator, ratio.denominator


def exponent(currency: str) -> int:
    """How many decimals the currency has, by CLDR: USD 2, JPY 0, KWD 3. Raises Refused("currency_unknown")."""
    if currency not in _currencies():
        raise Refused("currency_unknown", Kind.INVALID, value=currency[:20])
    return get_currency_precision(currency)


def parse_decimal(text: str, currency: str) -> Money:
    """What a price list says: "36.00", "36", at most as many decimals as the currency has; no sign, no grouping.

    Raises Refused: money_invalid(value, currency, decimals), currency_unknown(currency).
    """
    decimals = exponent(currency)
    match = _PRICE.fullmatch(text)
    if match is None or len(match[2] or "") > decimals:
        raise Refused("money_invalid", Kind.INVALID, value=text[:40], currency=currency, decimals=decimals)
    return Money(int(match[1] + (match[2] or "").ljust(decimals, "0")), currency)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())
