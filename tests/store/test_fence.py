"""The fence between tenants, asked of every table there is: what is not one's own is not there."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Table

from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.embedded import Embedded
from tenantry.store.tables import GLOBAL, SWEPT, WRITTEN, metadata
from tests.cast import BASIC, NOW, PETER
from tests.conftest import SMALL, Base, clone
from tests.world import Tenant

FENCED = sorted(name for name in metadata.tables if name not in GLOBAL)
ADDED_TO = ("license_history", "operations", "operation_faults", "receipts", "charges", "invoices")
UNCHANGED = (*ADDED_TO, "operation_people")  # whom an operation was about ends with the person, and never changes
CATALOG = ("products", "plans", "product_plans", "plan_exclusions", "plan_requirements", "product_bars", "plan_limits")
CATALOG += ("catalog_version", "prices", "tax_rates")
# What others refer to.
ROOTS = {"operations": "operation_id", "files": "file_id", "subscriptions": "subscription_id", "meetings": "meeting_id"}
ROOTS |= {
    "invoices": "invoice_id",
    "payments": "payment_id",
    "service_requests": "request_id",
    "service_messages": "message_id",
}
NEEDED = {"licenses.disabled_plans", "license_history.disabled_plans", "scheduled_changes.seats"}

type_row = dict[str, Any]


@pytest.fixture(scope="module")
def base(templates: Embedded) -> Base:
    """A database for these tests alone: their rows are in order for the fence, but make no sense."""
    return clone(templates, SMALL)


@pytest.fixture(scope="module")
def db(base: Base, open_db: Callable[..., Database]) -> Database:
    return open_db(base.app_url)


def row_of(table: Table, tenant: Tenant) -> type_row:
    """A row that is in order: whatever stops it is the fence."""
    special = {"user_id": new_id(), "sku_id": BASIC.sku_id, "operation_id": new_id(), "kind": "member"}
    special |= {"tenants.kind": "managed", "tenants.tenant_id": tenant.id, "subscriptions.channel": "direct"}
    special |= {"invoices.state": "open", "orders.kind": "buy", "charges.kind": "purchase", "provider": "invoice"}
    special |= {
        "scheduled_changes.seats": 1,
        "level": "look",
        "state": "waiting",
        "done": 0,
        "ends_at": NOW.replace(minute=45),
    }
    special |= {"door": "admin", "category": "billing", "severity": "low", "side": "tenant", "origin": "added"}
    special |= {"organizer_id": tenant.people[PETER], "service_requests.state": "new"}
    special |= {"frequency": "monthly", "disabled_plans": [], "group_ids": [], "theme": "auto", "slug": str(new_id())}
    row: type_row = {}
    for column in table.columns:
        made = column.computed is not None or column.identity is not None
        if not made and (not column.nullable or f"{table.name}.{column.name}" in NEEDED):
            kind = column.type.python_type
            plain: dict[type, Any] = {UUID: new_id(), str: f"x{new_id()}", int: 1, bool: False, bytes: b"x"}
            plain |= {object: Jsonb({}), list: [], type(NOW): NOW, Decimal: 1}
            value = special.get(f"{table.name}.{column.name}", special.get(column.name, plain[kind]))
            row[column.name] = value
    row["tenant_id"] = tenant.id
    if table.name == "subscriptions":
        row["starts_at"] = NOW.replace(year=2025)
    if table.name == "support_access":
        row["account_id"] = tenant.accounts[PETER]
    if {"users.tenant_id", "users.id"} & {key.target_fullname for key in table.foreign_keys} and "user_id" in row:
        row["user_id"] = tenant.people[PETER]
    return row


def put(connection: psycopg.Connection[Any], table: str, row: type_row) -> None:
    names = ", ".join(row)
    places = ", ".join(f"%({name})s" for name in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})".encode(), row)


def fenced_to(connection: psycopg.Connection[Any], tenant: Tenant | None) -> None:
    connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant.id) if tenant else ""])


def count(connection: psycopg.Connection[Any], table: str) -> int:
    (found,) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (0,)
    return int(found)


@pytest.fixture
def peopled(contoso: Tenant, base: Base) -> Tenant:
    """A tenant with a row in every table."""
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, contoso)
        put(connection, "seat_pools", {"tenant_id": contoso.id, "sku_id": BASIC.sku_id})
        known: type_row = {}
        for name in [*ROOTS, *(name for name in FENCED if name not in ("tenants", "seat_pools", *ROOTS))]:
            row = row_of(metadata.tables[name], contoso)
            put(connection, name, row | {column: value for column, value in known.items() if column in row})
            known |= {ROOTS[name]: row["id"]} if name in ROOTS else {}
        assert [name for name in FENCED if not count(connection, name)] == []
    return contoso


@pytest.mark.parametrize("role", ["app_url", "owner_url"])
def test_without_a_tenant_no_table_shows_a_row(peopled: Tenant, base: Base, role: str) -> None:
    with psycopg.connect(getattr(base, role)) as connection:
        assert {name: count(connection, name) for name in FENCED} == dict.fromkeys(FENCED, 0)
        fenced_to(connection, None)
        assert {name: count(connection, name) for name in FENCED} == dict.fromkeys(FENCED, 0)


def test_another_tenant_sees_and_moves_none_of_the_rows(peopled: Tenant, northwind: Tenant, base: Base) -> None:
    moved = {}
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, northwind)
        for name in FENCED:
            theirs = f"FROM {name} WHERE tenant_id = %s"
            (seen,) = connection.execute(f"SELECT count(*) {theirs}".encode(), [peopled.id]).fetchone() or (None,)
            touched = 0
            if name not in UNCHANGED:
                change = f"UPDATE {name} SET tenant_id = tenant_id WHERE tenant_id = %s"
                touched += connection.execute(change.encode(), [peopled.id]).rowcount
            if name not in ADDED_TO:
                touched += connection.execute(f"DELETE {theirs}".encode(), [peopled.id]).rowcount
            moved[name] = (seen, touched)
    assert moved == dict.fromkeys(FENCED, (0, 0))


@pytest.mark.parametrize("name", FENCED)
def test_no_row_is_put_into_another_tenant(name: str, contoso: Tenant, northwind: Tenant, base: Base) -> None:
    row = row_of(metadata.tables[name], contoso)
    if name == "tenants":
        row["tenant_id"] = new_id()
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, northwind)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            put(connection, name, row)


@pytest.mark.parametrize("name", [name for name in FENCED if name not in UNCHANGED])
def test_no_row_is_moved_to_another_tenant(name: str, peopled: Tenant, northwind: Tenant, base: Base) -> None:
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, peopled)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(f"UPDATE {name} SET tenant_id = %s".encode(), [northwind.id])


@pytest.mark.parametrize("name", ADDED_TO)
@pytest.mark.parametrize("order", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_history_and_audit_are_only_added_to(name: str, order: str, peopled: Tenant, base: Base) -> None:
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, peopled)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            connection.execute(order.format(name).encode())


@pytest.mark.parametrize("name", CATALOG)
def test_the_application_reads_the_catalog_and_cannot_write_it(name: str, base: Base) -> None:
    with psycopg.connect(base.app_url) as connection:
        count(connection, name)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            connection.execute(f"DELETE FROM {name}".encode())


def test_the_application_owns_nothing_and_stands_under_the_policies(base: Base) -> None:
    with psycopg.connect(base.app_url) as connection:
        owned = "SELECT relname FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        rights = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(owned.encode()).fetchall() == []
        assert connection.execute(rights.encode()).fetchone() == (False, False, False, False)
        for order in (
            "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
            "DROP POLICY tenant ON users",
            "DROP TABLE users",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be owner"):
                connection.execute(order.encode())
            connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE tenantry_owner")
        connection.rollback()
        connection.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute("SELECT FROM users")


def test_the_jobs_role_sees_every_tenants_rows_of_its_list_only(peopled: Tenant, northwind: Tenant, base: Base) -> None:
    def readable(connection: psycopg.Connection[Any], name: str) -> bool:
        try:
            return count(connection, name) > 0
        except psycopg.errors.InsufficientPrivilege:
            connection.rollback()
            return False

    with psycopg.connect(base.jobs_url) as connection:
        assert [name for name in FENCED if readable(connection, name)] == sorted(SWEPT)
        found = connection.execute("SELECT DISTINCT tenant_id FROM tenants").fetchall()
        assert {(peopled.id,), (northwind.id,)} <= set(found)


ORDERS = ("UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES")
FORBIDDEN = [  # no row is ever moved to another tenant, not even where it may be changed
    order.format(name)
    for name in FENCED
    for order in ORDERS
    if order.startswith("UPDATE") or order.split()[0] not in WRITTEN.get(name, ())
]


@pytest.mark.parametrize("order", FORBIDDEN)
def test_the_jobs_role_writes_nothing_but_what_a_sweep_does(order: str, base: Base) -> None:
    denied = pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied")
    with psycopg.connect(base.jobs_url) as connection, denied:
        connection.execute(order.encode())


def test_the_jobs_role_writes_some_columns_only(base: Base) -> None:
    rights = """
        SELECT table_name, array_agg(column_name::text ORDER BY column_name) FROM information_schema.column_privileges
        WHERE grantee = 'tenantry_jobs' AND privilege_type = 'UPDATE' AND table_name = ANY (%s) GROUP BY table_name
    """
    with psycopg.connect(base.jobs_url) as connection:
        found = dict(connection.execute(rights.encode(), [FENCED]).fetchall())
    terms = "anchor_at billed_until converts due_at ends_at frequency seats sku_id term_at term_months trial unit_price"
    wanted = {"subscriptions": terms.split(), "notices": ["ended_at", "params"], "seat_pools": ["conflict_at"]}
    assert found == wanted


def test_the_jobs_role_locks_pools_and_changes_none(peopled: Tenant, base: Base) -> None:
    with psycopg.connect(base.jobs_url) as connection:
        assert connection.execute("SELECT FROM seat_pools FOR NO KEY UPDATE").rowcount
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute("UPDATE seat_pools SET conflict_at = conflict_at")


def test_the_tenant_of_a_transaction_does_not_outlive_it(peopled: Tenant, base: Base) -> None:
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, peopled)
        assert count(connection, "users")
        connection.commit()
        assert count(connection, "users") == 0


def spoiled(base: Base, tenant: Tenant, spoil: Callable[[psycopg.Connection[Any]], None]) -> str | None:
    """The constraint that stops `spoil`."""
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, tenant)
        try:
            spoil(connection)
            connection.commit()
        except psycopg.errors.IntegrityError as refused:
            return refused.diag.constraint_name
    return None


def sent(order: str, *values: object) -> Callable[[psycopg.Connection[Any]], None]:
    return lambda connection: connection.execute(order.encode(), values) and None


@pytest.mark.parametrize(
    ("constraint", "order"),
    [
        (
            "domains_default_key",
            "INSERT INTO domains (tenant_id, name, is_default, added_at) VALUES (%s, 'second.example', true, now())",
        ),
        ("seat_pools_consumed_not_negative", "UPDATE seat_pools SET consumed = -1 WHERE tenant_id = %s"),
        ("subscriptions_ends_after_start", "UPDATE subscriptions SET ends_at = starts_at WHERE tenant_id = %s"),
        ("subscriptions_seats_positive", "UPDATE subscriptions SET seats = 0 WHERE tenant_id = %s"),
        ("licenses_has_a_path", "UPDATE licenses SET disabled_plans = NULL WHERE tenant_id = %s"),
        ("users_usage_location_code", "UPDATE users SET usage_location = 'dk' WHERE tenant_id = %s"),
        ("users_name_key", "UPDATE users SET user_name = 'SAME@contoso.example' WHERE tenant_id = %s"),
        ("users_named", "UPDATE users SET display_name = '' WHERE tenant_id = %s"),
        ("role_assignments_tenant_id_user_id_fk", "DELETE FROM users WHERE tenant_id = %s"),
        ("subscriptions_tenant_id_sku_id_fk", "DELETE FROM seat_pools WHERE tenant_id = %s"),
    ],
)
def test_the_database_refuses_what_must_never_be(constraint: str, order: str, peopled: Tenant, base: Base) -> None:
    assert spoiled(base, peopled, sent(order, peopled.id)) == constraint


def test_a_name_is_the_same_in_any_case(contoso: Tenant, base: Base) -> None:
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, contoso)
        row = row_of(metadata.tables["users"], contoso)
        put(connection, "users", row | {"user_name": "straße@contoso.example"})
        connection.commit()
    again = row | {"id": new_id(), "user_name": "STRASSE@CONTOSO.example"}
    assert spoiled(base, contoso, lambda connection: put(connection, "users", again)) == "users_name_key"


def test_the_name_of_somebody_deleted_is_free_again(contoso: Tenant, base: Base) -> None:
    with psycopg.connect(base.app_url) as connection:
        fenced_to(connection, contoso)
        connection.execute("UPDATE users SET deleted_at = %s WHERE id = %s", [NOW, contoso.people[PETER]])
        again = row_of(metadata.tables["users"], contoso) | {"user_name": contoso.email(PETER)}
        put(connection, "users", again)
        named = "SELECT count(*) FROM users WHERE user_key = %s"
        assert connection.execute(named.encode(), [contoso.email(PETER)]).fetchone() == (2,)


def test_a_domain_belongs_to_one_tenant(contoso: Tenant, northwind: Tenant, base: Base) -> None:
    claim = sent("INSERT INTO domain_registry VALUES (%s, %s)", contoso.domain, northwind.id)
    assert spoiled(base, northwind, claim) == "domain_registry_pk"
