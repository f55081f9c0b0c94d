"""The program served for a benchmark, in a process of its own, and somebody who asks it over a socket."""

import asyncio
import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tenantry.bench.scratch import Roles
from tenantry.kit.settings import read_settings
from tenantry.web.server import serve_pages

HOST = "127.0.0.1"
_STARTS = 60.0  # seconds that the server may take
_STOPS = 15.0


@contextmanager
def served(roles: Roles, **settings: str) -> Iterator[int]:
    """The port of the program over a scratch database, one worker, without jobs. settings: as in the environment."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    known = {"DATABASE_URL": roles.app, "DATABASE_JOBS_URL": roles.jobs, "DATABASE_OWNER_URL": roles.owner}
    known |= {"HOST": HOST, "PORT": str(port), "LOG_LEVEL": "ERROR", "JOBS": "apart", **settings}
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(known,))
    process.start()
    try:
        _await(port, process.is_alive)
        yield port
    finally:
        process.terminate()
        process.join(_STOPS)
        if process.is_alive():
            process.kill()


def _serve(known: Mapping[str, str]) -> None:
    os.environ.update(known)
    serve_pages("tenantry.app:web", read_settings())


def _await(port: int, alive: Callable[[], bool]) -> None:
    until = time.monotonic() + _STARTS
    while time.monotonic() < until and alive():
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not start")


@dataclass(frozen=True)
class Said:
    """One answer. headers: in small letters; of several of a name the last."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Mapping[str, str]


class Line:
    """A connection that is kept: `async with Line(port) as line`. No browser: the server is measured."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cookies: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Said:
        """headers: with _ for -. Cookies that are set are sent from then on."""
        lines = [f"{method} {path} HTTP/1.1", f"host: {HOST}:{self._port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if self.cookies:
            lines.append("cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method != "GET":
            lines.append(f"content-length: {len(body)}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        said = await self._said()
        self.cookies |= said.cookies
        return said

    async def _said(self) -> Said:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in head[1:] if line]
        headers = {name.lower(): value for name, value in pairs}
        set_ = [value.partition(";")[0].partition("=") for name, value in pairs if name.lower() == "set-cookie"]
        length = int(headers.get("content-length", "0"))
        body = await self._reader.readexactly(length) if length else b""
        return Said(int(head[0].split(" ")[1]), headers, body, {name: value for name, _, value in set_})
