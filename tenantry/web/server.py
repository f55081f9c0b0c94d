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
from granian.server import Server as Granian

from tenantry.kit.logs import log_config
from tenantry.kit.settings import Settings
from tenantry.web.meters import FOLDER

NOTICE = 1.0  # seconds in which /readyz says "stopping" before the port is closed


class Server(Granian):
    """Told to stop, it tells its workers first (by SIGINT, as Ctrl-C does); a moment later the port is closed and
    they leave as soon as their last answer is given. Told twice, it does not wait."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self._told:
            super().signal_handler_interrupt()
            return
        self._told = True
        for worker in multiprocessing.active_children():
            if worker.name == "granian-worker" and worker.pid:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGINT)
        threading.Timer(NOTICE, super().signal_handler_interrupt).start()

    _told = False


def serve_pages(factory: str, settings: Settings) -> None:
    """Serves what `factory` ("module:function") makes in each worker process, until SIGTERM or Ctrl-C."""
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
