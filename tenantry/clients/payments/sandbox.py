"""The demo's provider: no money moves, and its cards do what their digits say. It remembers nothing."""

from uuid import UUID

from tenantry.clients.payments.provider import Bill
from tenantry.domain.payments import Failure, Outcome, PaymentState, TestCard
from tenantry.kit.money import Money


class Sandbox:
    """A `Provider`. Its second step is a page of our own."""

    async def charge(self, bill: Bill) -> Outcome:
        card, external_id = TestCard(bill.card), f"sandbox-{bill.id}"
        if card is TestCard.SECOND_STEP:
            return Outcome(PaymentState.ACTION, external_id, bill.step_url)
        if card is TestCard.DECLINED or (card is TestCard.FAILS_LATER and not bill.attended):
            return Outcome(PaymentState.FAILED, external_id, failure=Failure.DECLINED)
        return Outcome(PaymentState.PAID, external_id)

    async def refund(self, payment_id: UUID, external_id: str, amount: Money) -> None:
        """Nothing was taken, so that there is nothing to give back."""
