"""`tenantry serve` as a process that is told to stop: what is under way is finished, nothing is begun or lost."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import insert

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.plan_meetings import plan_meeting
from tenantry.domain.licenses import Wish
from tenantry.domain.meetings import Plan
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.kit.settings import Settings
from tenantry.queries.gate import token_hash
from tenantry.store.database import Database
from tenantry.store.tables import sessions
from tenantry.web.server import serve_pages
from tenantry.web.visit import SESSION, csrf_of
from tests.cast import ADELE, BASIC
from tests.conftest import Base
from tests.world import Tenant, held, make_pool, make_tenant, make_users

PROGRAM = [sys.executable, "-c", "from tenantry.app import main; main()"]


@dataclass
class Served:
    """A Tenantry that serves `tenant`, and somebody signed in there."""

    process: subprocess.Popen[bytes]
    address: str
    tenant: Tenant
    token: str

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, cookies={SESSION: self.token}, timeout=30)

    def assign(self, browser: httpx.Client, user: object) -> int:
        """The status of the answer to a form that gives somebody a license."""
        form = {"_csrf_token": csrf_of(self.token), "user": str(user)}
        path = f"/t/{self.tenant.slug}/licenses/{BASIC.sku_id}/assign"
        return browser.post(path, data=form).status_code


@pytest.fixture
def serve(own: Base, open_db, run, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """`serve(STOP_SECONDS="3")` starts it; what still runs in the end is killed."""
    started: list[subprocess.Popen[bytes]] = []
    log = (tmp_path / "log").open("wb")
    db = open_db(own.app_url)
    tenant, token = run(make_tenant(db)), secrets.token_urlsafe(32)

    async def prepare() -> None:
        await make_pool(db, tenant.id, BASIC, 5000)
        now = datetime.now(UTC)
        times = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=1)}
        async with db.transaction() as tx:
            row = {"token_hash": token_hash(token), "account_id": tenant.accounts[ADELE]}
            await tx.execute(insert(sessions).values(**row, **times))

    def start(**settings: str) -> Served:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        urls = {"DATABASE_URL": own.app_url, "DATABASE_JOBS_URL": own.jobs_url, "DATABASE_OWNER_URL": own.owner_url}
        environ = {"PATH": os.environ["PATH"], "PORT": str(port), "JOBS": "apart", **urls, **settings}
        started.append(subprocess.Popen([*PROGRAM, "serve"], env=environ, stderr=log, start_new_session=True))
        served = Served(started[-1], f"http://127.0.0.1:{port}", tenant, token)
        until(lambda: asked(served, "/readyz") == (200, "ok\n"))
        return served

    run(prepare())
    yield start
    for process in started:
        process.kill()
        process.wait()
    log.close()


def asked(served: Served, path: str) -> tuple[int, str]:
    """The answer; (0, "") from a closed port."""
    try:
        answer = httpx.get(f"{served.address}{path}", timeout=5)
    except httpx.TransportError:
        return 0, ""
    return answer.status_code, answer.text


def counted(numbers: str, name: str) -> float:
    """A number of /metrics."""
    return next(float(line.split()[-1]) for line in numbers.splitlines() if line.startswith(name))


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not come"
        time.sleep(0.02)


@contextmanager
def held_up(own: Base) -> Iterator[psycopg.Connection]:
    """While it lasts nobody gets a license: the seats are locked."""
    with psycopg.connect(own.server.url("postgres", own.name)) as connection:
        connection.execute("SELECT FROM seat_pools FOR UPDATE")
        yield connection
        connection.rollback()


def waiting(own: Base) -> bool:
    """Whether a request waits for the seats."""
    with psycopg.connect(own.server.url("postgres", own.name)) as connection:
        asked_for = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        row = connection.execute(asked_for, [own.name]).fetchone()
    return row == (1,)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_answered_while_new_ones_are_refused(own, serve, open_db, run, how):
    served = serve()
    user = served.tenant.people[ADELE]
    with ThreadPoolExecutor(1) as threads, served.browser() as browser:
        with held_up(own):
            slow: Future[int] = threads.submit(served.assign, browser, user)
            until(lambda: waiting(own))
            os.killpg(served.process.pid, how) if how is signal.SIGINT else served.process.send_signal(how)
            until(lambda: asked(served, "/readyz") == (503, "stopping\n"), 5)
            assert asked(served, "/sign-in")[0] in {0, 503}
            until(lambda: asked(served, "/readyz")[0] == 0, 10)
            assert not slow.done()
            assert served.process.poll() is None
        assert slow.result(timeout=10) == 303
    assert served.process.wait(20) == 0
    assert (user, BASIC.sku_id) in run(held(open_db(own.app_url), served.tenant.id))


@pytest.mark.parametrize(
    ("name", "value"), [("TRUSTED_PROXIES", "the balancer"), ("LOG_FORMAT", "xml"), ("LOG_LEVEL", "loud")]
)
def test_a_wrong_setting_is_one_sentence_before_anything_is_served(name, value):
    with pytest.raises(Refused) as refused:
        serve_pages("nothing:here", replace(Settings(), **{name.lower(): value}))
    assert (refused.value.code, refused.value.params["name"]) == ("setting_invalid", name)


def test_a_request_that_never_ends_is_waited_for_only_so_long(own, serve):
    served = serve(STOP_SECONDS="2")
    with ThreadPoolExecutor(1) as threads, served.browser() as browser, held_up(own):
        slow = threads.submit(served.assign, browser, served.tenant.people[ADELE])
        until(lambda: waiting(own))
        begun = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        served.process.wait(15)
        assert 2 <= time.monotonic() - begun < 10
        with pytest.raises(httpx.TransportError):
            slow.result(timeout=10)


def test_an_open_stream_of_a_meeting_holds_nobody_up(own, serve, open_db, run):
    """It ends by itself as the stop begins, and held no database connection until then."""
    served, db = serve(STOP_SECONDS="20"), open_db(own.app_url)
    room = run(meeting_of(db, served.tenant))
    with served.browser() as browser:
        joined = browser.post(f"{room}/join", data={"_csrf_token": csrf_of(served.token)})
        assert joined.status_code == 303
        with browser.stream("GET", f"{room}/events") as stream:
            lines = stream.iter_lines()
            until(lambda: next(lines).startswith("data: changed"))
            assert counted(asked(served, "/metrics")[1], "tenantry_pool_in_use ") == 0
            begun = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            assert "data: changed" not in list(lines)
    assert served.process.wait(20) == 0
    assert time.monotonic() - begun < 10


async def meeting_of(db: Database, tenant: Tenant) -> str:
    """The path of a meeting of Adele's, who has a license for it."""
    chosen, wish = Selection(ids=tenant.ids(ADELE)), Wish(assign={BASIC.sku_id: frozenset()})
    now, viewer = datetime.now(UTC), tenant.viewer(ADELE)
    await assign_licenses(db, viewer, selection=chosen, wish=wish, all_or_none=True, now=now)
    plan = Plan("Monday", None, False, False)
    return f"/meet/{await plan_meeting(db, viewer, meeting_id=new_id(), plan=plan, now=now)}"


def test_under_load_everything_done_was_answered_and_everything_answered_was_done(own, serve, open_db, run):
    served, db = serve(WORKERS="2"), open_db(own.app_url)
    people = iter(run(make_users(db, served.tenant.id, 3000)))
    answers: list[int] = []

    def work() -> None:
        with served.browser() as browser:
            for user in people:
                try:
                    answers.append(served.assign(browser, user))
                except httpx.TransportError:
                    answers.append(0)
                if answers[-1] == 0:
                    return

    with ThreadPoolExecutor(6) as threads:
        done = [threads.submit(work) for _ in range(6)]
        until(lambda: answers.count(303) > 60)
        least, (status, numbers) = answers.count(303), asked(served, "/metrics")
        served.process.send_signal(signal.SIGTERM)
        for one in done:
            one.result(timeout=60)
    assert served.process.wait(30) == 0
    assert set(answers) <= {0, 303, 503}
    assert (status, "tenantry_pool_size 16.0" in numbers) == (200, True), "one worker answers for both"
    assert counted(numbers, 'tenantry_operations_total{command="assign_licenses"}') >= least
    assert len(run(held(db, served.tenant.id))) == answers.count(303)
