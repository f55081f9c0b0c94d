"""How money is taken and given back: the provider is asked, then what it said is settled."""

import logging
from datetime import datetime
from uuid import UUID

from tenantry.clients.payments import PROVIDERS, Bill, ProviderDown
from tenantry.commands.settle_payment import book_refund, settle_payment
from tenantry.domain.payments import Failure, Outcome, PaymentState
from tenantry.domain.viewers import janitor
from tenantry.queries.house import House
from tenantry.queries.payments import Owed, find_owed

log = logging.getLogger("tenantry.jobs")


async def charge(house: House, *, tenant_id: UUID, payment_id: UUID, last: bool, now: datetime) -> None:
    """Takes the money of a waiting payment. Done twice, it is taken once: the payment's id is the provider's key.

    last: not tried again after this. Raises ProviderDown where it is worth trying again.
    """
    viewer = janitor(tenant_id)
    owed = await find_owed(house.db, viewer, payment_id=payment_id, now=now)
    if owed is None or owed.state is not PaymentState.WAITING:
        return
    try:
        outcome = await _ask(house, owed)
    except ProviderDown:
        if not last:
            raise
        log.exception("a payment is given up: %s", payment_id)
        outcome = Outcome(PaymentState.FAILED, failure=Failure.UNREACHABLE)
    await settle_payment(house.db, viewer, payment_id=payment_id, outcome=outcome, now=owed.now)


async def _ask(house: House, owed: Owed) -> Outcome:
    if not owed.wanted:
        return Outcome(PaymentState.FAILED, failure=Failure.NOT_NEEDED)
    provider = PROVIDERS.get(owed.provider)
    if owed.card is None or provider is None:
        return Outcome(PaymentState.FAILED, failure=Failure.METHOD_GONE)
    return await provider.charge(Bill(owed.id, owed.amount, owed.card, owed.attended, owed.place))


async def refund(house: House, *, tenant_id: UUID, payment_id: UUID, now: datetime) -> None:
    """Gives a payment back. Raises ProviderDown."""
    viewer = janitor(tenant_id)
    owed = await find_owed(house.db, viewer, payment_id=payment_id, now=now)
    if owed is None or owed.state is not PaymentState.PAID or owed.external_id is None:
        return
    await PROVIDERS[owed.provider].refund(owed.id, owed.external_id, owed.amount)
    await book_refund(house.db, viewer, payment_id=payment_id, now=owed.now)
