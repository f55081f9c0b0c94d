"""What people keep for themselves about notices: how far they have read, and which they want by mail."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert

from tenantry.domain.notices import NoticeKind
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.store.database import Database
from tenantry.store.tables import notices_seen, users


async def mark_seen(db: Database, viewer: Viewer, *, until: UUID) -> None:
    """Marks the notice `until` and all before it as seen by the viewer; what was seen stays so."""
    viewer.require(Permission.HOME_READ)
    if viewer.user_id is None:
        return
    row = insert(notices_seen).values(tenant_id=viewer.tenant_id, user_id=viewer.user_id, until=until)
    furthest = {"until": func.greatest(notices_seen.c.until, row.excluded.until)}
    async with db.transaction(viewer.tenant_id) as tx:
        await tx.execute(row.on_conflict_do_update(index_elements=["tenant_id", "user_id"], set_=furthest))


async def choose_mailed(
    db: Database, viewer: Viewer, *, offered: Collection[NoticeKind], mailed: Collection[NoticeKind]
) -> None:
    """Of the kinds that were `offered`, those of `mailed` come by mail from now on; choices about others stay."""
    viewer.require(Permission.HOME_READ)
    mine, off = users.c.id == viewer.user_id, sorted(set(offered) - set(mailed))
    async with db.transaction(viewer.tenant_id) as tx:
        kept = await tx.scalar(users.select().with_only_columns(users.c.unmailed).where(mine).with_for_update())
        others = [kind for kind in kept or () if kind not in offered]
        await tx.execute(update(users).where(mine).values(unmailed=[*others, *off]))
