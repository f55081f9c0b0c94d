"""A scratch database: made by the owner role on the server that the settings name, and dropped whatever happens."""

import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from tenantry.kit.settings import Settings
from tenantry.store import embedded
from tenantry.store.database import driver_url
from tenantry.store.migrate import migrate

PREFIX = "tenantry_bench_"


@dataclass(frozen=True)
class Roles:
    """Connection strings of one database, for psycopg. `root` is a superuser's; empty where none is at hand.

    jobs: the role that sees what is due in every tenant.
    """

    app: str
    owner: str
    root: str = ""
    jobs: str = ""

    def on(self, database: str) -> "Roles":
        """The same roles on another database of the server."""
        return Roles(*(_on(url, database) if url else "" for url in (self.app, self.owner, self.root, self.jobs)))


def _on(url: str, database: str) -> str:
    place = make_url(url).set(drivername="postgresql", database=database)
    return place.render_as_string(hide_password=False)


@contextmanager
def scratch(settings: Settings) -> Iterator[Roles]:
    """A new database with this version's schema, and nothing in it. Gone at the end, also after Ctrl-C or SIGTERM."""
    with _interruptible(), _server(settings) as roles:
        name = f"{PREFIX}{secrets.token_hex(4)}"
        made = roles.on(name)
        execute(roles.owner, f"CREATE DATABASE {name}")
        try:
            migrate(made.owner)
            yield made
        finally:
            # Only a superuser may put the application role's connections out; the owner waits for them to be gone.
            force = " WITH (FORCE)" if roles.root else ""
            execute(roles.root or roles.owner, f"DROP DATABASE {name}{force}")


@contextmanager
def _server(settings: Settings) -> Iterator[Roles]:
    if settings.database_url:
        owner = settings.database_owner_url or settings.database_url
        yield Roles(settings.database_url, owner, jobs=settings.database_jobs_url)
        return
    with embedded.start(settings.data) as server:
        names = (embedded.APP, embedded.OWNER, "postgres", embedded.JOBS)
        yield Roles(*map(server.url, names))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Makes SIGTERM end the work as Ctrl-C does, so that it cleans up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def execute(url: str, *statements: str) -> None:
    """Runs each statement by itself, outside of any transaction: VACUUM, CHECKPOINT, CREATE DATABASE."""
    engine = create_engine(driver_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
