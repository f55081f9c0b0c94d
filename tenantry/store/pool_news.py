"""What people are told of a pool that is short: admins by notices, those who lose service or get it back by mail."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, DateTime, Row, Uuid, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.notices import NoticeKind
from tenantry.domain.roles import Permission
from tenantry.domain.seat_conflicts import Conflict
from tenantry.store.notices import Notice, end_notices, raise_notices
from tenantry.store.tables import products, seat_pools

AHEAD = timedelta(days=14)  # so long before a deadline people are told of it
_KINDS = (NoticeKind.CONFLICT, NoticeKind.CONFLICT_DEADLINE, NoticeKind.SERVICE_CUT)


@dataclass(frozen=True)
class Turn:
    """A license that lost its service, or got it back."""

    sku_id: UUID
    user_id: UUID
    lost: bool


async def tell_admins(
    tx: AsyncConnection, conflicts: Mapping[UUID, Conflict], ended: Iterable[UUID], now: datetime
) -> None:
    """Brings the notices of these pools up to date: what is the matter is told once, what is over is ended."""
    named = select(seat_pools.c.tenant_id, products.c.sku_id, products.c.name).join(seat_pools)
    rows = await tx.execute(named.where(products.c.sku_id == func.any(list(conflicts)))) if conflicts else ()
    raised = [one for row in rows for one in _notices(row, conflicts[row.sku_id], now)]
    still = {(one.kind, one.subject_id) for one in raised}
    await raise_notices(tx, raised, now)
    for kind in _KINDS:
        over = [sku_id for sku_id in {*conflicts, *ended} if (kind, sku_id) not in still]
        if over:
            await end_notices(tx, [kind], over, now)


def _notices(product: Row[Any, Any, Any], conflict: Conflict, now: datetime) -> Iterator[Notice]:
    for kind, places in _told(conflict, now).items():
        params = {"product": product.name, **places}
        yield Notice(product.tenant_id, kind, Permission.LICENSE_READ.value, product.sku_id, params)


def _told(conflict: Conflict, now: datetime) -> dict[NoticeKind, dict[str, object]]:
    """What there is to say of a conflict at `now`, with the places of its sentences."""
    told: dict[NoticeKind, dict[str, object]] = {NoticeKind.CONFLICT: {"short": conflict.short}}
    if conflict.deadline is not None and conflict.deadline <= now + AHEAD:
        told[NoticeKind.CONFLICT_DEADLINE] = {"short": conflict.short, "deadline_at": conflict.deadline}
    if conflict.cut:
        told[NoticeKind.SERVICE_CUT] = {"cut": conflict.cut}
    return told


# Without a job for each, as thousands may lose service at once: the timetable takes up what lies unsent
# (`commands.send_letters.take_up_letters`). A sandbox is ahead of the wall clock, which letters go by.
_WRITE = text("""
    INSERT INTO letters (kind, recipient, language, params, made_at)
    SELECT CASE WHEN lost THEN 'service_lost' ELSE 'service_back' END, accounts.email,
        coalesce(accounts.language, tenants.language),
        jsonb_build_object('product', products.name, 'organization', tenants.name), 
        :now - make_interval(secs => coalesce(tenants.test_clock, 0))
    FROM unnest(:skus, :people, :lost) AS turns (sku_id, user_id, lost)
    JOIN products ON products.sku_id = turns.sku_id
    JOIN users ON users.id = turns.user_id AND users.deleted_at IS NULL AND users.blocked_at IS NULL
    JOIN tenants ON tenants.tenant_id = users.tenant_id
    JOIN accounts ON accounts.id = users.account_id AND accounts.closed_at IS NULL
""").bindparams(
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("skus", type_=ARRAY(Uuid)),
    bindparam("people", type_=ARRAY(Uuid)),
    bindparam("lost", type_=ARRAY(Boolean)),
)


async def tell_people(tx: AsyncConnection, turns: Iterable[Turn], now: datetime) -> None:
    """Mails those who lost service or got it back. One statement."""
    told = list(turns)
    if told:
        skus, people, lost = zip(*((turn.sku_id, turn.user_id, turn.lost) for turn in told), strict=True)
        await tx.execute(_WRITE, {"skus": list(skus), "people": list(people), "lost": list(lost), "now": now})
