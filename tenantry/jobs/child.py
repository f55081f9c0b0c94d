"""A worker beside the pages: a process of its own, started anew if it dies, stopped with what it stands beside."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnProcess
from threading import Event, Thread

_SPAWN = multiprocessing.get_context("spawn")
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds before it is started anew


@contextmanager
def beside(work: Callable[[], None], *, stop_seconds: float) -> Iterator[None]:
    """Has `work`, a function of a module, done in a process of its own while the block lasts.

    Told to stop by SIGTERM, it has `stop_seconds` to end the jobs under way, then it is ended.
    """
    leaving = Event()
    keeper = Thread(target=_keep, args=(work, leaving, stop_seconds), name="worker")
    keeper.start()
    try:
        yield
    finally:
        leaving.set()
        keeper.join()


def _keep(work: Callable[[], None], leaving: Event, stop_seconds: float) -> None:
    wait = FIRST_WAIT
    while not leaving.is_set():
        process = _SPAWN.Process(target=_child, args=(work, os.getpid()), name="tenantry-worker")
        process.start()
        while process.is_alive() and not leaving.wait(0.2):
            pass
        if leaving.is_set():
            _stop(process, stop_seconds)
        elif not leaving.wait(wait):
            wait = min(2 * wait, LONGEST_WAIT)


def _stop(process: SpawnProcess, stop_seconds: float) -> None:
    process.terminate()
    process.join(stop_seconds + 5)
    process.kill()
    process.join()


def _child(work: Callable[[], None], parent: int) -> None:
    """Ctrl-C at the terminal is for the parent, which says when to stop; a parent that is gone says so as well."""
    os.setsid()
    Thread(target=_follow, args=(parent,), daemon=True).start()
    work()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
