"""Brings a database to this version's schema, as its owner."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from tenantry.store.database import driver_url


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def newest() -> str:
    """The revision this version of the program wants."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def knows(revision: str) -> bool:
    """Whether this version of the program can bring a schema of that revision to its own."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def current(connection: Connection) -> str:
    """The revision that the database is at; empty before the first."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def migrate(owner_url: str) -> tuple[str, str]:
    """Upgrades to the newest revision. Returns (revision before, revision after)."""
    engine = create_engine(driver_url(owner_url), poolclass=NullPool)
    with engine.connect() as connection:
        before = current(connection)
        if before != newest():
            connection.rollback()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        connection.rollback()
        after = current(connection)
    engine.dispose()
    return before, after
