"""What stands on invoices: how they stand, what a line is for, and how one paid."""

from tenantry.words.speech import N_

STANDINGS = {
    "open": N_("Open"),
    "overdue": N_("Overdue"),
    "paid": N_("Paid"),
    "credited": N_("Credit note"),
}
KINDS = {
    "purchase": N_("Bought"),
    "renewal": N_("Renewed"),
    "period": N_("Billing period"),
    "seats": N_("Seats changed"),
    "switch": N_("Product changed"),
    "cancellation": N_("Canceled"),
}
FREQUENCIES = {"monthly": N_("per month"), "yearly": N_("per year")}
PROVIDERS = {
    "invoice": N_("Bank transfer"),
    "stripe": N_("Card"),
    "sandbox": N_("Test card"),
    "credit": N_("Set off with a credit note"),
    "set_off": N_("Set off against an invoice"),
    "refund": N_("Given back to the card"),
}
PAYMENT_STATES = {
    "waiting": N_("Under way"),
    "action": N_("Waits for a second step"),
    "paid": N_("Paid"),
    "failed": N_("Failed"),
    "refunded": N_("Refunded"),
}
