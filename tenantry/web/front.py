"""Before every page: who really asks, a number for the request, a line in the log, and no beginning in a stop."""

import logging
import re
from asyncio import get_running_loop
from collections.abc import Callable
from signal import SIGINT
from time import perf_counter
from typing import Any
from uuid import uuid4

from litestar import Litestar
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tenantry.kit.logs import note, telling
from tenantry.kit.networks import client_of, is_within, read_networks
from tenantry.queries.house import House
from tenantry.web.meters import Meters

WATCHED = ("/healthz", "/readyz", "/metrics")
# A link of one of these is a key; what is behind them is in no log.
_KEYS = re.compile(r"^(/reset/|/operator/welcome/|/meet/|/start/).+")
_REQUEST_ID = re.compile(r"[\w.-]{8,64}", re.ASCII)

log = logging.getLogger("tenantry.requests")


def stand_before(app: Litestar, house: House, at_end: Callable[[], None]) -> None:
    """Puts a front before `app`, as `app.state.front`; with a setting for it, spans behind that.

    at_end: called when a stop begins, for what would go on by itself.
    """
    if house.settings.otel_endpoint:
        from tenantry.web.tracing import processor_for, traced

        app.asgi_handler, provider = traced(app.asgi_handler, house, processor_for(house.settings.otel_endpoint))
        app.on_shutdown.append(provider.shutdown)
    app.asgi_handler = app.state.front = Front(app.asgi_handler, house, at_end)


class Front:
    """Stands before the application's own handler. `stopping`: what is under way is finished, nothing is begun."""

    def __init__(self, app: ASGIApp, house: House, at_end: Callable[[], None]) -> None:
        self.app = app
        self.at_end = at_end
        self.trusted = read_networks(house.settings.trusted_proxies)
        self.meters = Meters(house)
        self.stopping = False

    def stop(self) -> None:
        self.stopping = True
        self.at_end()

    def mind_signals(self) -> None:
        """In a web worker: SIGINT says that the end is near, the server's own SIGTERM closes the port."""
        get_running_loop().add_signal_handler(SIGINT, self.stop)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        path, begun, status = scope["path"], perf_counter(), 499  # if the asker leaves first
        self._unveil(scope, headers)
        request_id = _number(headers)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                more = [(b"x-request-id", request_id.encode())]
                more += [(b"connection", b"close")] if self.stopping else []
                message["headers"] = [*message["headers"], *more]
            await send(message)

        self.meters.begin()
        with telling(request_id=request_id, method=scope["method"], path=masked(path)) as facts:
            try:
                begins = not self.stopping or path in WATCHED
                await (self.app if begins else _closing)(scope, receive, answer)
            finally:
                seconds = perf_counter() - begun
                self.meters.end(scope["method"], scope.get("path_template") or "none", status, seconds, facts)
                self._tell(scope, status, seconds)

    def _unveil(self, scope: Any, headers: dict[bytes, str]) -> None:
        """Puts the real asker's address and scheme where a trusted proxy stands."""
        peer, port = scope.get("client") or ("", 0)
        if not is_within(peer, self.trusted):
            return
        scope["client"] = (client_of(peer, headers.get(b"x-forwarded-for", ""), self.trusted), port)
        if headers.get(b"x-forwarded-proto") in {"http", "https"}:
            scope["scheme"] = headers[b"x-forwarded-proto"]

    def _tell(self, scope: Any, status: int, seconds: float) -> None:
        slug = scope.get("path_params", {}).get("slug")
        if slug:
            note(tenant=slug)
        quiet = scope["path"] in WATCHED or scope["path"].startswith("/static/")
        level = logging.DEBUG if quiet and status < 400 else logging.INFO
        log.log(level, "request", extra={"status": status, "ms": round(seconds * 1000, 1)})


def masked(path: str) -> str:
    """`path` as it may be read by others."""
    return _KEYS.sub(r"\1…", path)


def _number(headers: dict[bytes, str]) -> str:
    given = headers.get(b"x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


async def _closing(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"retry-after", b"5"), (b"cache-control", b"no-store")]
    start: Any = {"type": "http.response.start", "status": 503, "headers": headers}
    await send(start)
    said = b"Tenantry is being stopped. Nothing was changed.\n"
    await send({"type": "http.response.body", "body": said, "more_body": False})
