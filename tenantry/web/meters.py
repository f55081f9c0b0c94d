"""What is measured, for Prometheus.

One web worker keeps its numbers to itself. Several share a folder of small files (PROMETHEUS_MULTIPROC_DIR, made by
`serve`), so that any of them answers for all. The library reads that variable when it is imported: hence not here.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

from tenantry.queries.house import House
from tenantry.queries.readiness import Waiting

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Meters:
    """The numbers of one application; a process of several writes them for all."""

    def __init__(self, house: House) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._pool = house.db.engine.pool
        self._process = psutil.Process()
        self._registry = CollectorRegistry()
        made: dict[str, Any] = {"registry": self._registry}
        alive: dict[str, Any] = made | {"multiprocess_mode": "livesum"}
        self._requests = Counter("tenantry_requests", "Requests answered.", ["method", "route", "status"], **made)
        self._seconds = Histogram(
            "tenantry_request_seconds", "How long an answer took.", ["route"], buckets=_SECONDS, **made
        )
        self._running = Gauge("tenantry_requests_running", "Requests under way.", **alive)
        self._operations = Counter("tenantry_operations", "Operations done.", ["command"], **made)
        self._refusals = Counter("tenantry_refusals", "Refusals.", ["code"], **made)
        self._in_use = Gauge("tenantry_pool_in_use", "Database connections in use.", **alive)
        self._size = Gauge("tenantry_pool_size", "Database connections that may be open.", **alive)
        self._memory = Gauge("tenantry_memory_bytes", "Memory of the web workers.", **alive)
        self.look()

    def begin(self) -> None:
        self._running.inc()

    def end(self, method: str, route: str, status: int, seconds: float, facts: Mapping[str, Any]) -> None:
        """A request is answered. facts: what was noted on its way."""
        self._running.dec()
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)
        if "command" in facts:
            self._operations.labels(facts["command"]).inc()
        if "refused" in facts:
            self._refusals.labels(facts["refused"]).inc()
        self.look()

    def look(self) -> None:
        """How this process stands at the moment."""
        self._in_use.set(self._pool.checkedout())  # type: ignore[attr-defined]
        self._size.set(self._pool.size())  # type: ignore[attr-defined]
        self._memory.set(self._process.memory_info().rss)

    def told(self, backlog: Iterable[Waiting]) -> bytes:
        """All of it, in the words of Prometheus."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        self.look()
        registry = self._registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            _forget_the_dead(Path(os.environ[FOLDER]))
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + _backlog(backlog)


def _backlog(backlog: Iterable[Waiting]) -> bytes:
    """Counted at the scrape and kept nowhere."""
    lines = [f'tenantry_backlog{{queue="{one.queue}",state="{one.state}"}} {one.number}\n' for one in backlog]
    heads = ["# HELP tenantry_backlog Letters and jobs that wait or failed.\n", "# TYPE tenantry_backlog gauge\n"]
    return "".join(heads + lines).encode() if lines else b""


def _forget_the_dead(folder: Path) -> None:
    """What a worker that is gone had under way counts no more; what it had counted stays."""
    for file in folder.glob("gauge_live*.db"):
        if not psutil.pid_exists(int(file.stem.rpartition("_")[2])):
            file.unlink(missing_ok=True)
