"""Whoever takes the money, behind one protocol. What is paid by invoice needs nobody: the operator books it."""

from functools import cache

from tenantry.clients.payments.provider import (
    Back,
    Bill,
    CardKeeper,
    Entered,
    Page,
    Provider,
    ProviderDown,
)
from tenantry.clients.payments.sandbox import Sandbox
from tenantry.clients.payments.stripe import Stripe
from tenantry.kit.settings import Settings

PROVIDERS: dict[str, Provider] = {"sandbox": Sandbox()}


def provider(settings: Settings, name: str, *, is_test: bool) -> Provider | None:
    """Who takes money by that name, or nobody.

    is_test: of a tenant whose clock is moved. Its money is never real, and real money is never a test card's.
    """
    if name == "stripe":
        return None if is_test else card_keeper(settings)
    return PROVIDERS.get(name) if is_test or settings.payment_provider == name else None


def card_keeper(settings: Settings) -> Stripe | None:
    """Who keeps cards; nobody where Stripe is not set up."""
    if not settings.stripe_secret_key:
        return None
    return _stripe(settings.stripe_secret_key, settings.stripe_url, settings.address)


@cache
def _stripe(key: str, url: str, site: str) -> Stripe:
    return Stripe(key, url, site)


__all__ = [
    "PROVIDERS",
    "Back",
    "Bill",
    "CardKeeper",
    "Entered",
    "Page",
    "Provider",
    "ProviderDown",
    "card_keeper",
    "provider",
]
