"""The operator's access to a tenant's people: opened for a reason and a few hours, ended by either side at once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.operators import Operator
from tenantry.domain.roles import Permission
from tenantry.domain.text import checked_line
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.store.notices import end_notice, raise_notice
from tenantry.store.support_access import end_access, find_open, put_access
from tenantry.store.tables import tenants

OPENED = NoticeKind.SUPPORT_OPENED
LEVELS = ("look", "change")
HOURS = 8
REASON_LIMIT = 300


@operator_command
async def open_support_access(
    tx: Tx, operator: Operator, *, tenant_id: UUID, reason: str, level: str, hours: int, now: datetime
) -> UUID:
    """Lets the operator's account into a tenant until `now + hours`. Returns the access's id.

    level: "look" with the rights of a global reader, "change" with those of a global admin.
    Raises Refused: "text_missing", "text_long", "text_control" (reason), "support_level_unknown",
    "support_hours_invalid", "support_needs_account", "tenant_missing", "tenant_deleted", "support_not_allowed",
    "support_is_open".
    """
    reason = _checked(reason, level, hours)
    if operator.account_id is None:
        raise Refused("support_needs_account", Kind.DENIED)
    tenant = (await tx.db.execute(select(tenants).with_for_update())).one_or_none()
    if tenant is None:
        raise Refused("tenant_missing", Kind.MISSING, slug=str(tenant_id))
    if tenant.deleted_at is not None:
        raise Refused("tenant_deleted", Kind.CONFLICT, name=tenant.name)
    if not tenant.allow_support:
        raise Refused("support_not_allowed", Kind.CONFLICT, name=tenant.name)
    if await find_open(tx.db, operator.account_id, now):
        raise Refused("support_is_open", Kind.CONFLICT, name=tenant.name)
    access_id, ends_at = new_id(), now + timedelta(hours=hours)
    row = {"tenant_id": tenant_id, "id": access_id, "account_id": operator.account_id, "name": operator.name}
    await put_access(tx.db, row | {"reason": reason, "level": level, "started_at": now, "ends_at": ends_at})
    about = {"name": operator.name, "reason": reason, "ends_at": ends_at}
    await raise_notice(tx.db, OPENED, AUDIENCE[OPENED], access_id, about, now)
    tx.tell(tenant.name, reason=reason, level=level, hours=hours)
    return access_id


def _checked(reason: str, level: str, hours: int) -> str:
    reason = checked_line(reason, field="reason", limit=REASON_LIMIT)
    if level not in LEVELS:
        raise Refused("support_level_unknown", Kind.INVALID, field="level")
    if hours not in range(1, HOURS + 1):
        raise Refused("support_hours_invalid", Kind.INVALID, field="hours", limit=HOURS)
    return reason


@command(Permission.ORGANIZATION_CHANGE)
async def end_support_access(tx: Tx, viewer: Viewer, *, access_id: UUID, now: datetime) -> bool:
    """Ends an access by the tenant's own admins: the operator's next click finds nothing.

    Returns False, and nothing is told, where it had ended before.
    """
    ended = await end_access(tx.db, access_id, viewer.name, now)
    if ended is not None:
        await end_notice(tx.db, OPENED, access_id, now)
        tx.tell(ended.name, reason=ended.reason)
    return ended is not None


@operator_command
async def leave_support_access(tx: Tx, operator: Operator, *, tenant_id: UUID, now: datetime) -> bool:
    """Ends the operator's own access to a tenant. Returns False where none was running."""
    running = await find_open(tx.db, operator.account_id, now) if operator.account_id else None
    if running is None:
        return False
    await end_access(tx.db, running.id, operator.name, now)
    await end_notice(tx.db, OPENED, running.id, now)
    name = (await tx.db.execute(select(tenants.c.name))).scalar_one()
    tx.tell(name, reason=running.reason)
    return True
