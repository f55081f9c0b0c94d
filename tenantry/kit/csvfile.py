"""CSV in and out: bytes to rows with the line each begins on, rows to bytes that a spreadsheet opens safely."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tenantry.kit.errors import Kind, Refused

SEPARATORS = ",;\t"
MAX_BYTES = 16 * 1024 * 1024

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")

Cells = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """A refusal with a place: `line` is the physical line (from 1), `column` a heading or "" for the row.

    cells: the row as it stands, where it is the row that is wrong.
    """

    line: int
    column: str
    code: str
    params: dict[str, Any]
    cells: tuple[str, ...] = field(default=(), compare=False)


def read_rows(
    data: bytes | str,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    max_rows: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> tuple[list[str], Iterator[tuple[int, Cells | Fault]]]:
    """The headings, and lazily each row as (line it begins on, cells by heading).

    UTF-8 with or without BOM, or text that was decoded already; separated by comma, semicolon or tab. Headings match
    without regard to case and are given as `required` and `optional` spell them, others as the file does. Rows with
    nothing in them are passed over; one with too many or too few cells comes as a Fault("csv_cells", wanted, found).

    Raises Refused at once: csv_too_large(limit), csv_encoding(line), csv_binary(line), csv_malformed(line),
    csv_headings_missing(headings), csv_headings_repeated(headings); while rows are read:
    csv_malformed(line), csv_too_many_rows(limit).
    """
    if len(data) > max_bytes:
        raise Refused("csv_too_large", Kind.INVALID, limit=max_bytes)
    known = [*required, *optional]
    text = data if isinstance(data, str) else _decode(data)
    records = _records(text, separator_of(text, known))
    _, names = next(records, (1, []))
    headings = _headings(names, known)
    missing = [name for name in required if name not in headings]
    if missing:
        raise Refused("csv_headings_missing", Kind.INVALID, headings=missing)
    return headings, _rows(records, headings, max_rows)


def write_rows(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file: UTF-8 with BOM (so that spreadsheets see the encoding), commas, CRLF, formulas made harmless."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (headings, *rows):
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig", errors="replace")


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # positions are counted after a BOM, which holds no line end
        line = _line_of(error.object, error.start)
        raise Refused("csv_encoding", Kind.INVALID, line=line) from error
    if (position := data.find(b"\0")) >= 0:
        raise Refused("csv_binary", Kind.INVALID, line=_line_of(data, position))
    return text


def _line_of(data: bytes, position: int) -> int:
    return len(re.findall(rb"\r\n|\r|\n", data[:position])) + 1


def separator_of(text: str, known: Sequence[str]) -> str:
    """The separator by which the heading line has the most known headings, then the most cells.

    Not `csv.Sniffer`: it takes the comma of "Name;Price, DKK;Seats", and a hostile line keeps it for seconds.
    """
    line = io.StringIO(text, newline="").readline(10_000)
    wanted = {name.casefold() for name in known}

    def fitness(separator: str) -> tuple[int, int]:
        names = [name.strip().casefold() for name in next(csv.reader([line], delimiter=separator), [])]
        return len(wanted.intersection(names)), len(names)

    return max(SEPARATORS, key=fitness)


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the physical line it begins on; a strict reader, so a stray quote is found where it is."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise Refused("csv_malformed", Kind.INVALID, line=line) from error
        if record is None:
            return
        yield line, record


def _headings(names: Sequence[str], known: Sequence[str]) -> list[str]:
    spelling = {name.casefold(): name for name in known}
    headings = [spelling.get(name.strip().casefold(), name.strip()) for name in names]
    repeated = sorted({name for name in headings if name and headings.count(name) > 1})
    if repeated:
        raise Refused("csv_headings_repeated", Kind.INVALID, headings=repeated)
    return headings


def _rows(
    records: Iterator[tuple[int, list[str]]], headings: list[str], max_rows: int | None
) -> Iterator[tuple[int, Cells | Fault]]:
    count = 0
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if max_rows is not None and count > max_rows:
            raise Refused("csv_too_many_rows", Kind.INVALID, limit=max_rows)
        if len(cells) != len(headings):
            yield line, Fault(line, "", "csv_cells", {"wanted": len(headings), "found": len(cells)}, tuple(cells))
        else:
            yield line, dict(zip(headings, cells, strict=True))


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would compute gets an apostrophe; a plain number stays one."""
    if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
