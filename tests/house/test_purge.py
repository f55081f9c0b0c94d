"""The end of a tenant is written in SQL: that its list knows every table of the tenants, and is fenced by itself."""

import re

import psycopg

from tenantry.domain.organization import GRACE
from tenantry.domain.takeovers import LEFT_FOR
from tenantry.store.tables import metadata
from tests.conftest import Base

_FUNCTION = "SELECT prosrc, prosecdef, proconfig FROM pg_proc WHERE proname = 'purge_tenant'"


def tables_of(source: str) -> set[str]:
    """The tables whose rows of one tenant a function deletes."""
    (listed,) = re.findall(r"ARRAY\[([^\]]*)\]\s*LOOP\s*EXECUTE format\('DELETE FROM %I WHERE tenant_id = \$1'", source)
    return set(re.findall(r"'(\w+)'", listed))


def unpurged(source: str) -> set[str]:
    return {name for name, table in metadata.tables.items() if "tenant_id" in table.c} ^ tables_of(source)


def function(base: Base) -> tuple[str, bool, list[str]]:
    with psycopg.connect(base.owner_url) as connection:
        source, definer, config = connection.execute(_FUNCTION).fetchall()[0]
    return source, definer, config


def test_the_end_of_a_tenant_takes_every_table_of_it(base: Base) -> None:
    source, definer, config = function(base)
    assert unpurged(source) == set()
    assert definer
    assert config == ["search_path=public, pg_temp"]
    assert f"CASE WHEN merged_into IS NULL THEN {GRACE.days} ELSE {LEFT_FOR.days} END" in source


def test_a_table_that_is_forgotten_is_seen(base: Base) -> None:
    source, *_ = function(base)
    assert unpurged(source.replace("'receipts',", "")) == {"receipts"}


def test_nothing_is_deleted_without_saying_of_whom(base: Base) -> None:
    source, *_ = function(base)
    deletes = re.findall(r"DELETE FROM [^']*", source)
    assert len(deletes) == 2
    assert all(" WHERE " in one for one in deletes)
