"""Everything a tenant has, as tables: what an export is made of (`queries/export_parts.py` says which tables)."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog
from tenantry.domain.subscriptions import Seats
from tenantry.store.catalog import load_catalog
from tenantry.store.subscriptions import read_pools
from tenantry.words.speech import Speech, speech

BATCH = 1000  # rows that are in memory at once


@dataclass(frozen=True)
class Reader:
    """Whom an export is made for, and what its rows are explained by: the catalog, and the seats of each product."""

    speech: Speech
    catalog: Catalog
    seats: Mapping[UUID, Seats]


type_value = Callable[[Any, Reader], Any]  # (row, reader) -> what programs read
type_cell = Callable[[Any, Reader], str]  # (row, reader) -> what people read


@dataclass(frozen=True)
class Column:
    """One column of a part. Without a heading it is for programs only, without a name for people only.

    name: its name in JSON, which never changes. heading: its name in CSV, translated when it is written.
    value: what JSON holds, if it is not the row's attribute `name`. cell: what CSV holds, if it is not plainly that.
    """

    name: str
    heading: str = ""
    value: type_value | None = None
    cell: type_cell | None = None

    def of(self, row: Any, reader: Reader) -> Any:
        """What JSON holds: plain data, times in UTC."""
        value = self.value(row, reader) if self.value else getattr(row, self.name)
        return value.astimezone(UTC) if isinstance(value, datetime) else value

    def text(self, row: Any, reader: Reader) -> str:
        """What CSV holds."""
        return self.cell(row, reader) if self.cell else plain(self.of(row, reader), reader.speech)


def plain(value: Any, speech: Speech) -> str:
    """A value as a cell: times in UTC, several things one after the other."""
    match value:
        case None:
            return ""
        case bool():
            return speech.say("Yes") if value else speech.say("No")
        case datetime():
            return value.isoformat(timespec="seconds")
        case list() | tuple():
            return "; ".join(plain(one, speech) for one in value)
        case _:
            return str(value)


@dataclass(frozen=True)
class Part:
    """One table of an export. name: of its files, for ever. about: what is in it, in words.

    rows: without an order; key: columns of theirs by which every row is another one, and is found by an index.
    """

    name: str
    about: str
    rows: Select[Any]
    key: tuple[ColumnElement[Any], ...]
    columns: tuple[Column, ...]


async def read_reader(tx: AsyncConnection, language: str, now: datetime) -> Reader:
    """What rows are explained by, read once for all parts."""
    return Reader(speech(language), await load_catalog(tx), await read_pools(tx, now))


async def batches(tx: AsyncConnection, part: Part, now: datetime) -> AsyncIterator[Sequence[Row[Any]]]:
    """All rows of a part in the order of its key, some thousand at a time."""
    first = part.rows.order_by(*part.key).limit(BATCH)
    rows = (await tx.execute(first, {"now": now})).all()
    while rows:
        yield rows
        if len(rows) < BATCH:
            return
        last = [literal(getattr(rows[-1], column.name), column.type) for column in part.key]
        # The first condition says nothing new, but tells the planner where to begin where the key is of two tables.
        beyond = first.where(part.key[0] >= last[0], tuple_(*part.key) > tuple_(*last))
        rows = (await tx.execute(beyond, {"now": now})).all()


async def count_rows(tx: AsyncConnection, parts: Sequence[Part], now: datetime) -> Mapping[str, int]:
    """How many rows each part has, by its name, in one statement."""
    counts = [
        select(func.count()).select_from(part.rows.subquery()).scalar_subquery().label(part.name) for part in parts
    ]
    return dict((await tx.execute(select(*counts), {"now": now})).one()._mapping)
