"""Catalog rows into their tables, as sets: one statement per table, and a count of what was new and what differed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, update
from sqlalchemy import select as select_from
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import bindparam, text

from tenantry.store.tables import catalog_version


@dataclass(frozen=True)
class Count:
    """Rows of a file against the rows there were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged)

    @property
    def nothing(self) -> bool:
        return not self.added and not self.changed


async def lock_catalog(tx: AsyncConnection) -> None:
    """One import at a time; readers are not kept waiting."""
    await tx.execute(select_from(catalog_version.c.version).with_for_update())


async def move_version(tx: AsyncConnection) -> None:
    """Makes every process read the catalog anew."""
    await tx.execute(update(catalog_version).values(version=catalog_version.c.version + 1))


async def put(tx: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Count:
    """Adds the rows whose key is new and mends those that differ in `columns`; others are not touched.

    `columns` begin with the table's key; every row is as long as they are.
    """
    listed = list(rows)
    if not listed:
        return Count()
    wanted = [table.c[name] for name in columns]
    arrays = {column.name: list(values) for column, values in zip(wanted, zip(*listed, strict=True), strict=True)}
    bound = [bindparam(column.name, type_=ARRAY(column.type)) for column in wanted]
    done = (await tx.execute(text(_upsert(table, wanted)).bindparams(*bound), arrays)).one()
    return Count(done.added, done.changed, len(listed) - done.added - done.changed)


def _upsert(table: Table, columns: list[Column[Any]]) -> str:
    names = ", ".join(column.name for column in columns)
    given = ", ".join(f":{column.name}" for column in columns)
    key = ", ".join(column.name for column in table.primary_key)
    facts = [column.name for column in columns if not column.primary_key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in facts)
    differs = " OR ".join(f"{table.name}.{name} IS DISTINCT FROM excluded.{name}" for name in facts)
    otherwise = f"UPDATE SET {changes} WHERE {differs}" if facts else "NOTHING"
    return f"""
        WITH put AS (
            INSERT INTO {table.name} ({names}) SELECT * FROM unnest({given})
            ON CONFLICT ({key}) DO {otherwise} RETURNING old IS NULL AS is_new
        )
        SELECT count(*) FILTER (WHERE is_new) AS added, count(*) FILTER (WHERE NOT is_new) AS changed FROM put
    """  # noqa: S608 - names of our own tables and columns
