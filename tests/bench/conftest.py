"""The benchmarks as somebody at a terminal calls them, in scratch databases on the server of the tests."""

from collections.abc import Callable

import psycopg
import pytest

from tenantry.bench import app
from tenantry.bench.scratch import PREFIX
from tests.cli.conftest import Said, calling


@pytest.fixture
def bench(base) -> Callable[..., Said]:
    """Calls a benchmark: `bench("race", "--json")`."""
    call = calling(base, extra=[app])
    settings = base.settings
    environ = {"DATABASE_URL": settings.database_url, "DATABASE_OWNER_URL": settings.database_owner_url}
    environ["DATABASE_JOBS_URL"] = settings.database_jobs_url
    return lambda *words: call("bench", *words, **environ)


@pytest.fixture
def scratches(server) -> Callable[[], list[str]]:
    """The scratch databases that are there."""

    def names() -> list[str]:
        with psycopg.connect(server.url("postgres", "postgres")) as connection:
            rows = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
            return [name for (name,) in rows]

    return names
