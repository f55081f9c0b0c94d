"""People kept out, and let in again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, literal, not_, or_, select, update

from tenantry.commands.frame import TOLD, Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.admins import lock_admins, out_of_reach, require_global_admin, require_reach
from tenantry.store.own_accounts import sign_out
from tenantry.store.people import ids_of_few, selected
from tenantry.store.tables import users


@dataclass(frozen=True)
class Blocked:
    """How many people are blocked, or are no longer."""

    changed: int
    operation_id: UUID


@command(Permission.USER_BLOCK)
async def block_people(
    tx: Tx, viewer: Viewer, *, selection: Selection, blocked: bool, now: datetime, expected: int | None = None
) -> Blocked:
    """Keeps those of `selection` out whom the viewer may block, or lets them in again. The gate asks the row: at once.

    Their sessions end; seats, licenses and data stay. Oneself, and admins out of reach, are left as they are.
    expected: how many a preview promised. Raises Refused: "nobody_selected", "forecast_stale", "last_global_admin";
    "own_block" or "admin_out_of_reach" where that holds for all of them.
    """
    await lock_admins(tx.db)
    oneself = users.c.id == literal(viewer.user_id, users.c.id.type)
    staying = or_(oneself.is_(True), out_of_reach(viewer))
    other = users.c.blocked_at.is_(None) if blocked else users.c.blocked_at.is_not(None)
    changing = and_(selected(selection), not_(staying), other)
    counts = (func.count(), func.count().filter(staying), func.min(users.c.display_name).filter(other, not_(staying)))
    count, stay, name = (await tx.db.execute(select(*counts).where(selected(selection)))).one()
    if not count:
        raise Refused("nobody_selected", Kind.MISSING)
    if stay == count:
        await _refuse(tx, viewer, selection)
    about = await ids_of_few(tx.db, changing, TOLD)
    if blocked:
        await sign_out(tx.db, changing)
    moved = update(users).where(changing).values(blocked_at=now if blocked else None)
    changed = (await tx.db.execute(moved)).rowcount
    if expected not in (None, changed):
        raise Refused("forecast_stale", Kind.CONFLICT)
    if blocked:
        await require_global_admin(tx.db)
    if changed:
        tx.tell(name if changed == 1 else str(changed), about, changed=changed, blocked=blocked)
    return Blocked(changed, tx.operation_id)


async def _refuse(tx: Tx, viewer: Viewer, selection: Selection) -> None:
    """Says why nobody of the selection can be blocked or unblocked."""
    ids = await ids_of_few(tx.db, selected(selection), TOLD)
    await require_reach(tx.db, viewer, [one for one in ids if one != viewer.user_id])
    raise Refused("own_block", Kind.CONFLICT)
