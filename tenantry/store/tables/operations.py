"""What was done, what was answered, what is to be sent."""

from sqlalchemy import Column, Index, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

from tenantry.store.tables.frame import belongs_to, moment, tenant_table, word

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
