"""Work and letters under way: what waits, what failed, and nobody's address."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.operator_frame import operator_query
from tenantry.store.tables import letters

_ADDRESS = re.compile(r"[^\s<>\"',;:()]+@")
_TASKS = text("""
    SELECT task_name, count(*) FILTER (WHERE status = 'todo') AS waiting,
        count(*) FILTER (WHERE status = 'doing') AS running, count(*) FILTER (WHERE status = 'failed') AS failed,
        count(*) FILTER (WHERE status = 'succeeded') AS done
    FROM procrastinate_jobs GROUP BY task_name ORDER BY task_name
""")
_FAILED = text("""
    SELECT id, task_name, attempts, (SELECT max(at) FROM procrastinate_events WHERE job_id = jobs.id) AS at
    FROM procrastinate_jobs AS jobs WHERE status = 'failed' ORDER BY id DESC LIMIT :most
""")


@dataclass(frozen=True)
class TaskRow:
    """How many jobs of one task there are in each state."""

    task: str
    waiting: int
    running: int
    failed: int
    done: int


@dataclass(frozen=True)
class FailedJob:
    """A job that was given up. attempts: how often it was tried; at: when it last ended."""

    id: int
    task: str
    attempts: int
    at: datetime | None


@dataclass(frozen=True)
class Work:
    """The queue: its tasks, and the newest jobs that failed."""

    tasks: tuple[TaskRow, ...]
    failed: tuple[FailedJob, ...]


@operator_query
async def read_work(tx: AsyncConnection, operator: Operator, *, most: int) -> Work:
    """The queue in two statements. most: how many failed jobs are told one by one."""
    tasks = await tx.execute(_TASKS)
    failed = await tx.execute(_FAILED, {"most": most})
    return Work(tuple(TaskRow(*row) for row in tasks), tuple(FailedJob(*row) for row in failed))


@dataclass(frozen=True)
class LetterRow:
    """A letter. domain: of its recipient, whose own name is not told; state: "waiting", "failed" or "sent"."""

    id: UUID
    kind: str
    domain: str
    language: str
    state: str
    tries: int
    error: str | None
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Post:
    """A page of letters, and how many there are in each state."""

    page: Page[LetterRow]
    counts: dict[str, int]


_STATE: ColumnElement[str] = case(
    (letters.c.sent_at.is_not(None), "sent"), (letters.c.failed_at.is_not(None), "failed"), else_="waiting"
)


@operator_query
async def list_post(tx: AsyncConnection, operator: Operator, *, state: str, cursor: Cursor | None, limit: int) -> Post:
    """Letters, newest first, in two statements. state: "", "waiting", "failed" or "sent"."""
    counted = select(_STATE, func.count()).group_by(_STATE)
    counts = {row[0]: row[1] for row in await tx.execute(counted)}
    backward, c = cursor is not None and cursor.backward, letters.c
    wanted = select(letters, _STATE.label("state")).order_by(c.id if backward else c.id.desc()).limit(limit + 1)
    if state:
        wanted = wanted.where(_STATE.in_([state]))
    if cursor is not None:
        wanted = wanted.where(c.id > cursor.id if backward else c.id < cursor.id)
    page = cut((await tx.execute(wanted)).all(), limit, cursor, lambda row: (b"", row.id))
    return Post(Page(tuple(_letter(row) for row in page.items), page.next, page.previous), counts)


def _letter(row: Any) -> LetterRow:
    return LetterRow(
        id=row.id,
        kind=row.kind,
        domain=row.recipient.rpartition("@")[2],
        language=row.language,
        state=row.state,
        tries=row.tries,
        error=without_names(row.error) if row.error else None,
        made_at=row.made_at,
        ended_at=row.sent_at or row.failed_at,
    )


def without_names(error: str) -> str:
    """What a mail server said, with nobody's address in it."""
    return _ADDRESS.sub("…@", error)
