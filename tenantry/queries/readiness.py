"""Can pages be served right now, and how much work is waiting? Asked by machines, every few seconds."""

from dataclasses import dataclass
from functools import cache

from anyio import fail_after
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tenantry.queries.house import House
from tenantry.store.migrate import current, newest

PATIENCE = 3.0  # seconds

_newest = cache(newest)

_BACKLOG = text("""
    SELECT 'letters' AS queue, 'waiting' AS state, count(*) AS number
        FROM letters WHERE sent_at IS NULL AND failed_at IS NULL
    UNION ALL SELECT 'letters', 'failed', count(*) FROM letters WHERE sent_at IS NULL AND failed_at IS NOT NULL
    UNION ALL SELECT 'jobs', 'waiting', count(*) FROM queue.procrastinate_jobs WHERE status = 'todo'
    UNION ALL SELECT 'jobs', 'running', count(*) FROM queue.procrastinate_jobs WHERE status = 'doing'
    UNION ALL SELECT 'jobs', 'failed', count(*) FROM queue.procrastinate_jobs WHERE status = 'failed'
""")


@dataclass(frozen=True)
class Waiting:
    """How many of a queue (letters, jobs) are in a state (waiting, running, failed)."""

    queue: str
    state: str
    number: int


async def unready(house: House) -> str:
    """Why no page can be served: "database_down", "database_busy" or "database_old"; empty if one can.

    Asks as the application role, and through its pool, as a page would.
    """
    try:
        with fail_after(PATIENCE):
            async with house.db.transaction() as tx:
                found = await tx.run_sync(current)
    except TimeoutError:
        return "database_busy"
    except (SQLAlchemyError, OSError):
        return "database_down"
    return "" if found == _newest() else "database_old"


async def count_backlog(house: House) -> tuple[Waiting, ...]:
    """What waits and what failed, over the whole house, in one statement."""
    async with house.jobs.transaction() as tx:
        return tuple(Waiting(*row) for row in await tx.execute(_BACKLOG))
