"""What tables are made of: the metadata, the short lists, columns and keys that many have."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
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
    "factors": "an account's second steps, across tenants",
    "recovery_codes": "an account's, across tenants",
    "sign_ins": "an account's history, across tenants",
    "links": "found by a mailed token before anybody is known",
    "letters": "mail to people of no tenant, of one or of several",
    "house_operations": "what the operator did to the house",
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
    "tax_rates": "catalog",
    "invoice_numbers": "one row of numbers for the whole house, without a gap",
    "webhook_events": "found by a provider's id before any tenant is known",
    "sign_ups": "found by a token before anybody is known",
    "doors": "what is offered where somebody serves themselves",
    "takeover_bars": "catalog",
    "mail_domains": "names that are nobody's organization",
    "app_keys": "the vendor's apps ask about every tenant",
    "demo_zone": "the demo's own DNS",
    "editions": "the operator's",
    "support_phones": "the operator's",
    "help_ratings": "of people who may be signed out",
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
    "files",
    "long_operations",
    "seat_batches",
    "scheduled_changes",
    "orders",
    "invoices",
    "charges",
    "payments",
    "payment_methods",
    "billing_accounts",
    "role_assignments",
    "notices",
    "domains",
    "service_requests",
    "service_messages",
    "meetings",
    "meeting_people",
    "meeting_settings",
    "refunds",
)


# What it may do besides, for the sweep of what fell due and of what was told long ago; of a pool it takes the lock and
# changes nothing.
WRITTEN = {
    "subscriptions": ("UPDATE",),
    "seat_pools": ("UPDATE",),
    "seat_batches": ("INSERT", "DELETE"),
    "scheduled_changes": ("DELETE",),
    "charges": ("INSERT",),
    "invoices": ("INSERT",),
    "notices": ("INSERT", "UPDATE"),
    "operations": ("INSERT",),
    "outbox": ("DELETE",),
}


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
