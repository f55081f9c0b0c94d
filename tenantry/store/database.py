"""Connections: one pool per process, one transaction per call, the tenant set for that transaction only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

type_json = msgspec.json.Encoder()
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

    @asynccontextmanager
    async def transaction(self, tenant_id: UUID | None = None) -> AsyncIterator[AsyncConnection]:
        """One transaction, fenced to `tenant_id`. Without one, only the global tables show rows."""
        async with self.engine.begin() as tx:
            if tenant_id is not None:
                await tx.execute(_SET_TENANT, {"tenant": str(tenant_id)})
            yield tx

    async def close(self) -> None:
        await self.engine.dispose()


def connect(url: str, *, pool_size: int = 8) -> Database:
    """A pool on `url`. Nothing is opened before the first use; a connection that died is replaced."""
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=False,
        pool_recycle=1800,
        json_serializer=lambda value: type_json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
        connect_args={"connect_timeout": 5, "application_name": "tenantry", "prepare_threshold": 2},
    )
    return Database(engine)


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the constraint that `error` broke, or None."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)
