"""Payments in words: why one failed, and what the cards of the sandbox do."""

from tenantry.domain.payments import Failure, TestCard
from tenantry.words.speech import N_

FAILURES = {
    Failure.DECLINED: N_("The card was declined."),
    Failure.STEP_NEEDED: N_("The bank asks for a second step. Pay again and make it."),
    Failure.SECOND_STEP: N_("The second step was refused."),
    Failure.REFUSED: N_("The payment provider refused it. Choose another way to pay."),
    Failure.METHOD_GONE: N_("The payment method was removed."),
    Failure.NOT_NEEDED: N_("It was not needed any more."),
    Failure.UNREACHABLE: N_("The payment provider did not answer for a day."),
}

CARDS = {
    TestCard.WORKS: (N_("Pays always"), N_("Every payment goes through.")),
    TestCard.SECOND_STEP: (N_("Asks for a second step"), N_("Each payment has to be confirmed on a page of its own.")),
    TestCard.DECLINED: (N_("Is declined"), N_("No payment goes through.")),
    TestCard.FAILS_LATER: (
        N_("Fails at the renewal"),
        N_("It pays what is ordered, and nothing that renews by itself."),
    ),
}
