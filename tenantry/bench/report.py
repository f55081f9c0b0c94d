"""What a benchmark found, and on which machine."""

import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psutil
from rich.table import Table
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tenantry.cli.desk import Desk, console
from tenantry.store.database import driver_url
from tenantry.words.speech import N_

GIBIBYTE = 2**30


@dataclass(frozen=True)
class Report:
    """figures: numbers by a name that ends in the unit. ratio: what is held against `goal`. met: is the goal met."""

    name: str
    figures: Mapping[str, Any]
    ratio: float
    goal: float
    met: bool


def machine(url: str) -> dict[str, Any]:
    """The machine the program runs on, the server's version, and how busy they are."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    return {
        "cpu_count": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / GIBIBYTE, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": version,
        "load_1_minute": round(os.getloadavg()[0], 2),
    }


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest of `values` that at least `part` (0 to 1) of them do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * part) - 1)]


class type_step(Protocol):  # noqa: N801 - a type of callables, like the others
    """Told a sentence about the work as it goes on, with what fills its places."""

    def __call__(self, text: str, /, **params: Any) -> None: ...


def telling(desk: Desk) -> type_step:
    """Says each step as a line on standard error."""

    def step(text: str, /, **params: Any) -> None:
        console(error=True).print(desk.speech.say(text, **params))

    return step


def tell(desk: Desk, report: Report, facts: Mapping[str, Any]) -> None:
    """The report: one object for a program, a table for a person."""
    say = desk.speech.say
    table = Table(say(N_("Figure")), say(N_("Value")), title=report.name, box=None, title_justify="left")
    rows = {**report.figures, "ratio": report.ratio, "goal": report.goal, **facts}
    for name, value in rows.items():
        table.add_row(name, str(value))
    table.add_row("", say(N_("Goal met")) if report.met else say(N_("Goal missed")))
    desk.show(table)
    parts = {"name": report.name, "figures": report.figures, "ratio": report.ratio, "goal": report.goal}
    desk.answer(**parts, met=report.met, machine=facts)
