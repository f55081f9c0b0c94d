"""The worker beside `serve`: a process of its own that delivers, comes back when killed, and stops in time."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from croniter import croniter
from sqlalchemy import text

from tenantry.domain.timetable import TIMETABLE, Rhythm, daily, every, hourly
from tenantry.jobs.frame import TASKS, Again, Job, Task
from tenantry.jobs.timetable import cron
from tenantry.jobs.worker import make_queue
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.letters import write_letter
from tenantry.store.queue import defer
from tenantry.words.tasks import TASKS as WORDS
from tests.cast import NOW
from tests.conftest import Base, type_run
from tests.jobs.conftest import Post

PROGRAM = [sys.executable, "-c", "from tenantry.app import main; main()"]
PATIENCE = 60.0  # seconds: three programs start, on a machine that may be busy


def until(true: Callable[[], Any]) -> Any:
    """What `true` gives once it gives something; fails after a minute."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if found := true():
            return found
        time.sleep(0.1)
    raise TimeoutError


@pytest.fixture
def serving(own: Base, smtp_url: str, unused_port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`tenantry serve` on a database of its own."""
    environ = os.environ | {
        "DATABASE_URL": own.app_url,
        "DATABASE_JOBS_URL": own.jobs_url,
        "DATABASE_OWNER_URL": own.owner_url,
        "SMTP_URL": smtp_url,
        "PORT": str(unused_port),
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*PROGRAM, "serve"], env=environ, stdout=log, stderr=log)
        yield process
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def worker_of(serving: subprocess.Popen[bytes]) -> psutil.Process:
    """It leads a session of its own."""
    (worker,) = [one for one in psutil.Process(serving.pid).children() if os.getsid(one.pid) == one.pid]
    return worker


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def workers(base: Base) -> list[str]:
    with psycopg.connect(base.app_url) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM queue.procrastinate_workers ORDER BY id")]


async def make_letter(db: Database, to: str) -> None:
    async with db.transaction() as tx:
        params = {"email": to, "changed_at": NOW}
        await write_letter(tx, kind="password_changed", to=to, language="en", params=params, now=NOW)


def test_serve_has_a_worker_beside_it_that_is_started_anew_and_stops_with_it(
    serving: subprocess.Popen[bytes], own: Base, db: Database, run: type_run, post: Post
) -> None:
    first = until(lambda: workers(own))
    run(make_letter(db, "first@contoso.example"))
    until(lambda: len(post.got) == 1)
    worker_of(serving).kill()
    until(lambda: set(workers(own)) - set(first))
    run(make_letter(db, "second@contoso.example"))
    until(lambda: len(post.got) == 2)
    family = psutil.Process(serving.pid).children(recursive=True)
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(PATIENCE) == 0
    until(lambda: all(gone(one) for one in family))
    assert set(workers(own)) <= set(first)


def test_a_worker_whose_parent_is_killed_leaves(serving: subprocess.Popen[bytes], own: Base) -> None:
    until(lambda: workers(own))
    pages = [one for one in psutil.Process(serving.pid).children() if one != worker_of(serving)]
    worker = worker_of(serving)
    serving.kill()
    until(lambda: gone(worker))
    for one in pages:
        one.kill()
    assert workers(own) == []


def test_everything_on_the_timetable_is_a_task(house: House) -> None:
    queue = make_queue(house)
    assert TIMETABLE.keys() <= queue.tasks.keys()
    assert TASKS.keys() <= queue.tasks.keys()
    assert len(queue.periodic_registry.periodic_tasks) == len(TIMETABLE)


def test_every_task_has_words(house: House) -> None:
    assert TIMETABLE.keys() | TASKS.keys() <= WORDS.keys()


@pytest.mark.parametrize(
    ("rhythm", "written"),
    [(every(1), "*/1 * * * *"), (every(5), "*/5 * * * *"), (hourly(20), "20 * * * *"), (daily(2, 35), "35 2 * * *")],
)
def test_a_rhythm_is_due_when_cron_says_so(rhythm: Rhythm, written: str) -> None:
    assert cron(rhythm) == written
    assert rhythm.next(NOW) == croniter(written, NOW).get_next(datetime)


@pytest.mark.parametrize(("patience", "left"), [(5, []), (0.05, ["todo"])])
async def test_a_stop_lets_a_job_end_or_puts_it_back(
    patience: float, left: list[str], house: House, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = asyncio.Event(), []

    async def slow(job: Job) -> None:
        begun.set()
        await asyncio.sleep(0.5)
        ended.append(job.attempt)

    monkeypatch.setitem(TASKS, "slow", Task(slow, Again(timedelta(minutes=1))))
    async with db.transaction() as tx:
        await defer(tx, "slow")
    async with make_queue(house, timetable={}).open_async() as queue:
        options = {"additional_context": {"house": house}, "delete_jobs": "successful"}
        working = queue.run_worker_async(
            shutdown_graceful_timeout=patience, install_signal_handlers=False, listen_notify=False, **options
        )
        worker = asyncio.create_task(working)
        await begun.wait()
        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await worker
    async with db.transaction() as tx:
        states = (await tx.execute(text("SELECT status::text FROM procrastinate_jobs"))).scalars().all()
    assert (list(states), ended) == (left, [] if left else [1])
