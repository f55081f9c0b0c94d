"""Connections: one pool per process, one transaction per call, the tenant set for that transaction only."""

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from psycopg.conninfo import make_conninfo
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

type_json = msgspec.json.Encoder()
SEARCH_PATH = "-c search_path=public,queue"  # the queue's library names its tables without a schema
_SET_TENANT = text("SELECT set_config('app.tenant', :tenant, true)")


def driver_url(url: str) -> str:
    """`url` spelled for SQLAlchemy with psycopg, whatever way it came."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@dataclass(frozen=True)
class Database:
    """A pool of connections as one role."""

    engine: AsyncEngine

    @property
    def address(self) -> str:
        """The connection string, password included: for a child process, never for a log."""
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def conninfo(self) -> str:
        """The same for a driver that connects by itself, as the queue's library does."""
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return make_conninfo(url, options=SEARCH_PATH)

    @asynccontextmanager
    async def transaction(
        self, tenant_id: UUID | None = None, *, snapshot: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """One transaction, fenced to `tenant_id`. Without one, only the global tables show rows.

        snapshot: every statement sees the database as it was at the first.
        """
        engine = self.engine.execution_options(isolation_level="REPEATABLE READ") if snapshot else self.engine
        async with engine.begin() as tx:
            if tenant_id is not None:
                await tx.execute(_SET_TENANT, {"tenant": str(tenant_id)})
            yield tx

    async def close(self) -> None:
        await self.engine.dispose()


def connect(url: str, *, pool_size: int = 8) -> Database:
    """A pool on `url`. Nothing is opened before the first use; a connection that died while idle is replaced.

    Errors name no parameters: they hold addresses and hashes of passwords, and end in logs.
    """
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=False,
        pool_recycle=1800,
        hide_parameters=True,
        json_serializer=lambda value: type_json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
        connect_args={
            "connect_timeout": 5,
            "application_name": "tenantry",
            "prepare_threshold": 2,
            "options": SEARCH_PATH,
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_dead)
    return Database(engine)


def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Has the pool replace a connection that the server ended, as in a restart.

    What is idle has nothing to read but the server's goodbye; to look costs two microseconds, where a ping costs a
    round trip per transaction.
    """
    looking = select.poll()
    looking.register(connection.driver_connection.fileno(), select.POLLIN)
    if looking.poll(0):
        raise DisconnectionError


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the constraint that `error` broke, or None."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)
