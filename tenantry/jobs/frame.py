"""What every task has in common: its name in the queue, the house, the time read once, and when it is tried again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job as Queued

from tenantry.kit.logs import telling
from tenantry.queries.house import House


@dataclass(frozen=True)
class Job:
    """One try at a task. attempt: 1 at first."""

    house: House
    attempt: int
    now: datetime


type_work = Callable[..., Awaitable[None]]


class Again(BaseRetryStrategy):
    """Tried again after each of `waits`, then not any more."""

    def __init__(self, *waits: timedelta) -> None:
        self.waits = waits

    def get_retry_decision(self, *, exception: BaseException, job: Queued) -> RetryDecision | None:
        if job.attempts >= len(self.waits):
            return None
        return RetryDecision(retry_in={"seconds": int(self.waits[job.attempts].total_seconds())})


@dataclass(frozen=True)
class Task:
    """What `store.queue.defer` names: `work`, and how long to wait before each further try."""

    work: type_work
    again: Again

    async def run(self, context: JobContext, /, **ids: Any) -> None:
        """Called by the queue. `timestamp` is its own word, for what is on the timetable."""
        ids.pop("timestamp", None)
        house: House = context.additional_context["house"]
        job = Job(house, context.job.attempts + 1, datetime.now(UTC))
        with telling(task=context.job.task_name, job=context.job.id, attempt=job.attempt):
            await self.work(job, **ids)


TASKS: dict[str, Task] = {}


def task(*waits: timedelta) -> Callable[[type_work], type_work]:
    """Makes `async def name(job, *, row_id)` a task of the queue; a task is shallow, repeatable, and given ids only."""

    def wrap(work: type_work) -> type_work:
        TASKS[work.__name__] = Task(work, Again(*waits))
        return work

    return wrap
