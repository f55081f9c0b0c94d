"""The demo's provider: no money moves, and its cards do what their digits say. It remembers nothing."""

from tenantry.clients.payments.provider import Back, Bill
from tenantry.domain.payments import Failure, Outcome, PaymentState, RefundState, Returned, TestCard


class Sandbox:
    """A `Provider`. Its second step is a page of our own."""

    async def charge(self, bill: Bill) -> Outcome:
        card, external_id = TestCard(bill.card), f"sandbox-{bill.id}"
        if card is TestCard.SECOND_STEP:
            return Outcome(PaymentState.ACTION, external_id, bill.step_place)
        if card is TestCard.DECLINED or (card is TestCard.FAILS_LATER and not bill.attended):
            return Outcome(PaymentState.FAILED, external_id, failure=Failure.DECLINED)
        return Outcome(PaymentState.PAID, external_id)

    async def look(self, bill: Bill, external_id: str | None, *, give_up: bool) -> Outcome | None:
        """Nothing is known but that a step which nobody made in time is over."""
        return Outcome(PaymentState.FAILED, external_id, failure=Failure.SECOND_STEP) if give_up else None

    async def refund(self, back: Back) -> Returned:
        """Nothing was taken, so that there is nothing to give back."""
        return Returned(RefundState.DONE, f"sandbox-{back.id}")

    async def look_at_refund(self, external_id: str) -> Returned:
        return Returned(RefundState.DONE, external_id)
