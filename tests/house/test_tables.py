"""Every table, asked of the database itself: the tenant's key, the forced policy, keys that carry the tenant."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from tenantry.store.database import driver_url
from tenantry.store.tables import GLOBAL, SWEPT, WRITTEN, metadata
from tests.conftest import Base

# Declared and not enforced (docs/decisions/0003); SQLAlchemy has no word for that, so the tables do not tell of them.
NOT_ENFORCED = {"licenses_user_fk", "licenses_pool_fk", "search_tokens_user_fk"}

_TABLES = """
    SELECT relname, relrowsecurity AND relforcerowsecurity AS forced,
        (SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
         WHERE indrelid = pg_class.oid AND indisprimary) AS first_key,
        (SELECT array_agg(policyname || ' ' || cmd || ' ' || permissive || ' ' || (roles = '{public}')::text
            || ' ' || coalesce(qual, '') || ' CHECK ' || coalesce(with_check, ''))
         FROM pg_policies WHERE tablename = relname) AS policies,
        (SELECT attnotnull FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id') AS has_tenant
    FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    ORDER BY relname
"""
_KEYS = """
    SELECT conname, conrelid::regclass::text AS here, confrelid::regclass::text AS there, conenforced,
        (SELECT array_agg(attname ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
         JOIN pg_attribute ON attrelid = conrelid AND attnum = number) AS mine,
        (SELECT array_agg(attname ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
         JOIN pg_attribute ON attrelid = confrelid AND attnum = number) AS theirs
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conname
"""
_INDEXES = """
    SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index
    JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = 'public'::regnamespace AND attname <> 'tenant_id' AND NOT indrelid::regclass::text = ANY (%s)
        AND indexrelid::regclass::text <> ALL (
            ARRAY['subscriptions_due', 'domains_check', 'users_id_index', 'meetings_to_come',
                'service_requests_id_index', 'outbox_newest'])  -- over all tenants
"""
_MINE = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
_CHECK = "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS \"nullif\"))"
POLICY = f"tenant ALL PERMISSIVE true {_MINE} CHECK {_CHECK}"
SWEEP = "sweep SELECT PERMISSIVE false true CHECK "
WRITES = {
    "INSERT": "sweep_insert INSERT PERMISSIVE false  CHECK true",
    "UPDATE": "sweep_update UPDATE PERMISSIVE false true CHECK true",
    "DELETE": "sweep_delete DELETE PERMISSIVE false true CHECK ",
}
LOCK = "sweep_update UPDATE PERMISSIVE false true CHECK false"  # a row that may be locked, and not changed


@pytest.fixture
def catalog(own: Base) -> Iterator[psycopg.Connection]:
    """The catalog of a database that may be spoiled, as its owner."""
    with psycopg.connect(own.owner_url) as connection:
        yield connection


def unfenced(connection: psycopg.Connection) -> list[str]:
    """What is wrong with the tables' keys and policies."""
    wrong = []
    for name, forced, first_key, policies, has_tenant in connection.execute(_TABLES.encode()):
        if name in GLOBAL:
            continue
        wanted = [POLICY] + ([SWEEP] if name in SWEPT else []) + [WRITES[order] for order in WRITTEN.get(name, ())]
        if name == "seat_pools":
            wanted[-1] = LOCK
        facts = {"policy not forced": forced, "key": first_key == "tenant_id", "no tenant": has_tenant}
        facts["policies"] = sorted(policies or []) == sorted(wanted)
        wrong += [f"{name}: {what}" for what, right in facts.items() if not right]
    return wrong


def loose_keys(connection: psycopg.Connection) -> list[str]:
    """Foreign keys between tables of tenants that do not carry the tenant, and keys that are not enforced."""
    wrong = []
    for name, here, there, enforced, mine, theirs in connection.execute(_KEYS.encode()):
        if (
            here not in GLOBAL
            and there not in GLOBAL
            and ("tenant_id", "tenant_id") not in zip(mine, theirs, strict=True)
        ):
            wrong.append(f"{name}: without the tenant")
        if not enforced and name not in NOT_ENFORCED:
            wrong.append(f"{name}: not enforced")
    return wrong


def drift(base: Base) -> list[str]:
    """Differences between the tables as the program sees them and as the migrations made them."""
    engine = create_engine(driver_url(base.owner_url))
    options = {"compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    expected = [d for d in found if d[0] == "remove_fk" and d[1].name in NOT_ENFORCED]
    return [str(difference) for difference in found if difference not in expected]


def test_every_table_is_fenced_or_on_the_short_list(catalog: psycopg.Connection) -> None:
    assert unfenced(catalog) == []


def test_the_program_knows_every_table_and_the_short_list_no_other(catalog: psycopg.Connection) -> None:
    names = {row[0] for row in catalog.execute(_TABLES.encode())}
    assert names == set(metadata.tables)
    assert set(GLOBAL) | set(SWEPT) <= names
    assert set(GLOBAL).isdisjoint(SWEPT)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("CREATE TABLE notes (id uuid PRIMARY KEY)", "notes: no tenant"),
        ("CREATE TABLE notes (tenant_id uuid NOT NULL, id uuid PRIMARY KEY)", "notes: key"),
        ("ALTER TABLE users NO FORCE ROW LEVEL SECURITY", "users: policy not forced"),
        ("ALTER TABLE users DISABLE ROW LEVEL SECURITY", "users: policy not forced"),
        ("DROP POLICY tenant ON users", "users: policies"),
        ("ALTER POLICY tenant ON users USING (true)", "users: policies"),
        ("CREATE POLICY hole ON users FOR SELECT USING (true)", "users: policies"),
        ("ALTER POLICY sweep_update ON seat_pools WITH CHECK (true)", "seat_pools: policies"),
        ("CREATE POLICY sweep_insert ON users FOR INSERT TO tenantry_jobs WITH CHECK (true)", "users: policies"),
        ("CREATE POLICY sweep ON pins FOR SELECT TO tenantry_jobs USING (true)", "pins: policies"),
    ],
)
def test_a_table_outside_the_fence_is_seen(order: str, told: str, catalog: psycopg.Connection) -> None:
    catalog.execute(order.encode())
    assert told in unfenced(catalog)


def test_every_foreign_key_carries_the_tenant(catalog: psycopg.Connection) -> None:
    assert loose_keys(catalog) == []


def test_a_key_without_the_tenant_and_one_that_is_not_enforced_are_seen(catalog: psycopg.Connection) -> None:
    catalog.execute("ALTER TABLE users ADD UNIQUE (id)")
    catalog.execute("ALTER TABLE role_assignments ADD CONSTRAINT loose FOREIGN KEY (user_id) REFERENCES users (id)")
    lazy = "FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) NOT ENFORCED"
    catalog.execute(f"ALTER TABLE license_history ADD CONSTRAINT lazy {lazy}".encode())
    assert loose_keys(catalog) == ["lazy: not enforced", "loose: without the tenant"]


def test_every_index_of_a_tenants_table_begins_with_the_tenant(catalog: psycopg.Connection) -> None:
    assert catalog.execute(_INDEXES.encode(), [[*GLOBAL, "alembic_version"]]).fetchall() == []
    catalog.execute("CREATE UNIQUE INDEX across ON users (user_key)")
    assert catalog.execute(_INDEXES.encode(), [[*GLOBAL, "alembic_version"]]).fetchall() == [("users", "across")]


def test_the_migrations_make_what_the_program_sees(own: Base) -> None:
    assert drift(own) == []


@pytest.mark.parametrize(
    "order",
    [
        "ALTER TABLE users ADD COLUMN nickname text",
        "ALTER TABLE users DROP COLUMN fax",
        "ALTER TABLE users ALTER COLUMN fax TYPE integer USING 1",
        "ALTER TABLE users ALTER COLUMN fax SET NOT NULL",
        "DROP INDEX users_by_name_da_nb",
        "ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_tenant_id_sku_id_fk",
        "CREATE TABLE notes (id uuid PRIMARY KEY)",
    ],
)
def test_a_schema_that_drifts_is_seen(order: str, own: Base) -> None:
    with psycopg.connect(own.owner_url) as connection:
        connection.execute(order.encode())
    assert len(drift(own)) == 1
