"""Drafts of people to add: one file each, kept for a day after it was last changed."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.people_drafts import PeopleDraft
from tenantry.store.files import PART
from tenantry.store.tables import file_parts, files

LASTS = timedelta(days=1)
KIND = "application/vnd.tenantry.people-draft"


async def save_draft(tx: AsyncConnection, tenant_id: UUID, draft_id: UUID, draft: PeopleDraft, now: datetime) -> None:
    """Writes the draft, new or in place of what it was."""
    facts = {"name": "people", "media_type": KIND, "made_at": now, "expires_at": now + LASTS}
    row = insert(files).values(tenant_id=tenant_id, id=draft_id, **facts)
    kept = row.on_conflict_do_update(index_elements=["tenant_id", "id"], set_={"expires_at": now + LASTS})
    await tx.execute(kept)
    await tx.execute(delete(file_parts).where(file_parts.c.file_id == draft_id))
    packed = msgspec.msgpack.encode(draft)
    part = {"tenant_id": tenant_id, "file_id": draft_id}
    cuts = range(0, len(packed), PART)
    await tx.execute(insert(file_parts), [{**part, "number": n, "content": packed[n : n + PART]} for n in cuts])


async def load_draft(tx: AsyncConnection, draft_id: UUID, actor_id: UUID | None, now: datetime) -> PeopleDraft | None:
    """The draft as it stands; None if there is none, or not one of `actor_id`."""
    content = func.string_agg(file_parts.c.content, aggregate_order_by(literal(b""), file_parts.c.number))
    mine = (files.c.id == draft_id) & (files.c.media_type == KIND) & (files.c.expires_at > now)
    stored = select(content).join(files, files.c.id == file_parts.c.file_id).where(mine)
    packed = (await tx.execute(stored)).scalar()
    draft = msgspec.msgpack.decode(packed, type=PeopleDraft) if packed else None
    return draft if draft and draft.actor_id == actor_id else None
