"""What only the owner of the database may do: bring its schema up to date, write the catalog."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread

from tenantry.queries.house import House
from tenantry.store import migrate
from tenantry.store.database import Database, connect, driver_url


async def migrate_schema(house: House) -> tuple[str, str]:
    """Brings the schema to this version. Returns (revision before, revision after); equal if nothing was to do."""
    return await to_thread.run_sync(migrate.migrate, house.owner_url)


@asynccontextmanager
async def owner(house: House) -> AsyncIterator[Database]:
    """The owner's database, while it is needed."""
    db = connect(house.owner_url, pool_size=1)
    try:
        yield db
    finally:
        await db.close()


def has_owner(house: House) -> bool:
    """Whether there is a connection of the owner, not only the application's own."""
    return driver_url(house.owner_url) != house.db.address
