"""What every payment provider can do, whoever it is."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from tenantry.domain.payments import Outcome
from tenantry.kit.money import Money


class ProviderDown(Exception):
    """The provider did not answer, or not in a way that says whether money moved: ask again with the same key."""


@dataclass(frozen=True)
class Bill:
    """One try at taking money.

    id: our payment, and the idempotency key: the same one is charged once, however often it is asked for.
    card: the provider's name for the payment method. attended: somebody is there who could make a second step.
    step_url: our page that leads to the second step and back.
    """

    id: UUID
    amount: Money
    card: str
    attended: bool
    step_url: str


class Provider(Protocol):
    """Takes money from saved payment methods. All are asked by jobs, outside any transaction."""

    async def charge(self, bill: Bill) -> Outcome:
        """Takes the money, or says why not, or where the second step is. Raises ProviderDown."""

    async def refund(self, payment_id: UUID, external_id: str, amount: Money) -> None:
        """Gives all of a payment back, once. Raises ProviderDown."""
