"""Sign-ins: accounts and how they prove themselves, their sessions, one-time links and letters. All of it is global."""

from sqlalchemy import (
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
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenantry.store.tables.frame import folded, metadata, moment, one_of, word

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
    Column("name", Text),  # of an operator; everybody else has a name in each tenant
    Column("time_zone", Text),
    Column("page_rows", Integer, nullable=False, server_default=text("50")),
    Column("is_operator", Boolean, nullable=False, server_default=text("false")),
    moment("password_at", nullable=True),
    moment("closed_at", nullable=True),  # the row stays for what refers to it, the address is free again
    one_of("theme", "auto", "light", "dark"),
    CheckConstraint("page_rows IN (25, 50, 100, 200)", name="page_rows_known"),
    Index("accounts_email_key_key", "email_key", unique=True, postgresql_where=text("closed_at IS NULL")),
)


def _of_account(name: str = "account_id") -> ForeignKeyConstraint:
    return ForeignKeyConstraint([name], ["accounts.id"], ondelete="CASCADE")


sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    moment("created_at"),
    moment("seen_at"),
    moment("expires_at"),
    Column("id", Uuid, nullable=False, server_default=func.uuidv7()),
    word("stage", "full"),  # second_step: the password was right, nothing is open yet
    Column("two_step", Boolean, nullable=False, server_default=text("false")),
    Column("challenge", LargeBinary),  # of a passkey that is being asked
    word("address", ""),
    word("agent", ""),
    _of_account(),
    one_of("stage", "second_step", "full"),
    Index(None, "account_id"),
    Index("sessions_id_key", "id", unique=True),
)

factors = Table(
    "factors",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    word("kind"),
    word("name"),
    Column("secret", Text),
    Column("last_step", BigInteger),  # of the code used last: none is taken twice
    Column("credential_id", LargeBinary),
    Column("public_key", LargeBinary),
    Column("sign_count", BigInteger, nullable=False, server_default=text("0")),
    moment("created_at"),
    moment("confirmed_at", nullable=True),
    moment("used_at", nullable=True),
    _of_account(),
    one_of("kind", "authenticator", "passkey"),
    CheckConstraint(
        "CASE kind WHEN 'authenticator' THEN secret IS NOT NULL "
        "ELSE credential_id IS NOT NULL AND public_key IS NOT NULL END",
        name="whole",
    ),
    Index(None, "account_id"),
    Index("factors_credential_key", "credential_id", unique=True),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    moment("used_at", nullable=True),
    PrimaryKeyConstraint("account_id", "hash"),
    _of_account(),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.uuidv7()),
    Column("account_id", Uuid, nullable=False),
    moment("at"),
    word("outcome"),
    word("method"),
    word("address"),
    word("agent"),
    _of_account(),
    one_of("outcome", "done", "wrong", "limited"),
    one_of("method", "password", "authenticator", "passkey", "recovery_code"),
    Index(None, "account_id", "id"),
)

links = Table(
    "links",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    word("kind"),
    Column("account_id", Uuid),
    moment("made_at"),
    moment("expires_at"),
    moment("used_at", nullable=True),
    _of_account(),
    one_of("kind", "password", "operator", "passkey"),
    Index(None, "account_id"),
)

letters = Table(
    "letters",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.uuidv7()),
    word("kind"),
    word("recipient"),
    word("language"),
    Column("params", JSONB, nullable=False),
    moment("made_at"),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    moment("sent_at", nullable=True),
    moment("failed_at", nullable=True),
    Column("subject", Text),  # subject and body are kept where letters are read on a page instead of being sent
    Column("body", Text),
    Index("letters_waiting", "id", postgresql_where=text("sent_at IS NULL")),
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
