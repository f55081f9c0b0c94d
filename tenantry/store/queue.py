"""The queue: work that is put off inside a transaction and done by a worker once that has committed."""

from datetime import datetime
from uuid import UUID

from procrastinate import App, PsycopgConnector
from sqlalchemy.ext.asyncio import AsyncConnection

_app = App(connector=PsycopgConnector())  # never opened: it spells jobs, the connection is the transaction's own


async def defer(
    tx: AsyncConnection, task: str, /, *, at: datetime | None = None, lock: str | None = None, **ids: UUID | int | str
) -> None:
    """Has a worker do `task`, a name of `jobs/tasks.py`. If `tx` rolls back, nothing was put off.

    at: not before then. lock: jobs of one lock are done one after the other. ids: what the task finds its rows by.
    """
    raw = await tx.get_raw_connection()
    job = _app.configure_task(task, connection=raw.driver_connection, schedule_at=at, lock=lock)
    await job.defer_async(**{name: value if isinstance(value, int) else str(value) for name, value in ids.items()})
