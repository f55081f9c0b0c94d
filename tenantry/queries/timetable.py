"""What is done because time passed: when it was due last, what became of that, and when it is due next."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.domain.timetable import TIMETABLE, Rhythm, Standing, standing
from tenantry.queries.operator_frame import operator_query

# The queue keeps the newest due time of each task. A job that succeeded is deleted, and its number with it.
_LAST = text("""
    SELECT DISTINCT ON (defers.task_name) defers.task_name, to_timestamp(defer_timestamp) AS due_at, jobs.status::text
    FROM procrastinate_periodic_defers AS defers LEFT JOIN procrastinate_jobs AS jobs ON jobs.id = defers.job_id
    ORDER BY defers.task_name, defer_timestamp DESC
""")
_BECAME = {
    None: Standing.DONE,
    "succeeded": Standing.DONE,
    "todo": Standing.WAITING,
    "doing": Standing.RUNNING,
}  # anything else is a job that was given up


@dataclass(frozen=True)
class TimetableRow:
    """A task and its rhythm. due_at: of its newest job, None without one; next_at: when the next one is due."""

    task: str
    rhythm: Rhythm
    due_at: datetime | None
    standing: Standing
    next_at: datetime


@operator_query
async def read_timetable(tx: AsyncConnection, operator: Operator, *, now: datetime) -> tuple[TimetableRow, ...]:
    """The whole timetable in its own order, in one statement."""
    newest = {row.task_name: (row.due_at, _BECAME.get(row.status, Standing.FAILED)) for row in await tx.execute(_LAST)}
    return tuple(_row(task, rhythm, newest.get(task), now) for task, rhythm in TIMETABLE.items())


def _row(task: str, rhythm: Rhythm, last: tuple[datetime, Standing] | None, now: datetime) -> TimetableRow:
    due_at = last[0] if last else None
    return TimetableRow(task, rhythm, due_at, standing(rhythm, last, now), rhythm.next(now))
