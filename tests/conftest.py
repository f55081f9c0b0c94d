"""One server for the run, one database for most tests, and one event loop that runs every `async def test_...`.

Tests that share the database `db` are kept apart by their tenants: each makes its own, and the row policies keep
them out of each other's sight. A test that changes what all tenants share (the catalog, the schema, the counters)
takes `own`: a database of its own, cloned in 50 ms.
"""

import inspect
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, settings
from psycopg import sql

from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.store import embedded
from tenantry.store.database import Database, connect
from tenantry.store.migrate import migrate
from tests import cast, world

EMPTY, SMALL = "tenantry_empty", "tenantry_small"  # templates: migrated; the same with the cast's catalog
type_run = Callable[[Awaitable[Any]], Any]

settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


# Coroutines


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """The loop, in a thread of its own: so that Playwright and test clients have theirs."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def run(portal: BlockingPortal) -> type_run:
    """Runs a coroutine from an ordinary function: `run(make_tenant(db))`."""

    async def wait(work: Awaitable[Any]) -> Any:
        return await work

    return lambda work: portal.call(wait, work)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """An `async def` test runs on the loop of `portal`."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    wanted = {name: pyfuncitem.funcargs[name] for name in names}
    pyfuncitem.funcargs["portal"].call(lambda: pyfuncitem.obj(**wanted))
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every `async def` test gets the loop, without having to name it; browsers come last, for Playwright holds a loop
    in this thread for as long as one is open."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.fixturenames.append("portal")


# Databases


@dataclass(frozen=True)
class Base:
    """A database of the tests, by the three roles that get in."""

    server: embedded.Embedded
    name: str

    @property
    def app_url(self) -> str:
        return self.server.url(embedded.APP, self.name)

    @property
    def jobs_url(self) -> str:
        return self.server.url(embedded.JOBS, self.name)

    @property
    def owner_url(self) -> str:
        return self.server.url(embedded.OWNER, self.name)

    @property
    def settings(self) -> Settings:
        """As a server of this database would be configured."""
        urls = {"database_url": self.app_url, "database_jobs_url": self.jobs_url, "database_owner_url": self.owner_url}
        return Settings(**urls, payment_provider="sandbox")


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.Embedded]:
    """An embedded server in a folder that its own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="tenantry-", dir="/tmp"))
    folder.chmod(0o755)
    with embedded.start(folder, durable=False) as server:
        yield server
    shutil.rmtree(folder)


_names = count(1)


def clone(server: embedded.Embedded, template: str, name: str = "") -> Base:
    """A new database like `template`. Whoever calls this drops it, if it is many."""
    name = name or f"test_{next(_names)}"
    order = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(order.format(*map(sql.Identifier, (name, template, embedded.OWNER))))
    return Base(server, name)


@pytest.fixture(scope="session")
def templates(server: embedded.Embedded) -> embedded.Embedded:
    """The server with both templates made."""
    empty = clone(server, "template0", EMPTY)
    migrate(empty.owner_url)
    world.load_catalog(clone(server, EMPTY, SMALL).owner_url)
    return server


@pytest.fixture(scope="session")
def base(templates: embedded.Embedded) -> Base:
    """The database that most tests share."""
    return clone(templates, SMALL)


def drop(base: Base) -> None:
    order = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(base.name))
    with psycopg.connect(base.server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(order)


@pytest.fixture
def own(templates: embedded.Embedded) -> Iterator[Base]:
    """A database for this test alone, with the cast's catalog."""
    made = clone(templates, SMALL)
    yield made
    drop(made)


@pytest.fixture
def blank(templates: embedded.Embedded) -> Iterator[Base]:
    """A database for this test alone, migrated and empty."""
    made = clone(templates, EMPTY)
    yield made
    drop(made)


@pytest.fixture(scope="session")
def open_db(run: type_run) -> Iterator[Callable[..., Database]]:
    """Connects to a url: `open_db(own.app_url, pool_size=2)`. Closed at the end of the run."""
    opened: list[Database] = []

    def open_(url: str, *, pool_size: int = 4) -> Database:
        opened.append(connect(url, pool_size=pool_size))
        return opened[-1]

    yield open_
    for db in opened:
        run(db.close())


@pytest.fixture(scope="session")
def db(base: Base, open_db: Callable[..., Database]) -> Database:
    """The shared database as the application role."""
    return open_db(base.app_url, pool_size=8)


@pytest.fixture(scope="session")
def jobs(base: Base, open_db: Callable[..., Database]) -> Database:
    """The shared database as the role that counts over all tenants."""
    return open_db(base.jobs_url)


@pytest.fixture(scope="session")
def make_house(open_db: Callable[..., Database]) -> Callable[[Base], House]:
    """What doors are handed, on a database: `make_house(own)`."""

    def make(base: Base) -> House:
        return House(base.settings, open_db(base.app_url), open_db(base.jobs_url), base.owner_url)

    return make


@pytest.fixture(scope="session")
def house(base: Base, make_house: Callable[[Base], House]) -> House:
    """What doors are handed, on the shared database."""
    return make_house(base)


@pytest.fixture
def contoso(db: Database, run: type_run) -> world.Tenant:
    """A new Contoso with the whole cast in it."""
    return run(world.make_tenant(db))


@pytest.fixture
def northwind(db: Database, run: type_run) -> world.Tenant:
    """The other tenant, with people of its own."""
    return run(world.make_tenant(db, "northwind", cast.NORTHWIND))


# Browsers


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Browser tests need a Chromium; TENANTRY_REQUIRE_BROWSER=1 makes a missing one a failure."""
    if item.get_closest_marker("browser") and chromium() is None:
        say = "No Chromium found. Install it (Debian, Ubuntu: apt-get install chromium) or set TENANTRY_CHROMIUM."
        (pytest.fail if os.environ.get("TENANTRY_REQUIRE_BROWSER") == "1" else pytest.skip)(say)


def chromium() -> str | None:
    """The machine's Chromium, or the one that TENANTRY_CHROMIUM names."""
    named = os.environ.get("TENANTRY_CHROMIUM")
    candidates = [named] if named else ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((path for name in candidates if (path := shutil.which(name))), None)
