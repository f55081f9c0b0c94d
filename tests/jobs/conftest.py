"""Jobs done at once: a database of one's own, its waiting jobs worked off in this process, and a real mail server."""

import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tenantry.jobs.worker import make_queue
from tenantry.queries.house import House
from tenantry.store.database import Database
from tests.conftest import Base, type_run
from tests.world import Tenant, make_tenant

type_work_off = Callable[..., Awaitable[None]]


@pytest.fixture
def house(own: Base, make_house: Callable[[Base], House]) -> House:
    """A house on a database of this test alone."""
    return make_house(own)


@pytest.fixture
def db(house: House) -> Database:
    return house.db


@pytest.fixture
def contoso(db: Database, run: type_run) -> Tenant:
    return run(make_tenant(db))


@pytest.fixture
def work_off(house: House) -> type_work_off:
    """Does all jobs that may be done now: `await work_off(smtp_url="…")`; what is to wait stays.

    stalled: first takes up what a worker that died had begun, as the timetable has it every minute.
    """

    async def work(*, stalled: bool = False, **settings: Any) -> None:
        changed = replace(house, settings=replace(house.settings, **settings))
        async with make_queue(changed, timetable={}).open_async() as queue:
            if stalled:
                await queue.configure_task("take_up_stalled_jobs", priority=1).defer_async()
            await queue.run_worker_async(
                wait=False,
                listen_notify=False,
                install_signal_handlers=False,
                delete_jobs="successful",
                additional_context={"house": changed},
            )

    return work


@dataclass
class Post:
    """A mail server's handler: keeps what it is given, or answers `refusal` to every recipient."""

    refusal: str = ""
    got: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        message = BytesParser(policy=default).parsebytes(envelope.content)
        assert envelope.rcpt_tos == [message["To"].addresses[0].addr_spec]
        self.got.append(message)
        return "250 OK"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def smtp_url(post: Post) -> Iterator[str]:
    """A real mail server on the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()


@dataclass(frozen=True)
class Got:
    """A request as it came. headers: by their names in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class App:
    """The vendor's app: what it was sent, and how it answers the next: with `status`, by never ending, or never."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    hangs: bool = False
    got: list[Got] = field(default_factory=list)


@pytest.fixture
def app() -> Iterator[App]:
    """A real web server on the loopback."""
    app, over = App(), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            app.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            while app.hangs and not over:
                time.sleep(0.01)
            with suppress(OSError):
                self.send_response(app.status)
                for name, value in app.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                while app.endless and not over:
                    self.wfile.write(b"x" * 65536)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # many at once

    with Server(("127.0.0.1", 0), Handler) as server:
        app.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield app
        over.append(True)
        server.shutdown()
        thread.join()
