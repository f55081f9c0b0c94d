"""Seats bought, and who holds them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.schema import SchemaItem

from tenantry.store.tables.frame import belongs_to, moment, one_of, tenant_table, word

subscriptions = tenant_table(
    "subscriptions",
    Column("id", Uuid, nullable=False),
    Column("sku_id", Uuid, nullable=False),
    Column("seats", Integer, nullable=False),
    word("channel", "direct"),
    Column("trial", Boolean, nullable=False, server_default=text("false")),
    Column("recurring", Boolean, nullable=False, server_default=text("true")),
    Column("term_months", Integer, nullable=False),
    word("frequency", "monthly"),
    word("currency"),
    Column("unit_price", BigInteger, nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    moment("created_at"),
    moment("anchor_at"),  # what terms and billing periods are stepped from
    moment("term_at"),  # when the running term began
    moment("billed_until"),
    Column(
        "due_at", DateTime(timezone=True), nullable=False, server_default=text("'epoch'")
    ),  # when to look at it again
    Column("converts", Boolean, nullable=False, server_default=text("false")),
    moment("extended_at", nullable=True),
    moment("unpaid_at", nullable=True),
    moment("canceled_at", nullable=True),
    moment("delete_at", nullable=True),
    Column("method_id", Uuid),
    Column("order_id", Uuid),
    Column("po_number", Text),
    belongs_to("seat_pools", "sku_id", to=("sku_id",)),
    CheckConstraint("seats > 0", name="seats_positive"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    CheckConstraint("unit_price >= 0", name="unit_price_not_negative"),
    one_of("frequency", "monthly", "yearly"),
    one_of("channel", "direct", "enterprise", "volume", "open", "reseller", "free"),
    Index(None, "tenant_id", "sku_id"),
    Index("subscriptions_due", "due_at", "tenant_id", "id"),
)

# Seats bought in one go: each batch can be taken back for some days.
seat_batches = tenant_table(
    "seat_batches",
    Column("id", Uuid, nullable=False, server_default=func.uuidv7()),
    Column("subscription_id", Uuid, nullable=False),
    Column("seats", Integer, nullable=False),
    moment("bought_at"),
    belongs_to("subscriptions", "subscription_id"),
    CheckConstraint("seats > 0", name="seats_positive"),
    Index(None, "tenant_id", "subscription_id"),
)

# What is to happen at renewal: one row per subscription, a new wish replaces the one before.
scheduled_changes = tenant_table(
    "scheduled_changes",
    Column("subscription_id", Uuid, nullable=False),
    Column("seats", Integer),
    Column("sku_id", Uuid),
    Column("term_months", Integer),
    Column("frequency", Text),
    Column("unit_price", BigInteger),
    moment("made_at"),
    word("made_by"),
    Column("operation_id", Uuid, nullable=False),
    Column("part_sku_id", Uuid),  # becomes a subscription of its own
    Column("part_seats", Integer),
    Column("part_price", BigInteger),
    belongs_to("subscriptions", "subscription_id"),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    ForeignKeyConstraint(["part_sku_id"], ["products.sku_id"]),
    CheckConstraint("num_nonnulls(seats, sku_id, term_months, frequency, part_sku_id) > 0", name="something"),
    CheckConstraint("seats > 0", name="seats_positive"),
    CheckConstraint("num_nonnulls(part_sku_id, part_seats, part_price) IN (0, 3)", name="part_whole"),
    CheckConstraint("part_seats > 0", name="part_seats_positive"),
    one_of("frequency", "monthly", "yearly"),
    key=("subscription_id",),
)

seat_pools = tenant_table(
    "seat_pools",
    Column("sku_id", Uuid, nullable=False),
    Column("consumed", Integer, nullable=False, server_default=text("0")),
    belongs_to("tenants", to=()),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    Column(
        "reduced", Integer, nullable=False, server_default=text("0")
    ),  # seats taken under licenses that keep service
    moment("reduced_at", nullable=True),
    moment("conflict_at", nullable=True),  # since when it is short and people were told
    CheckConstraint("consumed >= 0", name="consumed_not_negative"),
    CheckConstraint("(reduced = 0) = (reduced_at IS NULL) AND reduced >= 0", name="reduced_whole"),
    key=("sku_id",),
)

# One row per user and product. Its foreign keys are declared and not enforced (checked set by set, see
# docs/decisions/0003-license-keys.md): rows come from a SELECT over the users themselves, `doctor` proves it.
licenses = tenant_table(
    "licenses",
    Column("sku_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("disabled_plans", ARRAY(Uuid)),  # the direct switches; NULL when there is no direct path
    Column("group_ids", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("operation_id", Uuid, nullable=False),
    moment("assigned_at"),
    CheckConstraint("disabled_plans IS NOT NULL OR group_ids <> '{}'", name="has_a_path"),
    Index(
        "licenses_unlike",
        "tenant_id",
        "sku_id",
        postgresql_where=text("disabled_plans <> '{}' OR group_ids <> '{}'"),
    ),
    key=("sku_id", "user_id"),
)

license_history = tenant_table(
    "license_history",
    Column("id", Uuid, nullable=False, server_default=func.uuidv7()),
    Column("sku_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("disabled_plans", ARRAY(Uuid)),
    Column("group_ids", ARRAY(Uuid), nullable=False),
    Column("operation_id", Uuid, nullable=False),
    moment("assigned_at"),
    Column("ended_by", Uuid, nullable=False),
    moment("ended_at"),
    moment("purged_at", nullable=True),
    Index(None, "tenant_id", "user_id"),
    Index("license_history_ended", "tenant_id", "ended_at"),
    Index("license_history_unpurged", "tenant_id", "ended_at", "id", postgresql_where=text("purged_at IS NULL")),
)


def _per_holder(name: str, *more: SchemaItem) -> Table:
    """A table with a row per license that something is special about; gone with its person."""
    users = ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE")
    holder = Column("sku_id", Uuid, nullable=False), Column("user_id", Uuid, nullable=False)
    return tenant_table(name, *holder, *more, users, key=("sku_id", "user_id"))


pins = _per_holder("pins")  # never the ones to lose service while others are left

# Licenses without service, because their pool is short and its deadline has passed. The license itself stays.
service_cuts = _per_holder("service_cuts", moment("since"))
