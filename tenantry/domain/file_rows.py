"""Rows of an imported file, and the faults found in them: all of them, each with its line and column."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from tenantry.domain.text import control_character, is_control
from tenantry.kit.csvfile import Cells, Fault, read_rows
from tenantry.kit.errors import Kind, Refused

FAULT_LIMIT = 1000
SHOWN_LENGTH = 100
type_fixes = Mapping[int, Mapping[str, str]]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Parsed(Generic[T_co]):
    """What a file says. `faults` are the first thousand, `more` counts the rest; with any, save nothing."""

    value: T_co
    faults: tuple[Fault, ...] = ()
    more: int = 0

    def checked(self) -> T_co:
        """The value of a file without faults. Raises Refused("file_faults", count, faults, more)."""
        if self.faults:
            count = len(self.faults) + self.more
            raise Refused("file_faults", Kind.INVALID, count=count, faults=self.faults, more=self.more)
        return self.value


def is_guid(text: str) -> bool:
    """True for an id spelled 8-4-4-4-12; braces, bare digits and the like are no ids in a file."""
    return _GUID.fullmatch(text) is not None


class Rows:
    """The data rows of a CSV file: iterate once, then take `parsed(value)`.

    fixes: cells by line and heading, put in place of those of the file. fault_limit: how many faults are kept.
    Raises Refused for a file that is no CSV or lacks a required heading (see `kit.csvfile.read_rows`).
    """

    def __init__(
        self,
        data: bytes | str,
        required: Sequence[str],
        optional: Sequence[str] = (),
        *,
        fixes: type_fixes | None = None,
        fault_limit: int = FAULT_LIMIT,
    ) -> None:
        self.headings, self._records = read_rows(data, required=required, optional=optional)
        self.fixes = fixes or {}
        self.fault_limit = fault_limit
        self.faults: list[Fault] = []
        self.fault_count = 0
        self.seen: dict[tuple[object, ...], tuple[str, int]] = {}

    def __iter__(self) -> Iterator["Row"]:
        try:
            for line, found in self._records:
                cells = self._fixed(line, found)
                if isinstance(cells, Fault):
                    self.note(cells)
                else:
                    yield Row(self, line, cells)
        except Refused as refused:  # the rest cannot be read; what was found before is still told
            self.note(Fault(refused.params.get("line", 0), "", refused.code, refused.params))

    def _fixed(self, line: int, cells: Cells | Fault) -> Cells | Fault:
        """The row with its fixes; one with too many or too few cells is whole again when it has been typed anew."""
        fixes = self.fixes.get(line)
        if not fixes:
            return cells
        return dict(fixes) if isinstance(cells, Fault) else {**cells, **fixes}

    def note(self, fault: Fault) -> None:
        self.fault_count += 1
        if len(self.faults) < self.fault_limit:
            self.faults.append(fault)

    def parsed(self, value: T) -> Parsed[T]:
        return Parsed(value, tuple(self.faults), self.fault_count - len(self.faults))


class Row:
    """One row: reads its cells, and notes what is wrong with them."""

    def __init__(self, rows: "Rows", line: int, cells: Mapping[str, str]) -> None:
        self.line = line
        self.faulty = False
        self._rows = rows
        self._cells = cells

    def fault(self, column: str, code: str, **params: object) -> None:
        self.faulty = True
        shown = {name: _shown(value) for name, value in params.items()}
        self._rows.note(Fault(self.line, column, code, shown))

    def cell(self, column: str) -> str:
        """The cell without the blanks around it; empty if the file has no such column."""
        return self._cells.get(column, "").strip()

    def text(self, column: str, limit: int) -> str:
        text = self.cell(column)
        if position := control_character(text):
            self.fault(column, "text_control", position=position)
        elif len(text) > limit:
            self.fault(column, "text_long", length=len(text), limit=limit)
        return text

    def needed(self, column: str, limit: int) -> str:
        text = self.text(column, limit)
        if not text:
            self.fault(column, "text_missing")
        return text

    def guid(self, column: str) -> UUID | None:
        """The id in the cell, spelled 8-4-4-4-12; None, and a fault, if it is none."""
        text = self.needed(column, SHOWN_LENGTH)
        if text and not is_guid(text):
            self.fault(column, "guid_form", value=text)
        return UUID(text) if is_guid(text) else None

    def known(self, code: str, column: str, ids: Container[UUID]) -> UUID | None:
        """The id in the cell if it is one of `ids`; else None, and a fault."""
        id = self.guid(column)
        if id is None or id in ids:
            return id
        self.fault(column, code, value=str(id))
        return None

    def same(self, column: str, key: object, value: str) -> None:
        """A key has the same value in all its rows."""
        first, line = self._rows.seen.setdefault((column, key), (value, self.line))
        if first != value:
            self.fault(column, "row_differs", value=value, first=first, first_line=line)

    def once(self, column: str, *key: object, code: str = "row_repeated") -> None:
        """No two rows have this key."""
        _, line = self._rows.seen.setdefault(("once", *key), ("", self.line))
        if line != self.line:
            self.fault(column, code, value=self.cell(column), first_line=line)


def _shown(value: object) -> object:
    """A value fit to be repeated in a message: not too long, and harmless to a terminal."""
    if not isinstance(value, str):
        return value
    clipped = value if len(value) <= SHOWN_LENGTH else f"{value[:SHOWN_LENGTH]}…"
    return "".join("\ufffd" if is_control(one) else one for one in clipped)
