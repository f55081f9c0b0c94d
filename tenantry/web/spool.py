"""A CSV file of any length: written row by row to disk, then sent piece by piece, so that memory stays small."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Generic, TypeVar

from litestar.response import Stream

from tenantry.kit.csvfile import write_rows

T = TypeVar("T")
IN_MEMORY = 1024 * 1024
PIECE = 64 * 1024
BOM = b"\xef\xbb\xbf"


class Spool(Generic[T]):
    """A file of `headings` and of what `take` is given, each row made of one item by `cells`."""

    def __init__(self, headings: Sequence[str], cells: Callable[[T], Sequence[str]]) -> None:
        self.file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by the answer
        self.file.write(write_rows(headings, ()))
        self.cells = cells

    def take(self, items: Iterable[T]) -> None:
        rows = [self.cells(item) for item in items]
        if rows:
            self.file.write(write_rows(rows[0], rows[1:]).removeprefix(BOM))

    def answer(self, name: str) -> Stream:
        """The file as a download called `name`."""
        size = self.file.tell()
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "Content-Length": str(size),
        }
        return Stream(self._pieces(), media_type="text/csv; charset=utf-8", headers=headers)

    def _pieces(self) -> Iterator[bytes]:
        with self.file as file:
            file.seek(0)
            while piece := file.read(PIECE):
                yield piece
