"""Amounts as Stripe counts them: for most currencies as everybody does, for some in units of its own."""

from tenantry.kit.money import Money, exponent

# https://docs.stripe.com/currencies: without decimals, and with three. All others have two there, ISK and UGX too.
_WHOLE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_DECIMALS = {**dict.fromkeys(_WHOLE.split(), 0), **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3)}


def counted(amount: Money) -> int:
    """`amount` in Stripe's smallest unit. Raises ValueError where that cannot say it."""
    theirs, ours = _DECIMALS.get(amount.currency, 2), exponent(amount.currency)
    whole, rest = divmod(amount.minor * int(10**theirs), int(10**ours))
    if rest:
        raise ValueError(f"{amount} has more decimals than Stripe takes")
    return whole
