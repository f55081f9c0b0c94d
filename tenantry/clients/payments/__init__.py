"""Whoever takes the money, behind one protocol. What is paid by invoice needs nobody: the operator books it."""

from tenantry.clients.payments.provider import Bill, Provider, ProviderDown
from tenantry.clients.payments.sandbox import Sandbox

PROVIDERS: dict[str, Provider] = {"sandbox": Sandbox()}

__all__ = ["PROVIDERS", "Bill", "Provider", "ProviderDown"]
