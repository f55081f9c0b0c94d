"""The worker: takes jobs from the queue, one after the other and a few at once, until it is told to stop."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector

from tenantry.domain.timetable import TIMETABLE, Rhythm
from tenantry.jobs import money_tasks, tasks
from tenantry.jobs.frame import TASKS
from tenantry.jobs.timetable import put_on
from tenantry.kit.logs import set_up
from tenantry.queries.house import House

type_run = Callable[..., Awaitable[None]]

AT_ONCE = 4
STALLED = 60.0  # seconds without a sign of life, after which a worker's jobs are taken up by another

__all__ = ["make_queue", "money_tasks", "run_worker", "settle", "tasks"]


def make_queue(house: House, timetable: Mapping[str, Rhythm] = TIMETABLE) -> App:
    """The queue of the house's database, with every task in it; open it before use."""
    queue = App(connector=PsycopgConnector(conninfo=house.db.conninfo, min_size=1, max_size=4))
    works: dict[str, type_run] = {name: one.run for name, one in TASKS.items()}
    works["take_up_stalled_jobs"] = _take_up_stalled
    for name, work in works.items():
        again = TASKS[name].again if name in TASKS else False
        alone = name if name in timetable else None  # what is due waits once, however long the worker was away
        queue.task(name=name, pass_context=True, retry=again, queueing_lock=alone)(work)
    put_on(queue, timetable)
    return queue


async def _take_up_stalled(context: JobContext, **_: Any) -> None:
    """Jobs whose worker died under way wait again. Tasks are repeatable, so what was half done is done once more."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        await jobs.retry_job(job)


def run_worker(house: House) -> None:
    """Works until SIGTERM or Ctrl-C; then the jobs under way may end, as long as pages may. Others go back to wait."""
    set_up(house.settings.log_format, house.settings.log_level)
    settle()
    asyncio.run(_work(house))


def settle() -> None:
    """Keeps the garbage collector from what is loaded by now: it stays, and a sweep had it looked through again."""
    gc.collect()
    gc.freeze()


async def _work(house: House) -> None:
    try:
        async with make_queue(house).open_async() as queue:
            await queue.run_worker_async(
                concurrency=AT_ONCE,
                additional_context={"house": house},
                delete_jobs="successful",
                shutdown_graceful_timeout=house.settings.stop_seconds,
                stalled_worker_timeout=STALLED,
            )
    finally:
        await house.db.close()
        await house.jobs.close()
