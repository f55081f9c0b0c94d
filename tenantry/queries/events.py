"""Events for the vendor's app: what waits in which tenants, and the operator's list of them, which names nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.house import House
from tenantry.queries.operator_frame import operator_query
from tenantry.store.tables import outbox, tenants

_WAITS = outbox.c.sent_at.is_(None) & outbox.c.given_up_at.is_(None)
_GIVEN_UP = outbox.c.sent_at.is_(None) & outbox.c.given_up_at.is_not(None)
_STATE: ColumnElement[str] = case((outbox.c.sent_at.is_not(None), "sent"), (_GIVEN_UP, "failed"), else_="waiting")


async def tenants_to_tell(house: House, *, now: datetime) -> tuple[UUID, ...]:
    """The tenants with an event that is to be tried by now (`commands.send_events.take_events`)."""
    due = _WAITS, or_(outbox.c.next_at.is_(None), outbox.c.next_at <= now)
    return await _tenants(house, *due)


async def tenants_given_up(house: House) -> tuple[UUID, ...]:
    """The tenants with an event that was given up (`commands.retry_work.retry_events`)."""
    return await _tenants(house, _GIVEN_UP)


async def _tenants(house: House, *which: ColumnElement[bool]) -> tuple[UUID, ...]:
    wanted = select(outbox.c.tenant_id).where(*which).distinct().order_by(outbox.c.tenant_id)
    async with house.jobs.transaction() as tx:
        return tuple((await tx.execute(wanted)).scalars())


@dataclass(frozen=True)
class EventRow:
    """An event. state: "waiting", "failed" or "sent"; answer: to the newest try; next_at: of the next, if it waits."""

    tenant_id: UUID
    id: UUID
    tenant: str
    kind: str
    state: str
    tries: int
    answer: str | None
    at: datetime
    next_at: datetime | None


@dataclass(frozen=True)
class Events:
    """A page of events, and how many there are in each state."""

    page: Page[EventRow]
    counts: dict[str, int]


@operator_query
async def list_events(
    tx: AsyncConnection, operator: Operator, *, state: str, cursor: Cursor | None, limit: int
) -> Events:
    """Events of all tenants, newest first, in two statements. state: "", "waiting", "failed" or "sent"."""
    counted = select(_STATE, func.count()).group_by(_STATE)
    counts = {row[0]: row[1] for row in await tx.execute(counted)}
    backward, c = cursor is not None and cursor.backward, outbox.c
    wanted = select(outbox, tenants.c.name, _STATE.label("state")).join(tenants, tenants.c.tenant_id == c.tenant_id)
    wanted = wanted.order_by(c.id if backward else c.id.desc()).limit(limit + 1)
    if state:
        wanted = wanted.where(_STATE.in_([state]))
    if cursor is not None:
        wanted = wanted.where(c.id > cursor.id if backward else c.id < cursor.id)
    page = cut((await tx.execute(wanted)).all(), limit, cursor, lambda row: (b"", row.id))
    return Events(Page(tuple(_event(row) for row in page.items), page.next, page.previous), counts)


def _event(row: Any) -> EventRow:
    next_at = row.next_at if row.state == "waiting" else None
    return EventRow(row.tenant_id, row.id, row.name, row.kind, row.state, row.tries, row.answer, row.at, next_at)
