"""Everything a tenant has is in its export, or stands on the short list with a reason."""

from collections.abc import Iterable

from sqlalchemy import Column, MetaData, Table, Uuid, select
from sqlalchemy.sql import visitors

from tenantry.queries.export_parts import LEFT_OUT, PARTS
from tenantry.queries.export_tenant import Column as ExportColumn
from tenantry.queries.export_tenant import Part
from tenantry.store.tables import metadata

# What no export may ever hold, whatever a table is about.
SECRET = {"password_hash", "secret", "token_hash", "hash", "public_key", "credential_id", "challenge", "last_step"}

# What is read and written under other names: the apps that a license has, and the tenant, which the manifest names.
UNWRITTEN = {"disabled_plans", "tenant_id"}


def read_by(parts: Iterable[Part]) -> set[str]:
    """table.column of everything that some part shows."""
    shown = (column for part in parts for column in part.rows.selected_columns)
    found = {one for column in shown for one in visitors.iterate(column) if isinstance(one, Column)}
    return {f"{one.table.name}.{one.name}" for one in found if isinstance(one.table, Table)}


def unshown(parts: Iterable[Part]) -> set[str]:
    """What parts read out of the database and do not write."""
    return {
        f"{part.name}: {column.name}"
        for part in parts
        for column in part.rows.selected_columns
        if column.name not in {one.name for one in part.columns} | UNWRITTEN
    }


def forgotten(parts: Iterable[Part], known: MetaData) -> set[str]:
    """Tables and columns of tenants that are neither in an export nor on the short list."""
    seen, missing = read_by(parts), set()
    for table in known.tables.values():
        if "tenant_id" not in table.c or table.name in LEFT_OUT:
            continue
        names = {f"{table.name}.{column.name}" for column in table.c if column.name != "tenant_id"}
        keys = {f"{table.name}.{column.name}" for column in table.primary_key}  # by these a row was joined
        missing |= names - seen - keys - LEFT_OUT.keys() if names & seen else {table.name}
    return missing


def test_everything_is_in_the_export_or_on_the_short_list() -> None:
    assert forgotten(PARTS, metadata) == set()


def test_what_is_read_is_written() -> None:
    assert unshown(PARTS) == set()
    users = metadata.tables["users"]
    assert unshown([Part("people", "", select(users.c.id, users.c.city), (), (ExportColumn("id"),))]) == {
        "people: city"
    }


def test_a_table_and_a_column_that_are_forgotten_are_seen() -> None:
    known = MetaData()
    Table("groups", known, Column("tenant_id", Uuid), Column("id", Uuid))
    Table("users", known, Column("tenant_id", Uuid), Column("id", Uuid), Column("nickname", Uuid))
    assert forgotten(PARTS, known) == {"groups", "users.nickname"}


def test_the_short_list_names_nothing_that_is_gone_or_is_in_the_export() -> None:
    columns = {f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.c}
    assert LEFT_OUT.keys() <= metadata.tables.keys() | columns
    told = {"users.account_id"}  # whether there is one
    assert LEFT_OUT.keys() & {*read_by(PARTS), *(name.partition(".")[0] for name in read_by(PARTS))} == told


def test_nothing_secret_is_read_by_an_export() -> None:
    secret = Part("secrets", "", select(metadata.tables["accounts"].c.password_hash), (), ())
    assert {name.partition(".")[2] for name in read_by(PARTS)} & SECRET == set()
    assert {name.partition(".")[2] for name in read_by([secret])} & SECRET == {"password_hash"}
