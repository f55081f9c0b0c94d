"""What the commands of the command line share: the settings, a house for one call, a voice, and two streams.

What was asked for goes to standard output (with --json as one object), everything else to standard error.
"""

import asyncio
import getpass
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tenantry.domain.operators import Operator
from tenantry.domain.viewers import Viewer, operator
from tenantry.kit.csvfile import MAX_BYTES
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.settings import Settings
from tenantry.queries.gate import Tenant
from tenantry.queries.house import House, type_open_house
from tenantry.queries.lookup import find_tenant
from tenantry.words.speech import LANGUAGES, N_, Speech

T = TypeVar("T")
REFUSED, USAGE, PARTLY, FOUND = 1, 2, 3, 4  # exit codes
_NORWEGIAN = {"no": "nb", "nn": "nb"}


def language_of(environ: Mapping[str, str] = os.environ) -> str:
    """The first of our languages that the terminal's user reads; English if none."""
    wanted = (environ.get(name, "") for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    codes = re.findall(r"[a-z]+", next((text for text in wanted if text), "").lower().replace("_", " "))
    spoken = (_NORWEGIAN.get(code, code) for code in codes)
    return next((code for code in spoken if code in LANGUAGES), "en")


def now() -> datetime:
    """The moment; a command reads it once."""
    return datetime.now(UTC)


@dataclass
class Desk:
    """Made once per call of the program. `json`: the command was asked to answer a program."""

    open_house: type_open_house
    settings: Settings
    speech: Speech
    json: bool = False

    def run(self, work: Callable[[House], Awaitable[T]]) -> T:
        """The answer of `work`, done in a house that is open just for it."""
        with self.open_house(self.settings) as house:
            return asyncio.run(closing(house, work))

    async def enter(self, house: House, slug: str) -> tuple[Tenant, Viewer]:
        """The tenant at `slug`, and the operator as its viewer. Raises Refused("tenant_missing")."""
        tenant = await find_tenant(house.db, slug=slug)
        return tenant, operator(tenant.id, self.name, self.speech.language)

    @property
    def name(self) -> str:
        """How the audit log calls the operator."""
        try:
            return self.speech.say(N_("%(user)s at the command line"), user=getpass.getuser())
        except (OSError, KeyError):
            return self.speech.say(N_("The operator at the command line"))

    @property
    def operator(self) -> Operator:
        """Whoever can start programs on the machine."""
        return Operator(None, self.name, "cli")

    def say(self, text: str, /, **params: Any) -> None:
        """A sentence for the person; a program does not get it."""
        if not self.json:
            console().print(self.speech.say(text, **params))

    def note(self, text: str, /, **params: Any) -> None:
        """A sentence beside the answer, on standard error."""
        console(error=True).print(self.speech.say(text, **params))

    def show(self, table: Any) -> None:
        """A table for the person; a program does not get it."""
        if not self.json:
            console().print(table)

    def answer(self, **facts: Any) -> None:
        """The one object for a program; a person does not get it."""
        if self.json:
            print(msgspec.json.encode(facts, enc_hook=str).decode())


async def closing(house: House, work: Callable[[House], Awaitable[T]]) -> T:
    """What `work` answers; the connections are closed on the loop that opened them."""
    try:
        return await work(house)
    finally:
        await house.db.close()
        await house.jobs.close()


def desk_of(context: typer.Context, *, json: bool = False) -> Desk:
    """The desk of this call."""
    desk = context.obj
    if not isinstance(desk, Desk):
        raise TypeError("a command was called without the program around it")
    desk.json = json
    return desk


def console(*, error: bool = False) -> Console:
    """A console that prints what it is given: names may hold brackets, and files are as wide as they like."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else 200
    return Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=width is not None, width=width)


def progress() -> Progress:
    """A bar on standard error; nothing is drawn where that is no terminal."""
    shown = console(error=True)
    parts = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    return Progress(*parts, console=shown, transient=True, disable=not shown.is_terminal)


def read_file(path: Path) -> bytes:
    """The bytes of a file. Raises Refused: "file_missing" (path), "csv_too_large" (limit)."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused("file_missing", Kind.MISSING, path=str(path)) from error
    if len(data) > MAX_BYTES:
        raise Refused("csv_too_large", Kind.INVALID, limit=MAX_BYTES)
    return data
