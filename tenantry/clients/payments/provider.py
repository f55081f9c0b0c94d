"""What every payment provider can do, whoever it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tenantry.domain.payments import Card, Outcome, Returned, SetupState
from tenantry.kit.money import Money


class ProviderDown(Exception):
    """The provider did not answer, or not in a way that says whether money moved: ask again with the same key."""


@dataclass(frozen=True)
class Bill:
    """One try at taking money.

    id: our payment, and the idempotency key: the same one is charged once, however often it is asked for.
    card, customer: the provider's names for the payment method and for whose it is.
    attended: somebody is there who could make a second step.
    step_place: our page that leads to the second step and back, below the house's address.
    made_at: when it was first asked for. fresh: so lately that the provider still knows the key.
    """

    id: UUID
    tenant_id: UUID
    amount: Money
    card: str
    customer: str | None
    attended: bool
    step_place: str
    made_at: datetime
    fresh: bool = True


@dataclass(frozen=True)
class Back:
    """Money to give back of a payment. id: our refund, and the idempotency key; payment: the provider's name for it."""

    id: UUID
    tenant_id: UUID
    payment: str
    amount: Money
    fresh: bool = True


@dataclass(frozen=True)
class Page:
    """A page of the provider's where a card is entered. external_id: its name for it."""

    external_id: str
    url: str


@dataclass(frozen=True)
class Entered:
    """What became of such a page. card: where it is done."""

    state: SetupState
    card: Card | None = None


class Provider(Protocol):
    """Takes money from saved payment methods. All are asked by jobs, outside any transaction."""

    async def charge(self, bill: Bill) -> Outcome:
        """Takes the money, or says why not, or where the second step is. Raises ProviderDown."""

    async def look(self, bill: Bill, external_id: str | None, *, give_up: bool) -> Outcome | None:
        """How it stands with a payment now; None if nobody asked for it. Raises ProviderDown.

        give_up: a second step that nobody made is not waited for any longer.
        """

    async def refund(self, back: Back) -> Returned:
        """Gives money back, once. Raises ProviderDown."""

    async def look_at_refund(self, external_id: str) -> Returned:
        """How it stands with a refund now. Raises ProviderDown."""


class CardKeeper(Protocol):
    """Keeps cards, so that no number of one ever comes here."""

    async def open_customer(self, tenant_id: UUID, name: str) -> str:
        """The provider's name for a tenant, a new one. Raises ProviderDown."""

    async def open_page(self, setup_id: UUID, tenant_id: UUID, customer: str, place: str) -> Page:
        """A page to enter a card at, which leads back to our `place`. Raises ProviderDown."""

    async def read_page(self, external_id: str) -> Entered:
        """What became of a page. Raises ProviderDown."""

    async def forget(self, card: str) -> None:
        """The card is used by nobody any more. Raises ProviderDown."""
