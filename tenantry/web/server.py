"""The web server, and how it stops: what is under way is finished, nothing is begun, nothing is lost."""

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.logs import FORMATS, log_config
from tenantry.kit.networks import read_networks
from tenantry.kit.settings import Settings
from tenantry.web.meters import FOLDER

NOTICE = 1.0  # seconds in which /readyz says "stopping" before the port is closed


class Server(MPServer):
    """Told to stop, it tells its workers first (by SIGINT, as Ctrl-C does); a moment later the port is closed and
    they leave as soon as their last answer is given. Told twice, it does not wait."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self._told:
            super().signal_handler_interrupt()  # type: ignore[no-untyped-call]
            return
        self._told = True
        for worker in multiprocessing.active_children():
            if worker.name == "granian-worker" and worker.pid:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGINT)
        threading.Timer(NOTICE, super().signal_handler_interrupt).start()

    _told = False


def serve_pages(factory: str, settings: Settings) -> None:
    """Serves what `factory` ("module:function") makes in each worker process, until SIGTERM or Ctrl-C.

    Raises Refused("setting_invalid"), so that a wrong setting is told once and not by each worker's death.
    """
    _check(settings)
    with _shared_meters(settings.workers):
        Server(
            factory,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            workers=settings.workers,
            workers_kill_timeout=max(1, settings.stop_seconds),
            factory=True,
            log_level=LogLevels(settings.log_level.lower()),
            log_dictconfig=log_config(settings.log_format, settings.log_level),
            log_access=False,
            websockets=False,
        ).serve()


def _check(settings: Settings) -> None:
    def require(name: str, value: str, right: bool, wanted: str) -> None:
        if not right:
            raise Refused("setting_invalid", Kind.INVALID, name=name, value=value, wanted=wanted)

    levels, level = ("DEBUG", "INFO", "WARNING", "ERROR"), settings.log_level
    require("LOG_LEVEL", level, level in levels, " / ".join(levels))
    require("LOG_FORMAT", settings.log_format, settings.log_format in FORMATS, " / ".join(FORMATS))
    try:
        read_networks(settings.trusted_proxies)
    except ValueError:
        require("TRUSTED_PROXIES", settings.trusted_proxies, False, "10.0.0.5, 192.168.0.0/24 …")


@contextmanager
def _shared_meters(workers: int) -> Iterator[None]:
    """A folder in which several workers count together."""
    if workers == 1:
        yield
        return
    folder = os.environ[FOLDER] = tempfile.mkdtemp(prefix="tenantry-meters-")
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
