"""Orders in words: what they are for, where they stand, why one was not paid."""

from tenantry.domain.orders import OrderKind, OrderState
from tenantry.words.speech import N_

KINDS = {
    OrderKind.BUY: N_("Purchase"),
    OrderKind.SEATS: N_("Change of seats"),
    OrderKind.RENEWAL: N_("Renewal"),
    OrderKind.SWITCH: N_("Change of product"),
    OrderKind.CONVERSION: N_("Purchase after a trial"),
    OrderKind.CANCELLATION: N_("Cancellation"),
}
STATES = {
    OrderState.WAITING: N_("Waiting for payment"),
    OrderState.ACTION: N_("Second step needed"),
    OrderState.DONE: N_("Done"),
    OrderState.FAILED: N_("Not paid"),
    OrderState.DROPPED: N_("Given up"),
}
