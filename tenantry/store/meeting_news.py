"""In which meetings something changed, as the database says it to whoever listens. Nothing of a meeting is in it."""

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from tenantry.kit.ids import parse_id
from tenantry.store.database import Database

CHANNEL = "meetings"
PROOF = 30.0  # seconds of silence after which the connection is asked whether it lives


async def listen(db: Database) -> AsyncIterator[UUID | None]:
    """The ids of meetings, as they change; first of all None, as soon as it listens.

    On a connection of its own, outside of the pool. Raises psycopg.Error when that is lost.
    """
    conninfo = make_conninfo(db.conninfo, application_name="tenantry meetings", connect_timeout=5)
    connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
    async with connection:
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        yield None
        while True:
            async for notice in connection.notifies(timeout=PROOF):
                meeting_id = parse_id(notice.payload)
                if meeting_id is not None:
                    yield meeting_id
            await connection.execute("SELECT 1")
