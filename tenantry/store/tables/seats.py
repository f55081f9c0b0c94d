"""Seats bought, and who holds them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Uuid,
    func,
    text,
)

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
    belongs_to("seat_pools", "sku_id", to=("sku_id",)),
    CheckConstraint("seats > 0", name="seats_positive"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    CheckConstraint("unit_price >= 0", name="unit_price_not_negative"),
    one_of("frequency", "monthly", "yearly"),
    one_of("channel", "direct", "enterprise", "volume", "open", "reseller", "free"),
    Index(None, "tenant_id", "sku_id"),
)

seat_pools = tenant_table(
    "seat_pools",
    Column("sku_id", Uuid, nullable=False),
    Column("consumed", Integer, nullable=False, server_default=text("0")),
    belongs_to("tenants", to=()),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    CheckConstraint("consumed >= 0", name="consumed_not_negative"),
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
    Index(None, "tenant_id", "user_id"),
)
