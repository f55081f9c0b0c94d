"""The sources, as the house tests read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "tenantry"


@dataclass(frozen=True)
class Source:
    """A module: its path below the checkout, and what it says."""

    path: str
    tree: ast.Module
    lines: int

    @property
    def room(self) -> str:
        """The folder below `tenantry`; for `app.py`, its name."""
        return Path(self.path).parts[1].removesuffix(".py")


def parse(path: str, text: str) -> Source:
    return Source(path, ast.parse(text), len(text.splitlines()))


@cache
def _program() -> tuple[Source, ...]:
    paths = sorted(path for path in HOUSE.rglob("*.py") if "migrations" not in path.parts)
    return tuple(parse(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths)


def sources(*rooms: str) -> Iterator[Source]:
    """Every module of the program, or of some of its rooms; migrations are not among them."""
    return (source for source in _program() if not rooms or source.room in rooms)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last name of what is called: `a.b.c(1)` is `c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            yield name, node


def literals(node: ast.AST) -> Iterator[str]:
    """Every plain string inside `node`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
