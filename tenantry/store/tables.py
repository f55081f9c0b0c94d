"""Every table, as SQLAlchemy Core sees it. The migrations make them; a house test compares the two.

A tenant table begins its primary key with `tenant_id` and is fenced by a row policy. The global tables
are the short list in `GLOBAL`.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
    }
)

GLOBAL = {
    "accounts": "a person's sign-in, across tenants",
    "sessions": "found by a token before any tenant is known",
    "throttles": "tries counted before anybody is known",
    "handles": "what leads to a tenant: its address, its members' accounts",
    "domain_registry": "a verified name belongs to one tenant",
    "catalog_version": "says when the cached catalog is stale",
    "products": "catalog",
    "plans": "catalog",
    "product_plans": "catalog",
    "plan_exclusions": "catalog",
    "plan_requirements": "catalog",
    "product_bars": "catalog",
    "plan_limits": "catalog",
    "prices": "catalog",
}

# The jobs role sees every tenant's rows of these, to sweep, to count and to prove.
SWEPT = (
    "tenants",
    "users",
    "subscriptions",
    "seat_pools",
    "licenses",
    "search_tokens",
    "operations",
    "outbox",
)


def moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def word(name: str, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def tenant_table(name: str, *parts: SchemaItem, key: tuple[str, ...] = ("id",)) -> Table:
    """A table of the tenants: its key starts with `tenant_id`."""
    tenant_key = PrimaryKeyConstraint("tenant_id", *key)
    return Table(name, metadata, Column("tenant_id", Uuid, nullable=False), *parts, tenant_key)


def belongs_to(
    table: str, *columns: str, to: tuple[str, ...] = ("id",), deferred: bool = False
) -> ForeignKeyConstraint:
    theirs = [f"{table}.tenant_id", *(f"{table}.{column}" for column in to)]
    late = {"deferrable": True, "initially": "DEFERRED"} if deferred else {}
    return ForeignKeyConstraint(["tenant_id", *columns], theirs, **late)  # type: ignore[arg-type]


def folded(column: str) -> Computed:
    return Computed(f"casefold({column} COLLATE pg_unicode_fast)", persisted=True)


def one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


accounts = Table(
    "accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    word("email"),
    Column("email_key", Text, folded("email"), nullable=False),
    Column("password_hash", Text),
    Column("must_change_password", Boolean, nullable=False, server_default=text("false")),
    Column("language", Text),
    word("theme", "auto"),
    moment("created_at"),
    UniqueConstraint("email_key"),
    one_of("theme", "auto", "light", "dark"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    moment("created_at"),
    moment("seen_at"),
    moment("expires_at"),
    ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
    Index(None, "account_id"),
)

throttles = Table(
    "throttles",
    metadata,
    word("kind"),
    Column("hash", LargeBinary, nullable=False),
    moment("window_at"),
    Column("tries", Integer, nullable=False),
    PrimaryKeyConstraint("kind", "hash", "window_at"),
)

handles = Table(
    "handles",
    metadata,
    word("kind"),
    Column("hash", LargeBinary, nullable=False),
    Column("tenant_id", Uuid, nullable=False),
    Column("row_id", Uuid, nullable=False),
    PrimaryKeyConstraint("kind", "hash", "tenant_id"),
    one_of("kind", "tenant", "member"),
    Index("handles_tenant_address_key", "hash", unique=True, postgresql_where=text("kind = 'tenant'")),
)

domain_registry = Table(
    "domain_registry",
    metadata,
    Column("name", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
)

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
    PrimaryKeyConstraint("plan_id", "name"),
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

tenants = Table(
    "tenants",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    word("slug"),
    word("name"),
    word("kind", "managed"),
    word("country"),
    word("language", "en"),
    word("currency", "USD"),
    Column("test_clock", BigInteger),  # seconds ahead of the wall clock; only sandboxes have one
    moment("created_at"),
    one_of("kind", "managed", "unmanaged"),
)

domains = tenant_table(
    "domains",
    word("name"),
    Column("is_default", Boolean, nullable=False, server_default=text("false")),
    moment("verified_at", nullable=True),
    belongs_to("tenants", to=()),
    Index("domains_default_key", "tenant_id", unique=True, postgresql_where=text("is_default")),
    key=("name",),
)

users = tenant_table(
    "users",
    Column("id", Uuid, nullable=False),
    word("kind", "member"),
    word("user_name"),
    Column("user_key", Text(collation="C"), folded("user_name"), nullable=False),
    word("display_name"),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("job_title", Text),
    Column("department", Text),
    Column("office", Text),
    Column("office_phone", Text),
    Column("mobile_phone", Text),
    Column("fax", Text),
    Column("address", Text),
    Column("city", Text),
    Column("state", Text),
    Column("postal_code", Text),
    Column("country", Text),
    Column("usage_location", Text),
    Column("account_id", Uuid),
    moment("blocked_at", nullable=True),
    moment("deleted_at", nullable=True),
    moment("created_at"),
    Column("words", ARRAY(Text(collation="C")), nullable=False),
    Column("sort_en_nl", LargeBinary, nullable=False),
    Column("sort_da_nb", LargeBinary, nullable=False),
    belongs_to("tenants", to=()),
    ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    one_of("kind", "member", "guest"),
    CheckConstraint("usage_location ~ '^[A-Z]{2}$'", name="usage_location_code"),
    CheckConstraint("user_name <> '' AND display_name <> ''", name="named"),
    Index("users_name_key", "tenant_id", "user_key", unique=True, postgresql_where=text("deleted_at IS NULL")),
    Index(
        "users_by_name_en_nl",
        "tenant_id",
        "kind",
        "sort_en_nl",
        "id",
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index(
        "users_by_name_da_nb",
        "tenant_id",
        "kind",
        "sort_da_nb",
        "id",
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

search_tokens = tenant_table(
    "search_tokens",
    Column("token", Text(collation="C"), nullable=False),
    Column("user_id", Uuid, nullable=False),
    key=("token", "user_id"),
)

role_assignments = tenant_table(
    "role_assignments",
    Column("user_id", Uuid, nullable=False),
    word("role"),
    belongs_to("users", "user_id"),
    key=("user_id", "role"),
)

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

operations = tenant_table(
    "operations",
    Column("id", Uuid, nullable=False),
    word("command"),
    Column("actor_id", Uuid),
    word("actor_name"),
    word("via"),
    moment("at"),
    word("subject"),
    Column("facts", JSONB, nullable=False),
)

operation_faults = tenant_table(
    "operation_faults",
    Column("operation_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    word("code"),
    Column("params", JSONB, nullable=False),
    belongs_to("operations", "operation_id", deferred=True),
    key=("operation_id", "user_id"),
)

receipts = tenant_table(
    "receipts",
    Column("actor_id", Uuid, nullable=False),
    word("key"),
    word("command"),
    Column("answer", JSONB, nullable=False),
    moment("at"),
    key=("actor_id", "key"),
)

outbox = tenant_table(
    "outbox",
    Column("id", Uuid, nullable=False, server_default=func.uuidv7()),
    word("kind"),
    Column("payload", JSONB, nullable=False),
    moment("at"),
    moment("sent_at", nullable=True),
    Index("outbox_waiting", "tenant_id", "id", postgresql_where=text("sent_at IS NULL")),
)
