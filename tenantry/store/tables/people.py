"""Tenants and their people."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenantry.store.tables.frame import belongs_to, folded, metadata, moment, one_of, tenant_table, word

_DOMAIN = "split_part(casefold(user_name COLLATE pg_unicode_fast), '@'::text, 2)"

handles = Table(
    "handles",
    metadata,
    word("kind"),
    Column("hash", LargeBinary, nullable=False),
    Column("tenant_id", Uuid, nullable=False),
    Column("row_id", Uuid, nullable=False),
    PrimaryKeyConstraint("kind", "hash", "tenant_id"),
    one_of("kind", "tenant", "member", "support", "meeting", "quick_start"),
    Index("handles_tenant_address_key", "hash", unique=True, postgresql_where=text("kind = 'tenant'")),
)

domain_registry = Table(
    "domain_registry",
    metadata,
    Column("name", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    moment("proven_at", nullable=True),  # none while the name only groups people who signed up with it
)

tenants = Table(
    "tenants",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    word("slug"),
    word("name"),
    Column("name_key", Text(collation="C"), folded("name"), nullable=False),
    word("kind", "managed"),
    word("country"),
    word("language", "en"),
    word("currency", "USD"),
    Column("test_clock", BigInteger),  # seconds ahead of the wall clock; only sandboxes have one
    moment("created_at"),
    Column("street", Text),
    Column("postal_code", Text),
    Column("city", Text),
    Column("technical_contact", Text),
    Column("require_two_step", Boolean, nullable=False, server_default=text("false")),
    Column("allow_support", Boolean, nullable=False, server_default=text("true")),
    moment("suspended_at", nullable=True),
    moment("deleted_at", nullable=True),
    Column("join_by_email", Boolean, nullable=False, server_default=text("true")),
    Column("self_licensing", Boolean, nullable=False, server_default=text("true")),
    Column("federated", Boolean, nullable=False, server_default=text("false")),
    word("edition", "worldwide"),
    Column("terms", Text),
    Column("quick_start", JSONB),
    moment("managed_at", nullable=True),  # when one of its people became the admin
    Column("merged_into", Uuid),  # the tenant that took this one over
    one_of("kind", "managed", "unmanaged"),
)

support_access = tenant_table(
    "support_access",
    Column("id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    word("name"),
    word("reason"),
    word("level"),
    moment("started_at"),
    moment("ends_at"),
    moment("ended_at", nullable=True),
    Column("ended_by", Text),
    belongs_to("tenants", to=()),
    ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    one_of("level", "look", "change"),
    CheckConstraint("ends_at > started_at AND ends_at <= started_at + interval '8 hours'", name="short"),
)

domains = tenant_table(
    "domains",
    word("name"),
    Column("is_default", Boolean, nullable=False, server_default=text("false")),
    moment("verified_at", nullable=True),
    moment("added_at"),
    Column("token", Text),  # the value that proves it
    Column("method", Text),
    Column("outcome", Text),  # of the last look-up
    Column("found", JSONB),  # what it saw
    Column("tries", Integer, nullable=False, server_default=text("0")),
    moment("checked_at", nullable=True),
    moment("check_at", nullable=True),
    moment("lapsed_at", nullable=True),
    Column("is_initial", Boolean, nullable=False, server_default=text("false")),
    belongs_to("tenants", to=()),
    one_of("method", "initial", "email", "txt", "mx", "inherited"),
    Index("domains_default_key", "tenant_id", unique=True, postgresql_where=text("is_default")),
    Index("domains_check", "check_at", "tenant_id", "name", postgresql_where=text("check_at IS NOT NULL")),
    key=("name",),
)

users = tenant_table(
    "users",
    Column("id", Uuid, nullable=False),
    word("kind", "member"),
    word("user_name"),
    Column("user_key", Text(collation="C"), folded("user_name"), nullable=False),
    # A column of its own: behind the row policies no index of an expression is used.
    Column("at_domain", Text(collation="C"), Computed(_DOMAIN, persisted=True), nullable=False),
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
    moment("seen_at", nullable=True),
    Column("unmailed", ARRAY(Text), nullable=False, server_default=text("'{}'")),  # kinds of notices
    word("origin", "added"),
    belongs_to("tenants", to=()),
    ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    one_of("kind", "member", "guest"),
    one_of("origin", "added", "email_verified", "moved"),
    Index(None, "id"),
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
    Index("users_by_seen", "tenant_id", "seen_at", "id", postgresql_where=text("deleted_at IS NULL")),
    Index(
        "users_blocked",
        "tenant_id",
        "blocked_at",
        "id",
        postgresql_where=text("blocked_at IS NOT NULL AND deleted_at IS NULL"),
    ),
    Index(
        "users_by_domain",
        "tenant_id",
        "at_domain",
        postgresql_where=text("deleted_at IS NULL AND kind = 'member'"),
    ),
    Index("users_deleted", "tenant_id", "deleted_at", "id", postgresql_where=text("deleted_at IS NOT NULL")),
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
