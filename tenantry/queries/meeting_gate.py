"""The gate of the meetings: whoever has a link finds its meeting, and nothing else of the organization."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg
from sqlalchemy import select

from tenantry.domain.editions import Feature, features_of
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.house import House
from tenantry.store import meeting_news
from tenantry.store.database import Database
from tenantry.store.editions import FEATURES
from tenantry.store.handles import handle_hash
from tenantry.store.tables import handles, meetings, tenants

LOST = (psycopg.Error, OSError)  # what is raised where nothing can be heard for now


@dataclass(frozen=True)
class Place:
    """Where a link leads. slug: the organization's address; ahead: how far its clock is ahead of the wall's."""

    tenant_id: UUID
    slug: str
    meeting_id: UUID
    organizer_id: UUID
    ahead: timedelta


async def find_meeting(db: Database, *, token: str) -> Place:
    """The meeting of a link. Raises Refused("meeting_missing") where there is none, or its organization is closed
    or of an edition without meetings.
    """
    mine = select(handles.c.tenant_id).where(handles.c.kind == "meeting", handles.c.hash == handle_hash(token))
    async with db.transaction() as tx:
        tenant_id = (await tx.execute(mine)).scalar_one_or_none()
    if tenant_id is None:
        raise Refused("meeting_missing", Kind.MISSING)
    found = (
        select(tenants.c.slug, tenants.c.test_clock, meetings.c.id, meetings.c.organizer_id, FEATURES)
        .join(meetings, meetings.c.tenant_id == tenants.c.tenant_id)
        .where(meetings.c.token == token, tenants.c.suspended_at.is_(None), tenants.c.deleted_at.is_(None))
    )
    async with db.transaction(tenant_id) as tx:
        row = (await tx.execute(found)).one_or_none()
    if row is None or Feature.MEETINGS not in features_of(row.features):
        raise Refused("meeting_missing", Kind.MISSING)
    return Place(tenant_id, row.slug, row.id, row.organizer_id, timedelta(seconds=row.test_clock or 0))


async def hear_meetings(house: House) -> AsyncIterator[UUID | None]:
    """The ids of meetings in which something changed; first of all None, as soon as it listens. Raises one of LOST."""
    async for meeting_id in meeting_news.listen(house.db):
        yield meeting_id
