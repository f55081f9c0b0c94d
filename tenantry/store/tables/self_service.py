"""Where people serve themselves: signing up, becoming the admin, meetings, asking for help."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenantry.store.tables.frame import folded, metadata, moment, one_of, tenant_table, word


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True, server_default=func.uuidv7())


def _theirs(table: str, column: str, to: str = "id") -> ForeignKeyConstraint:
    """Rows that go with what they belong to."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.{to}"], ondelete="CASCADE")


def _switch(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("false"))


doors = Table(
    "doors",
    metadata,
    word("door"),
    Column("sku_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("door", "sku_id"),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    one_of("door", "sign_up", "admin", "meetings"),
)

takeover_bars = Table(
    "takeover_bars",
    metadata,
    Column("plan_id", Uuid, primary_key=True),
    ForeignKeyConstraint(["plan_id"], ["plans.id"]),
)

mail_domains = Table(
    "mail_domains",
    metadata,
    Column("name", Text, primary_key=True),
    word("kind"),
    one_of("kind", "consumer", "disposable"),
)

app_keys = Table(
    "app_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    word("name"),
    moment("created_at"),
    moment("used_at", nullable=True),
    moment("revoked_at", nullable=True),
    Index("app_keys_hash_key", "hash", unique=True),
)

demo_zone = Table(
    "demo_zone",
    metadata,
    _id(),
    word("name"),
    word("kind"),
    word("value"),
    one_of("kind", "TXT", "MX"),
    Index("demo_zone_record_key", "name", "kind", "value", unique=True),
)

editions = Table(
    "editions",
    metadata,
    Column("code", Text, primary_key=True),
    word("name"),
    Column("features", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("community_url", Text),
    Column("terms", Text),
)

support_phones = Table(
    "support_phones",
    metadata,
    _id(),
    word("edition"),
    word("country"),
    word("phone"),
    word("hours", ""),
    ForeignKeyConstraint(["edition"], ["editions.code"]),
)

help_ratings = Table(
    "help_ratings",
    metadata,
    _id(),
    word("page"),
    word("language"),
    Column("helpful", Boolean, nullable=False),
    word("comment", ""),
    moment("at"),
)

sign_ups = Table(
    "sign_ups",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    word("email"),
    Column("email_key", Text, folded("email"), nullable=False),
    word("language"),
    Column("code_hash", LargeBinary),  # of the code and the token together: the row alone does not give it away
    moment("code_expires_at", nullable=True),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("sent", Integer, nullable=False, server_default=text("0")),
    moment("made_at"),
    moment("expires_at"),
    moment("verified_at", nullable=True),
    moment("done_at", nullable=True),
    Index(None, "email_key"),
    Index(None, "expires_at"),
)

upgrades = tenant_table(
    "upgrades",
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    word("door"),
    Column("sku_id", Uuid),
    Column("domain", Text),
    Column("seats", Integer),
    Column("term_months", Integer),
    Column("frequency", Text),
    Column("order_id", Uuid),
    Column("method_ids", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),  # the cards they added
    Column("token", Text),  # the value that they are to prove the domain by
    moment("started_at"),
    moment("proven_at", nullable=True),
    moment("finished_at", nullable=True),
    moment("left_at", nullable=True),
    moment("dismissed_at", nullable=True),
    _theirs("users", "user_id"),
    ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    one_of("door", "admin", "meetings"),
    CheckConstraint("seats > 0", name="seats_positive"),
    Index(
        "upgrades_open_key",
        "tenant_id",
        "user_id",
        unique=True,
        postgresql_where=text("finished_at IS NULL AND left_at IS NULL"),
    ),
)

takeovers = tenant_table(
    "takeovers",
    Column("id", Uuid, nullable=False),
    Column("old_tenant_id", Uuid, nullable=False),
    word("old_name"),
    word("domain"),
    _switch("forced"),
    Column("people", Integer, nullable=False),
    Column("moved", JSONB, nullable=False),
    moment("at"),
    moment("undone_at", nullable=True),
    ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
)

moved_people = tenant_table(
    "moved_people",
    Column("old_tenant_id", Uuid, nullable=False),
    Column("old_user_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    _theirs("users", "user_id"),
    key=("old_tenant_id", "old_user_id"),
)

meetings = tenant_table(
    "meetings",
    Column("id", Uuid, nullable=False),
    Column("organizer_id", Uuid, nullable=False),
    word("title"),
    word("token"),  # of its link
    _switch("lobby"),
    _switch("mute_on_entry"),
    Column("present", Integer, nullable=False, server_default=text("0")),  # who is in, counted under the row's lock
    moment("starts_at", nullable=True),
    moment("created_at"),
    moment("ended_at", nullable=True),
    moment("reminded_at", nullable=True),
    _theirs("users", "organizer_id"),
    CheckConstraint("present >= 0", name="present_not_negative"),
    CheckConstraint("title <> ''", name="titled"),
    Index("meetings_by_organizer", "tenant_id", "organizer_id", "id"),
    Index("meetings_under_way", "tenant_id", "id", postgresql_where=text("present > 0")),
    Index(
        "meetings_to_come",
        "starts_at",
        "tenant_id",
        "id",
        postgresql_where=text("reminded_at IS NULL AND ended_at IS NULL"),
    ),
)

meeting_people = tenant_table(
    "meeting_people",
    Column("id", Uuid, nullable=False),
    Column("meeting_id", Uuid, nullable=False),
    Column("user_id", Uuid),
    word("name"),
    Column("token_hash", LargeBinary),  # of the browser of somebody without an account
    word("state"),
    _switch("muted"),
    moment("joined_at"),
    moment("seen_at"),
    moment("left_at", nullable=True),
    _theirs("meetings", "meeting_id"),
    one_of("state", "waiting", "in", "left"),
    CheckConstraint("name <> ''", name="named"),
    Index("meeting_people_by_meeting", "tenant_id", "meeting_id", "id"),
    Index("meeting_people_by_user", "tenant_id", "user_id", "id", postgresql_where=text("user_id IS NOT NULL")),
)

meeting_settings = tenant_table(
    "meeting_settings",
    Column("user_id", Uuid, nullable=False),
    _switch("lobby"),
    _switch("mute_on_entry"),
    Column("reminder_minutes", Integer),
    _theirs("users", "user_id"),
    CheckConstraint("reminder_minutes BETWEEN 1 AND 1440", name="reminder_known"),
    key=("user_id",),
)

service_requests = tenant_table(
    "service_requests",
    Column("id", Uuid, nullable=False),
    Column("number", BigInteger, Identity(always=True, start=1001), nullable=False),
    word("category"),
    word("severity"),
    word("state", "new"),
    word("title"),
    Column("opened_by", Uuid),
    word("opened_name"),
    Column("about_user_id", Uuid),
    moment("opened_at"),
    moment("changed_at"),
    moment("closed_at", nullable=True),
    Column("unanswered", Boolean, nullable=False, server_default=text("true")),  # the last word is the tenant's
    ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
    one_of("category", "before_buying", "account", "billing", "technical"),
    one_of("severity", "low", "normal", "high", "critical"),
    one_of("state", "new", "working", "waiting", "closed"),
    Index("service_requests_id_index", "id"),
)

service_messages = tenant_table(
    "service_messages",
    Column("id", Uuid, nullable=False),
    Column("request_id", Uuid, nullable=False),
    word("side"),
    Column("author_id", Uuid),
    word("author_name"),
    word("body"),
    moment("at"),
    ForeignKeyConstraint(["tenant_id", "request_id"], ["service_requests.tenant_id", "service_requests.id"]),
    one_of("side", "tenant", "operator"),
    Index("service_messages_by_request", "tenant_id", "request_id", "id"),
)

service_files = tenant_table(
    "service_files",
    Column("id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False),
    word("name"),
    word("media_type"),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["tenant_id", "message_id"], ["service_messages.tenant_id", "service_messages.id"]),
    Index("service_files_by_message", "tenant_id", "message_id", "id"),
)
