"""How money is taken and given back: the provider is asked, then what it said is settled."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from tenantry.clients.payments import Back, Bill, ProviderDown, provider
from tenantry.commands.settle_payment import book_refund, settle_payment
from tenantry.domain.payments import Failure, Outcome, PaymentState, RefundState, Returned
from tenantry.domain.viewers import janitor
from tenantry.queries.house import House
from tenantry.queries.payments import Owed, OwedBack, find_owed, find_owed_back

KNOWN_FOR = timedelta(hours=1)  # so long a provider surely knows an idempotency key; Stripe keeps them for a day

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
        outcome = await _ask(house, tenant_id, owed)
    except ProviderDown:
        if not last:
            raise
        log.exception("a payment is given up: %s", payment_id)
        outcome = Outcome(PaymentState.FAILED, failure=Failure.UNREACHABLE)
    await settle_payment(house.db, viewer, payment_id=payment_id, outcome=outcome, now=owed.now)


async def _ask(house: House, tenant_id: UUID, owed: Owed) -> Outcome:
    if not owed.wanted:
        return Outcome(PaymentState.FAILED, failure=Failure.NOT_NEEDED)
    taker = provider(house.settings, owed.provider, is_test=owed.is_test)
    if owed.card is None or taker is None:
        return Outcome(PaymentState.FAILED, failure=Failure.METHOD_GONE)
    return await taker.charge(_bill(tenant_id, owed))


def _bill(tenant_id: UUID, owed: Owed) -> Bill:
    return Bill(
        id=owed.id,
        tenant_id=tenant_id,
        amount=owed.amount,
        card=owed.card or "",
        customer=owed.customer,
        attended=owed.attended,
        step_place=owed.place,
        made_at=owed.made_at,
        fresh=owed.now - owed.made_at < KNOWN_FOR,
    )


async def look(house: House, *, tenant_id: UUID, payment_id: UUID, give_up: bool, now: datetime) -> None:
    """Settles what the provider says of a payment now: whatever news of it came, late, twice or out of order.

    give_up: a second step that nobody made is not waited for any longer. Raises ProviderDown.
    """
    viewer = janitor(tenant_id)
    owed = await find_owed(house.db, viewer, payment_id=payment_id, now=now)
    if owed is None or owed.state in (PaymentState.PAID, PaymentState.REFUNDED):
        return
    taker = provider(house.settings, owed.provider, is_test=owed.is_test)
    outcome = await taker.look(_bill(tenant_id, owed), owed.external_id, give_up=give_up) if taker else None
    if outcome is not None:
        await settle_payment(house.db, viewer, payment_id=payment_id, outcome=outcome, now=owed.now)


async def refund(house: House, *, tenant_id: UUID, payment_id: UUID, now: datetime) -> None:
    """Gives back what waits for it of a payment, each part once. Raises ProviderDown."""
    for back in await find_owed_back(house.db, janitor(tenant_id), payment_id=payment_id, refund_id=None, now=now):
        await _give_back(house, tenant_id, back)


async def look_at_refund(house: House, *, tenant_id: UUID, refund_id: UUID, now: datetime) -> None:
    """Books what the provider says of a refund now. Raises ProviderDown."""
    for back in await find_owed_back(house.db, janitor(tenant_id), payment_id=None, refund_id=refund_id, now=now):
        if back.state is not RefundState.FAILED:
            await _give_back(house, tenant_id, back)


async def _give_back(house: House, tenant_id: UUID, back: OwedBack) -> None:
    taker = provider(house.settings, back.provider, is_test=back.is_test)
    if taker is None or back.payment is None:
        said = Returned(RefundState.FAILED)
    elif back.external_id:
        said = await taker.look_at_refund(back.external_id)
    else:
        fresh = back.now - back.made_at < KNOWN_FOR
        said = await taker.refund(Back(back.id, tenant_id, back.payment, back.amount, fresh))
    await book_refund(house.db, janitor(tenant_id), refund_id=back.id, said=said, now=back.now)
