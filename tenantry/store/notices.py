"""Notices: raised, brought up to date and ended as sets. Of a kind and a subject at most one is open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Text, Uuid, bindparam, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.store.tables import notices


@dataclass(frozen=True)
class Notice:
    """What somebody should know of. Whoever has `permission` in the tenant sees it and gets a letter.

    kind: one of `domain.notices.NoticeKind`; subject_id: of the row that it is about, where its link leads.
    params: the places of its sentences in `words.notices.NOTICES`; moments and money as they are.
    """

    tenant_id: UUID
    kind: str
    permission: str
    subject_id: UUID
    params: Mapping[str, Any]


_RAISE = text("""
    INSERT INTO notices (tenant_id, kind, permission, subject_id, params, at)
    SELECT tenant_id, kind, permission, subject_id, params, :now
    FROM unnest(:tenants, :kinds, :permissions, :subjects, :params)
        AS raised (tenant_id, kind, permission, subject_id, params)
    ON CONFLICT (tenant_id, kind, subject_id) WHERE ended_at IS NULL DO UPDATE SET params = excluded.params
""").bindparams(
    bindparam("tenants", type_=ARRAY(Uuid)),
    bindparam("subjects", type_=ARRAY(Uuid)),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("kinds", "permissions")),
    bindparam("params", type_=ARRAY(JSONB)),
)


async def raise_notices(tx: AsyncConnection, raised: Iterable[Notice], now: datetime) -> None:
    """Opens notices in one statement. What is open already keeps its place and its letter, and gets the new params."""
    rows = list({(one.tenant_id, one.kind, one.subject_id): one for one in raised}.values())
    if not rows:
        return
    facts = {
        "tenants": [one.tenant_id for one in rows],
        "kinds": [one.kind for one in rows],
        "permissions": [one.permission for one in rows],
        "subjects": [one.subject_id for one in rows],
        "params": [msgspec.to_builtins(dict(one.params)) for one in rows],
    }
    await tx.execute(_RAISE, facts | {"now": now})


async def end_notices(
    tx: AsyncConnection, kinds: Collection[str], subject_ids: Collection[UUID], now: datetime
) -> None:
    """Ends the open notices of these kinds about these subjects, in one statement; without any, nothing happens."""
    c = notices.c
    about = c.kind.in_(sorted(kinds)), c.subject_id == func.any(cast(list(subject_ids), ARRAY(Uuid)))
    await tx.execute(update(notices).where(*about, c.ended_at.is_(None)).values(ended_at=now))


async def raise_notice(
    tx: AsyncConnection, kind: str, permission: str, subject_id: UUID, params: Mapping[str, Any], now: datetime
) -> None:
    """One notice in the tenant that `tx` is fenced to (`raise_notices`)."""
    tenant_id = (await tx.execute(select(cast(func.current_setting("app.tenant"), Uuid)))).scalar_one()
    await raise_notices(tx, [Notice(tenant_id, kind, permission, subject_id, params)], now)


async def end_notice(tx: AsyncConnection, kind: str, subject_id: UUID, now: datetime) -> None:
    """Ends one, if it is open."""
    await end_notices(tx, [kind], [subject_id], now)
