"""The program as somebody at a terminal meets it, on a database of the tests."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner, Result

from tenantry.cli import build
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.store.database import connect

ENGLISH = {"LANGUAGE": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Said:
    """What the program said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict:
        """The one object on standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)


def calling(base, place=None, **build_with) -> Callable[..., Said]:
    """Calls the program on a database: `tenantry("tenant", "create", ...)`. place: as if it were the embedded one."""

    @contextmanager
    def open_house(settings: Settings) -> Iterator[House]:
        yield House(settings, connect(base.app_url), connect(base.jobs_url), base.owner_url, place)

    def call(*words: object, **environ: str) -> Said:
        app = build(open_house, **build_with)
        result: Result = CliRunner().invoke(app, [str(word) for word in words], env=ENGLISH | environ)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def tenantry(base) -> Callable[..., Said]:
    return calling(base)
