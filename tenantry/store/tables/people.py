"""Sign-ins, tenants and their people."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from tenantry.store.tables.frame import belongs_to, folded, metadata, moment, one_of, tenant_table, word

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
    Index("users_by_location", "tenant_id", "kind", "usage_location", postgresql_where=text("deleted_at IS NULL")),
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
