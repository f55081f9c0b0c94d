"""What an export holds of purchases: what was bought, what it cost, who paid and how."""

from sqlalchemy import and_, select

from tenantry.queries.export_columns import SOLD, but, hidden, plainly, priced
from tenantry.queries.export_tenant import Column, Part
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import (
    billing_accounts,
    charges,
    invoices,
    orders,
    payment_methods,
    payments,
    refunds,
    scheduled_changes,
    seat_batches,
    subscriptions,
)
from tenantry.words.speech import N_

_OF_SUBSCRIPTION = {
    table: and_(subscriptions.c.tenant_id == table.c.tenant_id, subscriptions.c.id == table.c.subscription_id)
    for table in (seat_batches, scheduled_changes)
}
_SUM = (*priced(net=N_("Net"), tax=N_("Tax")), Column("currency"))

BILLING = (
    Part(
        "subscriptions",
        N_("Subscriptions: what was bought, and until when"),
        select(*but(subscriptions), STATUS.label("status")),
        (subscriptions.c.id,),
        (
            Column("id"),
            *SOLD,
            *plainly(status=N_("Status"), seats=N_("Seats"), trial=N_("Trial"), recurring=N_("Recurring billing")),
            *plainly(term_months=N_("Term in months"), frequency=N_("Billed"), channel=N_("Channel")),
            *priced(unit_price=N_("Price per seat")),
            Column("currency"),
            *plainly(starts_at=N_("Begins"), ends_at=N_("Ends"), canceled_at=N_("Canceled"), created_at=N_("Added")),
            Column("po_number", N_("Purchase order number")),
            *hidden("anchor_at", "term_at", "billed_until", "due_at", "converts", "extended_at", "unpaid_at"),
            *hidden("delete_at", "method_id", "order_id"),
        ),
    ),
    Part(
        "seat_batches",
        N_("Seats bought in one go"),
        select(*but(seat_batches), subscriptions.c.sku_id).join(subscriptions, _OF_SUBSCRIPTION[seat_batches]),
        (seat_batches.c.id,),
        (Column("id"), Column("subscription_id"), *SOLD, *plainly(seats=N_("Seats"), bought_at=N_("Bought"))),
    ),
    Part(
        "scheduled_changes",
        N_("What is to change at renewal"),
        select(*but(scheduled_changes), subscriptions.c.currency).join(
            subscriptions, _OF_SUBSCRIPTION[scheduled_changes]
        ),
        (scheduled_changes.c.subscription_id,),
        (
            Column("subscription_id", N_("Subscription")),
            *SOLD,
            *plainly(seats=N_("Seats"), term_months=N_("Term in months"), frequency=N_("Billed")),
            *priced(unit_price=N_("Price per seat")),
            *hidden("part_sku_id"),
            *plainly(part_seats=N_("Seats of the part")),
            *priced(part_price=N_("Price per seat of the part")),
            Column("currency"),
            *plainly(made_at=N_("Time (UTC)"), made_by=N_("Who")),
            Column("operation_id"),
        ),
    ),
    Part(
        "billing_account",
        N_("Billing account: who buys"),
        select(billing_accounts),
        (billing_accounts.c.tenant_id,),
        (
            *plainly(legal_name=N_("Name"), street=N_("Street"), postal_code=N_("Postal code"), city=N_("City")),
            *plainly(country=N_("Country"), vat_number=N_("VAT number"), email=N_("E-mail")),
            Column("po_number", N_("Purchase order number")),
        ),
    ),
    Part(
        "payment_methods",
        N_("Payment methods, as they are called on screen"),
        select(*but(payment_methods, "external_id")),
        (payment_methods.c.id,),
        (
            Column("id"),
            *plainly(label=N_("Name"), provider=N_("Provider"), is_default=N_("Default"), made_at=N_("Added")),
            *plainly(expires_at=N_("Expires"), removed_at=N_("Removed")),
        ),
    ),
    Part(
        "orders",
        N_("Orders"),
        select(*but(orders)),
        (orders.c.id,),
        (
            Column("id", N_("Order")),
            *plainly(made_at=N_("Time (UTC)"), actor_name=N_("Who"), kind=N_("Kind"), state=N_("State")),
            *_SUM,
            *plainly(po_number=N_("Purchase order number"), done_at=N_("Done"), failure=N_("Why")),
            *hidden("lines", "method_id", "invoice_id", "actor_id", "operation_id"),
        ),
    ),
    Part(
        "invoices",
        N_("Invoices"),
        select(*but(invoices, "mailed_at")),
        (invoices.c.id,),
        (
            Column("id"),
            *plainly(number=N_("Number"), state=N_("State"), issued_at=N_("Issued"), due_at=N_("Due")),
            *_SUM,
            *plainly(paid_at=N_("Paid"), po_number=N_("Purchase order number")),
            *hidden("buyer", "seller"),
        ),
    ),
    Part(
        "charges",
        N_("Charges: the lines of invoices"),
        select(*but(charges)),
        (charges.c.id,),
        (
            Column("id"),
            Column("invoice_id", N_("Invoice")),
            *plainly(at=N_("Time (UTC)"), product=N_("Product"), kind=N_("Kind"), seats=N_("Seats")),
            *priced(unit_price=N_("Price per seat")),
            *plainly(frequency=N_("Billed"), from_at=N_("From"), until_at=N_("Until")),
            *_SUM,
            Column("tax_permille", N_("Tax in permille")),
            *hidden("subscription_id", "operation_id"),
        ),
    ),
    Part(
        "payments",
        N_("Payments"),
        select(*but(payments, "action_url")),
        (payments.c.id,),
        (
            Column("id"),
            *plainly(made_at=N_("Time (UTC)"), provider=N_("Provider"), state=N_("State")),
            *priced(amount=N_("Amount")),
            *plainly(settled_at=N_("Settled"), failure=N_("Why"), external_id=N_("Number at the provider")),
            *hidden("currency", "invoice_id", "order_id", "method_id", "tries", "attended", "credit_id"),
        ),
    ),
    Part(
        "refunds",
        N_("Refunds: what was given back of payments"),
        select(*but(refunds)),
        (refunds.c.id,),
        (
            Column("id"),
            *plainly(made_at=N_("Time (UTC)"), state=N_("State")),
            *priced(amount=N_("Amount")),
            *plainly(settled_at=N_("Settled"), external_id=N_("Number at the provider")),
            *hidden("currency", "payment_id", "credit_id"),
        ),
    ),
)
