"""Who administers a tenant: whose account is within reach, and that somebody is always left."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import REACH, Role, reaches
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.people import ACTIVE
from tenantry.store.tables import role_assignments, tenants, users


async def roles_of(tx: AsyncConnection, user_ids: Collection[UUID]) -> Mapping[UUID, frozenset[Role]]:
    """The roles of those of `user_ids` who have any."""
    held = select(role_assignments.c.user_id, func.array_agg(role_assignments.c.role))
    found = held.where(role_assignments.c.user_id == func.any(list(user_ids))).group_by(role_assignments.c.user_id)
    return {user_id: frozenset(Role(role) for role in roles) for user_id, roles in await tx.execute(found)}


async def require_reach(tx: AsyncConnection, viewer: Viewer, user_ids: Collection[UUID]) -> None:
    """Raises Refused("admin_out_of_reach", name=, roles=) for the first whose account the viewer may not manage."""
    out = [one for one, theirs in (await roles_of(tx, user_ids)).items() if not reaches(viewer.roles, theirs)]
    if out:
        first = select(users.c.display_name).where(users.c.id == func.any(out)).order_by(users.c.sort_en_nl).limit(1)
        name = (await tx.execute(first)).scalar_one()
        raise Refused("admin_out_of_reach", Kind.DENIED, name=name, roles=(Role.GLOBAL.value,))


def out_of_reach(viewer: Viewer) -> ColumnElement[bool]:
    """What `require_reach` refuses, as a condition: they have a role beyond those that `viewer` reaches."""
    reached = [REACH[role] for role in viewer.roles if role in REACH] or [frozenset[Role]()]
    return and_(*(_has_role_beyond(reach) for reach in reached))


def _has_role_beyond(reach: frozenset[Role]) -> ColumnElement[bool]:
    same = and_(role_assignments.c.tenant_id == users.c.tenant_id, role_assignments.c.user_id == users.c.id)
    return exists().where(same, role_assignments.c.role.not_in([role.value for role in reach]))


async def lock_admins(tx: AsyncConnection) -> None:
    """One change of admins at a time: two who remove each other must not both succeed. Taken before the change."""
    await tx.execute(select(tenants.c.tenant_id).with_for_update())


async def require_global_admin(tx: AsyncConnection) -> None:
    """Raises Refused("last_global_admin") if the change (see `lock_admins`) left nobody who can do all."""
    somebody = (
        select(users.c.id)
        .join(role_assignments, role_assignments.c.user_id == users.c.id)
        .where(ACTIVE, users.c.blocked_at.is_(None), users.c.account_id.is_not(None))
        .where(role_assignments.c.role == Role.GLOBAL.value)
        .limit(1)
    )
    if (await tx.execute(somebody)).first() is None:
        raise Refused("last_global_admin", Kind.CONFLICT)
