"""Sizes, clocks, addresses and commands: what the house rules say of every file."""

import ast
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house.sources import ROOT, Source, parse, sources

FILE_LINES, FUNCTION_LINES = 400, 45
BELOW_DOORS = ("commands", "queries", "store", "words", "domain", "kit")
# The doctor asks the database's clock, to compare it.
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "localtime", "clock_timestamp", "current_timestamp"}
CLOCK_OWNERS = {"datetime", "date", "time", "func", "dt"}
ASKS_THE_CLOCK = {"tenantry/store/proofs.py: func.clock_timestamp"}


# Sizes


def too_large(some: Iterable[Source]) -> list[str]:
    found = []
    for source in some:
        if source.lines > FILE_LINES:
            found.append(f"{source.path} has {source.lines} lines")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    found.append(f"{source.path}: {node.name} has {lines} lines")
    return found


def test_no_file_and_no_function_is_too_long() -> None:
    assert too_large(sources()) == []


def test_long_ones_are_seen() -> None:
    assert too_large([parse("x.py", "a = 1\n" * 401)]) == ["x.py has 401 lines"]
    assert too_large([parse("x.py", "def long():\n" + "    a = 1\n" * 45)]) == ["x.py: long has 46 lines"]


# Clocks


def clocks(some: Iterable[Source]) -> list[str]:
    """Where the time is read rather than given."""
    found = []
    for source in some:
        for node in ast.walk(source.tree):
            owner = node.value if isinstance(node, ast.Attribute) else None
            name = getattr(owner, "attr", getattr(owner, "id", ""))
            if isinstance(node, ast.Attribute) and name in CLOCK_OWNERS and node.attr in CLOCKS:
                found.append(f"{source.path}: {name}.{node.attr}")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\bnow\(\)", node.value):
                found.append(f"{source.path}: now() in SQL")
    return found


def test_no_clock_is_read_below_the_doors() -> None:
    assert set(clocks(sources(*BELOW_DOORS))) == ASKS_THE_CLOCK


def test_a_clock_that_is_read_is_seen() -> None:
    spoiled = "datetime.now(UTC)\ndt.date.today()\ntime.time()\nfunc.now()\ntext('SELECT now()')\ntime.monotonic()"
    assert len(clocks([parse("x.py", spoiled)])) == 5


# What is committed

# Split, so that this file does not name them.
FOREIGN = re.compile(
    "|".join(
        ["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry\\." + "npmjs", "npm" + "mirror", "--index" + "-url=?h"]
        + [r"(?<![\w.:/~-])/" + place + r"/[\w.]" for place in ("work", "root", "home", "Users")]
    )
)
_WHOLE = {".png", ".jpg", ".woff2", ".ico", ".mo"}


def foreign(text: str) -> list[str]:
    """Package hosts and paths of somebody's machine."""
    return [found[0] for found in FOREIGN.finditer(text)]


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout: nothing says what is committed")
def test_nothing_committed_names_a_package_host_or_a_path_of_this_machine() -> None:
    found = {}
    for path in committed():
        if path.is_file() and path.suffix not in _WHOLE:
            names = foreign(path.read_text(encoding="utf-8", errors="replace"))
            if names:
                found[str(path.relative_to(ROOT))] = names[:3]
    assert found == {}


def test_such_names_are_seen() -> None:
    assert foreign("see https://" + "pypi" + ".org/simple") != []
    assert foreign('open("/' + "home/somebody/x" + '")') != []
    assert foreign("https://example.org/" + "home/page and src/" + "work/x") == []


# What the papers say


def targets(makefile: str) -> set[str]:
    return set(re.findall(r"^([a-z]+):.*  ## ", makefile, re.MULTILINE))


def spoken(text: str) -> set[str]:
    """Targets that a page tells its reader to make: in code, `make x`."""
    return set(re.findall(r"(?:`|^\s*|&& )make ([a-z]+)", text, re.MULTILINE))


def test_the_papers_speak_of_commands_that_are_there() -> None:
    real = targets((ROOT / "Makefile").read_text(encoding="utf-8"))
    assert {"setup", "run", "test", "check"} <= real
    papers = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / ".ci" / "run", *(ROOT / "docs").rglob("*.md")]
    wrong = {str(path.relative_to(ROOT)): spoken(path.read_text(encoding="utf-8")) - real for path in papers}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_a_command_that_is_gone_is_seen() -> None:
    assert spoken("run `make launch`, or\n\nmake land  # softly\n") == {"launch", "land"}
    assert spoken("They make people happy") == set()
