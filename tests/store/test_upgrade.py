"""A database of the first version, with people at work in it, is brought to the newest schema and nothing is lost.

`foundation.sql` is a dump of one, made by that version: the tests' Contoso and Northwind, with licenses, a history of
them and a session.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from psycopg import sql
from sqlalchemy import create_engine

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.domain.viewers import operator
from tenantry.queries.doctor import examine
from tenantry.queries.gate import find_account
from tenantry.queries.house import House
from tenantry.queries.lookup import find_tenant
from tenantry.store import migrate as migrating
from tenantry.store.database import driver_url
from tenantry.store.embedded import Embedded
from tests.cast import BASIC, NOW
from tests.cli.conftest import calling
from tests.conftest import Base, clone, drop

DUMP = Path(__file__).with_name("foundation.sql")
_COLUMNS = """
    SELECT table_name, array_agg(column_name::text ORDER BY column_name) FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version' GROUP BY table_name ORDER BY table_name
"""


@pytest.fixture
def foundation(templates: Embedded) -> Iterator[Base]:
    """A database as the first version left it."""
    base = clone(templates, "template0")
    engine = create_engine(driver_url(base.owner_url))
    with engine.connect() as connection:
        config = migrating._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    engine.dispose()
    with psycopg.connect(base.server.url("postgres", base.name)) as connection:
        connection.execute(DUMP.read_bytes())
    yield base
    drop(base)


def columns(base: Base) -> dict[str, list[str]]:
    with psycopg.connect(base.server.url("postgres", base.name)) as connection:
        return dict(connection.execute(_COLUMNS).fetchall())


def rows(base: Base, shape: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of `shape`, in its columns."""
    found = {}
    with psycopg.connect(base.server.url("postgres", base.name)) as connection:
        for table, names in shape.items():
            order = sql.SQL('SELECT {} FROM {} AS t ORDER BY t::text COLLATE "C"').format(
                sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
            )
            found[table] = sorted(connection.execute(order).fetchall(), key=repr)
    return found


def test_every_row_is_there_after_the_upgrade_as_it_was(foundation: Base) -> None:
    shape = columns(foundation)
    before = rows(foundation, shape)
    assert {"users", "accounts", "sessions", "licenses", "license_history", "operations"} <= {
        table for table, some in before.items() if some
    }
    assert migrating.migrate(foundation.owner_url) == ("0001", migrating.newest())
    assert rows(foundation, shape) == before


def test_no_constraint_is_left_unproved(foundation: Base) -> None:
    migrating.migrate(foundation.owner_url)
    with psycopg.connect(foundation.server.url("postgres", foundation.name)) as connection:
        left = connection.execute("SELECT conname FROM pg_constraint WHERE conenforced AND NOT convalidated").fetchall()
    assert left == []


async def test_the_doctor_finds_nothing_and_work_goes_on(foundation: Base, make_house: Callable[[Base], House]) -> None:
    migrating.migrate(foundation.owner_url)
    house = make_house(foundation)
    assert [one.code for one in await examine(house, clock=lambda: datetime.now(UTC)) if not one.ok] == []
    account = await find_account(house.db, token="a session of before", now=NOW)
    assert account is not None
    assert account.email == "adele@contoso.example"
    tenant = await find_tenant(house.db, slug="contoso")
    wish = Wish(assign={BASIC.sku_id: frozenset()})
    done = await assign_licenses(
        house.db,
        operator(tenant.id, "tests"),
        selection=Selection(filter=UserFilter()),
        wish=wish,
        all_or_none=False,
        now=NOW,
    )
    assert done.operation_id is not None
    assert [one.code for one in await examine(house, clock=lambda: datetime.now(UTC)) if not one.ok] == []


def test_serving_it_unmigrated_is_refused_with_the_way_out(foundation: Base) -> None:
    said = calling(foundation, serve=lambda settings, house: pytest.fail("served"))("serve", "--port", 8127)
    assert said.code == 1
    assert said.err == (
        f"The database is at version 0001, this program wants {migrating.newest()}. Run: tenantry migrate\n"
    )
    assert calling(foundation)("migrate", "--json").answer == {"before": "0001", "after": migrating.newest()}
