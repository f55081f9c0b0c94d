"""The catalog: what is sold, to everybody the same."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    text,
)

from tenantry.store.tables.frame import metadata, one_of, word

catalog_version = Table(
    "catalog_version",
    metadata,
    Column("id", Boolean, primary_key=True, server_default=text("true")),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("id", name="single"),
)

products = Table(
    "products",
    metadata,
    Column("sku_id", Uuid, primary_key=True),
    word("part_number"),
    word("name"),
    word("applies_to", "user"),
    one_of("applies_to", "user", "company"),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Uuid, primary_key=True),
    word("name"),
    word("friendly_name"),
    Column("retention_days", Integer, nullable=False, server_default=text("30")),
)

product_plans = Table(
    "product_plans",
    metadata,
    Column("sku_id", Uuid, nullable=False),
    Column("plan_id", Uuid, nullable=False),
    PrimaryKeyConstraint("sku_id", "plan_id"),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    ForeignKeyConstraint(["plan_id"], ["plans.id"]),
)

plan_exclusions = Table(
    "plan_exclusions",
    metadata,
    Column("plan_a", Uuid, nullable=False),
    Column("plan_b", Uuid, nullable=False),
    PrimaryKeyConstraint("plan_a", "plan_b"),
    ForeignKeyConstraint(["plan_a"], ["plans.id"]),
    ForeignKeyConstraint(["plan_b"], ["plans.id"]),
    CheckConstraint("plan_a < plan_b", name="ordered"),
)

plan_requirements = Table(
    "plan_requirements",
    metadata,
    Column("plan_id", Uuid, nullable=False),
    Column("needs_plan_id", Uuid, nullable=False),
    PrimaryKeyConstraint("plan_id", "needs_plan_id"),
    ForeignKeyConstraint(["plan_id"], ["plans.id"]),
    ForeignKeyConstraint(["needs_plan_id"], ["plans.id"]),
)

product_bars = Table(
    "product_bars",
    metadata,
    Column("sku_id", Uuid, nullable=False),
    word("country"),
    PrimaryKeyConstraint("sku_id", "country"),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
)

plan_limits = Table(
    "plan_limits",
    metadata,
    Column("plan_id", Uuid, nullable=False),
    word("name"),
    Column("value", BigInteger, nullable=False),
    Column("from_day", Integer, nullable=False, server_default=text("0")),  # after its holder came
    PrimaryKeyConstraint("plan_id", "name", "from_day"),
    ForeignKeyConstraint(["plan_id"], ["plans.id"]),
)

prices = Table(
    "prices",
    metadata,
    Column("sku_id", Uuid, nullable=False),
    word("currency"),
    Column("term_months", Integer, nullable=False),
    word("frequency"),
    Column("minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("sku_id", "currency", "term_months", "frequency"),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    CheckConstraint("minor >= 0", name="minor_not_negative"),
    one_of("frequency", "monthly", "yearly"),
)
