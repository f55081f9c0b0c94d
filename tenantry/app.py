"""On top of the house: wires settings, database and doors together."""

from collections.abc import Iterator
from contextlib import contextmanager

from tenantry.cli import build
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.store import embedded
from tenantry.store.database import connect


@contextmanager
def open_house(settings: Settings) -> Iterator[House]:
    """The connections that `settings` name; starts the embedded server where no database is named."""
    if settings.database_url:
        yield _house(settings, settings.database_url, settings.database_jobs_url, settings.database_owner_url)
        return
    with embedded.start(settings.data) as server:
        urls = (server.url(role) for role in (embedded.APP, embedded.JOBS, embedded.OWNER))
        yield _house(settings, *urls, place=server.place)


def _house(settings: Settings, app: str, jobs: str, owner: str, place: embedded.Place | None = None) -> House:
    size = settings.pool_size
    return House(settings, connect(app, pool_size=size), connect(jobs or app, pool_size=2), owner or app, place)


def main() -> None:
    """The `tenantry` command."""
    build(open_house)()
