"""Money: who pays and how, what was ordered, what it cost, what was paid; and what people are told of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenantry.store.tables.frame import belongs_to, metadata, moment, one_of, tenant_table, word

PROVIDERS = ("invoice", "stripe", "sandbox")

tax_rates = Table(
    "tax_rates",
    metadata,
    Column("country", Text, primary_key=True),
    Column("permille", Numeric(6, 2), nullable=False),
    Column(
        "reverse_charge", Boolean, nullable=False, server_default=text("false")
    ),  # a buyer with a VAT number owes it
    CheckConstraint("permille >= 0 AND permille < 1000", name="permille_fits"),
)

invoice_numbers = Table(
    "invoice_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

webhook_events = Table(
    "webhook_events",
    metadata,
    word("provider"),
    word("id"),
    moment("at"),
    PrimaryKeyConstraint("provider", "id"),
)

billing_accounts = tenant_table(
    "billing_accounts",
    word("legal_name"),
    word("street"),
    word("postal_code"),
    word("city"),
    word("country"),
    Column("vat_number", Text),
    Column("email", Text),
    Column("po_number", Text),
    belongs_to("tenants", to=()),
    key=(),
)

payment_methods = tenant_table(
    "payment_methods",
    Column("id", Uuid, nullable=False),
    word("provider"),
    word("label"),
    word("external_id"),
    moment("expires_at", nullable=True),
    Column("is_default", Boolean, nullable=False, server_default=text("false")),
    moment("made_at"),
    moment("removed_at", nullable=True),
    belongs_to("tenants", to=()),
    one_of("provider", *PROVIDERS),
    Index(
        "payment_methods_default_key",
        "tenant_id",
        unique=True,
        postgresql_where=text("is_default AND removed_at IS NULL"),
    ),
)

# Who the tenant is at a payment provider.
payment_customers = tenant_table(
    "payment_customers",
    word("provider"),
    word("external_id"),
    moment("made_at"),
    belongs_to("tenants", to=()),
    key=("provider",),
)

# A card that somebody is about to enter at the provider's own page.
card_setups = tenant_table(
    "card_setups",
    Column("id", Uuid, nullable=False),
    word("provider"),
    word("state"),
    Column("external_id", Text),
    Column("url", Text),
    Column("actor_id", Uuid),
    word("actor_name"),
    moment("made_at"),
    belongs_to("tenants", to=()),
    one_of("state", "waiting", "open", "done", "failed"),
)

orders = tenant_table(
    "orders",
    Column("id", Uuid, nullable=False),
    word("kind"),
    word("state"),
    Column("lines", JSONB, nullable=False),
    word("currency"),
    Column("net", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
    Column("po_number", Text),
    Column("method_id", Uuid),
    Column("invoice_id", Uuid),
    Column("actor_id", Uuid),
    word("actor_name"),
    Column("operation_id", Uuid, nullable=False),
    Column("failure", Text),
    moment("made_at"),
    moment("done_at", nullable=True),
    belongs_to("payment_methods", "method_id"),
    one_of("kind", "buy", "seats", "renewal", "switch", "conversion", "cancellation"),
    one_of("state", "waiting", "action", "done", "failed", "dropped"),
)

# What somebody has chosen and not ordered yet. actor_id: their user, or the tenant for who is none of its people.
cart_lines = tenant_table(
    "cart_lines",
    Column("actor_id", Uuid, nullable=False),
    Column("sku_id", Uuid, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("term_months", Integer, nullable=False),
    word("frequency"),
    moment("at"),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    CheckConstraint("seats > 0", name="seats_positive"),
    one_of("frequency", "monthly", "yearly"),
    key=("actor_id", "sku_id"),
)

invoices = tenant_table(
    "invoices",
    Column("id", Uuid, nullable=False),
    word("number"),
    word("state"),
    word("currency"),
    Column("net", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
    Column("buyer", JSONB, nullable=False),
    Column("seller", JSONB, nullable=False),
    Column("po_number", Text),
    moment("issued_at"),
    moment("due_at"),
    moment("paid_at", nullable=True),  # of a credit note: since when its credit is used up
    moment("mailed_at", nullable=True),
    belongs_to("tenants", to=()),
    UniqueConstraint("tenant_id", "number", name="invoices_tenant_id_number_key"),
    one_of("state", "open", "paid", "credited"),
    Index("invoices_unmailed", "tenant_id", "id", postgresql_where=text("mailed_at IS NULL")),
    Index("invoices_credit", "tenant_id", "id", postgresql_where=text("state = 'credited' AND paid_at IS NULL")),
)

# The lines of invoices: one per period and change, each with the operation that caused it.
charges = tenant_table(
    "charges",
    Column("id", Uuid, nullable=False, server_default=func.uuidv7()),
    Column("invoice_id", Uuid),
    Column("subscription_id", Uuid, nullable=False),
    Column("operation_id", Uuid, nullable=False),
    word("kind"),
    word("product"),
    Column("seats", Integer, nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    word("frequency"),
    moment("from_at"),
    moment("until_at"),
    word("currency"),
    Column("net", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
    Column("tax_permille", Numeric(6, 2), nullable=False),
    moment("at"),
    belongs_to("invoices", "invoice_id"),
    belongs_to("subscriptions", "subscription_id"),
    one_of("kind", "purchase", "renewal", "period", "seats", "switch", "cancellation"),
    Index(None, "tenant_id", "invoice_id"),
    Index(None, "tenant_id", "subscription_id"),
    Index(None, "tenant_id", "operation_id"),
)

payments = tenant_table(
    "payments",
    Column("id", Uuid, nullable=False),
    Column("invoice_id", Uuid),
    Column("order_id", Uuid),
    Column("method_id", Uuid),
    word("provider"),
    word("state"),
    word("currency"),
    Column("amount", BigInteger, nullable=False),
    Column("external_id", Text),
    Column("action_url", Text),
    Column("failure", Text),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    moment("made_at"),
    moment("settled_at", nullable=True),
    Column("attended", Boolean, nullable=False, server_default=text("false")),  # somebody is there for a second step
    Column("credit_id", Uuid),  # the credit note that is set off against the invoice
    belongs_to("invoices", "invoice_id"),
    belongs_to("invoices", "credit_id"),
    belongs_to("orders", "order_id"),
    belongs_to("payment_methods", "method_id"),
    one_of("state", "waiting", "action", "paid", "failed", "refunded"),
    one_of("provider", *PROVIDERS, "credit"),
    CheckConstraint("(provider = 'credit') = (credit_id IS NOT NULL)", name="credit_told"),
    Index(None, "tenant_id", "invoice_id"),
    Index(None, "tenant_id", "credit_id"),
)

# Money given back of a payment. credit_id: the credit note that it settles; none where nobody wanted the payment.
refunds = tenant_table(
    "refunds",
    Column("id", Uuid, nullable=False),
    Column("payment_id", Uuid, nullable=False),
    Column("credit_id", Uuid),
    word("state"),
    word("currency"),
    Column("amount", BigInteger, nullable=False),
    Column("external_id", Text),
    moment("made_at"),
    moment("settled_at", nullable=True),
    belongs_to("payments", "payment_id"),
    belongs_to("invoices", "credit_id"),
    one_of("state", "waiting", "done", "failed"),
    CheckConstraint("amount > 0", name="amount_positive"),
    Index(None, "tenant_id", "payment_id"),
    Index(None, "tenant_id", "credit_id"),
)

# What people with a right should know; letters say the same by mail.
notices = tenant_table(
    "notices",
    Column("id", Uuid, nullable=False, server_default=func.uuidv7()),
    word("kind"),
    word("permission"),
    Column("subject_id", Uuid, nullable=False),
    Column("params", JSONB, nullable=False),
    moment("at"),
    moment("ended_at", nullable=True),
    moment("mailed_at", nullable=True),
    belongs_to("tenants", to=()),
    Index(
        "notices_open_key",
        "tenant_id",
        "kind",
        "subject_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
)

notices_seen = tenant_table(
    "notices_seen",
    Column("user_id", Uuid, nullable=False),
    Column("until", Uuid, nullable=False),
    ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
    key=("user_id",),
)
