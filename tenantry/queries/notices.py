"""Notices, seen: what is open, what is over, and what one wants by mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.frame import query
from tenantry.store.tables import notices, notices_seen, users

MOST_OPEN = 200


@dataclass(frozen=True)
class NoticeRow:
    """A notice. seen: whether the viewer marked it, or a newer one, as seen."""

    id: UUID
    kind: str
    subject_id: UUID
    params: dict[str, Any]
    at: datetime
    ended_at: datetime | None
    seen: bool


@dataclass(frozen=True)
class Notices:
    """What is open, the newest first and at most `MOST_OPEN`; and a page of what is over."""

    open: tuple[NoticeRow, ...]
    ended: Page[NoticeRow]

    @property
    def newest_unseen(self) -> UUID | None:
        """The id up to which everything is to be marked as seen; None if nothing is new."""
        return next((row.id for row in self.open if not row.seen), None)


@query(Permission.HOME_READ)
async def list_notices(tx: AsyncConnection, viewer: Viewer, *, cursor: Cursor | None, limit: int) -> Notices:
    """The notices whose permission the viewer has. Two statements."""
    c, backward = notices.c, cursor is not None and cursor.backward
    newest = _theirs(viewer).where(c.ended_at.is_(None)).order_by(c.id.desc()).limit(MOST_OPEN)
    over = _theirs(viewer).where(c.ended_at.is_not(None))
    if cursor is not None:
        over = over.where(c.id > cursor.id if backward else c.id < cursor.id)
    over = over.order_by(c.id if backward else c.id.desc()).limit(limit + 1)
    ended = cut(_rows((await tx.execute(over)).all()), limit, cursor, lambda row: (b"", row.id))
    return Notices(_rows((await tx.execute(newest)).all()), ended)


def _theirs(viewer: Viewer) -> Select[Any]:
    c = notices.c
    until = select(notices_seen.c.until).where(notices_seen.c.user_id == viewer.user_id).scalar_subquery()
    facts = (c.id, c.kind, c.subject_id, c.params, c.at, c.ended_at, (c.id <= until).label("seen"))
    return select(*facts).where(c.permission.in_(sorted(viewer.permissions)))


def _rows(found: Sequence[Any]) -> tuple[NoticeRow, ...]:
    return tuple(NoticeRow(**{**row._mapping, "seen": bool(row.seen)}) for row in found)


@dataclass(frozen=True)
class MailChoice:
    """A kind of notices that one may see, and whether it comes by mail too."""

    kind: NoticeKind
    mailed: bool


@query(Permission.HOME_READ)
async def read_mail_choices(tx: AsyncConnection, viewer: Viewer) -> tuple[MailChoice, ...]:
    """The kinds that the viewer's roles let them see; nothing for the operator, who is none of the tenant's people."""
    unmailed = (await tx.execute(select(users.c.unmailed).where(users.c.id == viewer.user_id))).scalar_one_or_none()
    if unmailed is None:
        return ()
    return tuple(MailChoice(kind, kind not in unmailed) for kind, right in AUDIENCE.items() if viewer.can(right))
