"""Statements that a program asks all day: by the driver itself, prepared, one round trip each.

In a transaction of SQLAlchemy's they are five: BEGIN, the fence, the catalog's version, the statement, COMMIT.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Error, InterfaceError, OperationalError
from psycopg.rows import namedtuple_row
from sqlalchemy import Select, exc
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.ext.asyncio import AsyncConnection as Pooled

from tenantry.store.database import Database

_FENCE = b"SELECT set_config('app.tenant', %s, true)"
_DIALECT = dialect()  # type: ignore[no-untyped-call]


def prepared(statement: Select[Any]) -> bytes:
    """The statement as the driver takes it; its values keep their names."""
    return str(statement.compile(dialect=_DIALECT)).encode()


async def read(db: Database, statement: bytes, values: Mapping[str, Any], tenant_id: UUID | None = None) -> list[Any]:
    """The rows of a statement made by `prepared`, with their columns by name, fenced to `tenant_id`.

    Raises SQLAlchemy's OperationalError where the database does not answer.
    """
    async with db.engine.connect() as pooled:
        raw: Any = (await pooled.get_raw_connection()).driver_connection
        try:
            return await _read(raw, statement, values, tenant_id)
        except (OperationalError, InterfaceError) as error:
            raise exc.OperationalError(statement.decode(), None, error) from error
        finally:
            await _give_back(pooled, raw)


async def _read(
    raw: AsyncConnection[Any], statement: bytes, values: Mapping[str, Any], tenant: UUID | None
) -> list[Any]:
    """What is sent together in a pipeline is one transaction of its own: the fence ends with it."""
    await raw.set_autocommit(True)
    cursor = raw.cursor(row_factory=namedtuple_row)
    if tenant is None:
        await cursor.execute(statement, values, prepare=True)
    else:
        async with raw.pipeline():
            await raw.execute(_FENCE, [str(tenant)], prepare=True)
            await cursor.execute(statement, values, prepare=True)
    return await cursor.fetchall()


async def _give_back(pooled: Pooled, raw: AsyncConnection[Any]) -> None:
    """Others get the connection as they know it, or not at all: in autocommit no command would be one transaction."""
    try:
        await raw.set_autocommit(False)
    except BaseException as error:  # also where the asker has gone
        await pooled.invalidate()
        if not isinstance(error, Error):
            raise
