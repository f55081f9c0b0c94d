"""The house's own log: what its operators did, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.operator_frame import operator_query
from tenantry.store.tables import house_operations


@dataclass(frozen=True)
class HouseOperation:
    """One command by one operator, or from the command line. `facts`: what it told (`words.deeds`)."""

    id: UUID
    command: str
    actor_name: str
    at: datetime
    subject: str
    facts: dict[str, Any]


@operator_query
async def list_house_operations(
    tx: AsyncConnection, operator: Operator, *, cursor: Cursor | None, limit: int
) -> Page[HouseOperation]:
    """A page of the log; ids are in the order of time."""
    backward, column = cursor is not None and cursor.backward, house_operations.c.id
    wanted = select(house_operations).order_by(column if backward else column.desc()).limit(limit + 1)
    if cursor is not None:
        wanted = wanted.where(column > cursor.id if backward else column < cursor.id)
    page = cut((await tx.execute(wanted)).all(), limit, cursor, lambda row: (b"", row.id))
    return Page(tuple(_row(row) for row in page.items), page.next, page.previous)


def _row(row: Any) -> HouseOperation:
    return HouseOperation(row.id, row.command, row.actor_name, row.at, row.subject, row.facts)
