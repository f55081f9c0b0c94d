"""What was done, what was answered, what is to be sent."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenantry.store.tables.frame import belongs_to, metadata, moment, one_of, tenant_table, word

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
    Index("operations_by_actor", "tenant_id", "actor_id", "id"),
)

# Whom an operation was about, so that a person's own history is found without reading everybody's. License
# operations are not here: the licenses and their history say whom.
operation_people = tenant_table(
    "operation_people",
    Column("user_id", Uuid, nullable=False),
    Column("operation_id", Uuid, nullable=False),
    belongs_to("operations", "operation_id", deferred=True),
    key=("user_id", "operation_id"),
)

# What the operator did; what they did to a tenant stands in the tenant's own operations as well.
house_operations = Table(
    "house_operations",
    metadata,
    Column("id", Uuid, primary_key=True),
    word("command"),
    Column("actor_id", Uuid),
    word("actor_name"),
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
    Column("tries", Integer, nullable=False, server_default=text("0")),
    moment("next_at", nullable=True),
    Column("answer", Text),
    moment("given_up_at", nullable=True),
    Index("outbox_waiting", "tenant_id", "id", postgresql_where=text("sent_at IS NULL")),
    Index("outbox_newest", "id"),
)

# Work that takes longer than a page: asked for by a door, done by a job. `secret`: what it needs and nobody may keep.
long_operations = tenant_table(
    "long_operations",
    Column("id", Uuid, nullable=False),
    word("command"),
    Column("actor_id", Uuid),
    word("actor_name"),
    word("language"),
    word("state", "waiting"),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("total", Integer, nullable=False),
    Column("request", JSONB, nullable=False),
    Column("secret", Text),
    Column("refusal", JSONB),
    Column("file_id", Uuid),
    moment("asked_at"),
    moment("started_at", nullable=True),
    moment("finished_at", nullable=True),
    belongs_to("files", "file_id"),
    one_of("state", "waiting", "running", "done", "failed"),
    CheckConstraint("done >= 0 AND done <= total", name="done_fits"),
)

files = tenant_table(
    "files",
    Column("id", Uuid, nullable=False),
    word("name"),
    word("media_type"),
    moment("made_at"),
    moment("expires_at"),
)

file_parts = tenant_table(
    "file_parts",
    Column("file_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["tenant_id", "file_id"], ["files.tenant_id", "files.id"], ondelete="CASCADE"),
    key=("file_id", "number"),
)
