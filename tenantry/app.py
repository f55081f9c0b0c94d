"""On top of the house: wires settings, database and doors together."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext

from litestar import Litestar

from tenantry.api import programs
from tenantry.bench import app as bench
from tenantry.cli import build
from tenantry.jobs.child import beside
from tenantry.jobs.worker import run_worker
from tenantry.kit.settings import Settings, given, read_settings
from tenantry.queries.house import House
from tenantry.store import embedded
from tenantry.store.database import connect
from tenantry.web import create_app
from tenantry.web.server import serve_pages

GIVEN = "TENANTRY_GIVEN"  # tells the processes beside `serve` which settings the environment itself gave


@contextmanager
def open_house(settings: Settings) -> Iterator[House]:
    """The connections that `settings` name; starts the embedded server where no database is named."""
    if settings.database_url:
        yield _house(settings, settings.database_url, settings.database_jobs_url, settings.database_owner_url)
        return
    with embedded.start(settings.data) as server:
        app, jobs, owner = (server.url(role) for role in (embedded.APP, embedded.JOBS, embedded.OWNER))
        yield _house(settings, app, jobs, owner, server.place)


def _house(settings: Settings, app: str, jobs: str, owner: str, place: embedded.Place | None = None) -> House:
    size = settings.pool_size
    named = frozenset(os.environ[GIVEN].split(",")) if GIVEN in os.environ else given(settings)
    return House(settings, connect(app, pool_size=size), connect(jobs or app, pool_size=2), owner or app, place, named)


def web() -> Litestar:
    """The pages, for a server's worker process: settings come from the environment that `serve` prepared."""
    with ExitStack() as stack:
        house = stack.enter_context(open_house(read_settings()))
        app = create_app(house, beside=programs())
        app.on_startup.append(app.state.front.mind_signals)
        app.on_shutdown.append(stack.pop_all().close)
        return app


def serve(settings: Settings, house: House) -> None:
    """Serves the pages until it is told to stop (Ctrl-C or SIGTERM), then lets running requests finish.

    The processes beside this one find the database that it opened by the environment.
    """
    known = {
        "DATABASE_URL": house.db.address,
        "DATABASE_JOBS_URL": house.jobs.address,
        "DATABASE_OWNER_URL": house.owner_url,
        "HOST": settings.host,
        "PORT": str(settings.port),
        GIVEN: ",".join(sorted(given(settings))),
        "DEMO_MAILBOX": "yes" if settings.demo_mailbox else "no",
        "DEMO_ZONE": "yes" if settings.demo_zone else "no",
        "PAYMENT_PROVIDER": settings.payment_provider,
    }
    os.environ.update(known)
    worker = beside(work, stop_seconds=settings.stop_seconds) if settings.jobs == "inside" else nullcontext()
    with worker:
        serve_pages("tenantry.app:web", settings)


def work() -> None:
    """The worker beside the pages, for a process of its own: settings come from the environment as for `web`."""
    with open_house(read_settings()) as house:
        run_worker(house)


def main() -> None:
    """The `tenantry` command."""
    build(open_house, serve=serve, work=run_worker, extra=[bench])()
