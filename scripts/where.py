"""Lists the files of a noun with the first line of what they say of themselves: `make where NOUN=licenses`."""

# ruff: noqa: T201

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOMS = ["tenantry", "tests", "frontend/src", "docs"]
ORDER = ["kit", "domain", "store", "words", "queries", "commands", "web", "cli"]
SKIP = {"__pycache__", "node_modules", "dist"}


def words_of(path: Path) -> set[str]:
    """The words in the names of a file and its folders: `store/assign_licenses.py` has `licenses`."""
    return {word for part in path.with_suffix("").parts for word in re.split(r"[^a-z0-9]+", part.lower())}


def files_of(noun: str, root: Path) -> Iterator[Path]:
    wanted = {noun, noun.removesuffix("s"), f"{noun}s"}
    for room in ROOMS:
        for path in (root / room).rglob("*"):
            short = path.relative_to(root)
            if path.is_file() and not SKIP & set(short.parts) and wanted & words_of(short):
                yield short


def first_line(path: Path) -> str:
    """The docstring's first line; of other files the first comment or heading."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            return (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
    except (UnicodeDecodeError, SyntaxError):
        return ""
    found = re.match(r"\s*(?:\{#|<!--|/\*|//|--|#)+-?\s*(.*?)\s*(?:#\}|-->|\*/|$)", text, re.MULTILINE)
    return found[1] if found else ""


def place(path: Path) -> tuple[int, int, str]:
    """Rooms from the ground up, then tests and the rest."""
    top = next(number for number, room in enumerate(ROOMS) if path.is_relative_to(room))
    room = path.parts[1]
    return top, ORDER.index(room) if room in ORDER else len(ORDER), str(path)


def main() -> int:
    noun = sys.argv[1].strip().lower() if len(sys.argv) > 1 else ""
    if not noun:
        print("Which noun? For example: make where NOUN=licenses", file=sys.stderr)
        return 2
    root = Path(__file__).resolve().parent.parent
    found = sorted(files_of(noun, root), key=place)
    width = max((len(str(path)) for path in found), default=0)
    for path in found:
        print(f"{path!s:{width}}  {first_line(root / path)}".rstrip())
    if not found:
        print(f"No file is named after {noun!r}.", file=sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
