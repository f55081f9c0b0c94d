"""Who is an admin of what: roles assigned and removed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert as insert_new

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission, Role
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.admins import lock_admins, require_global_admin
from tenantry.store.people import ACTIVE
from tenantry.store.tables import role_assignments, users

type_changes = dict[Role, list[UUID]]


@dataclass(frozen=True)
class RolesChanged:
    """How many people have other roles now, and the operation that made it so."""

    changed: int
    operation_id: UUID


@command(Permission.ROLE_ASSIGN)
async def change_roles(
    tx: Tx,
    viewer: Viewer,
    *,
    user_ids: tuple[UUID, ...],
    now: datetime,
    give: frozenset[Role] = frozenset(),
    take: frozenset[Role] = frozenset(),
) -> RolesChanged:
    """Each of `user_ids` gets the roles of `give` and loses those of `take`; what others changed meanwhile stays.

    Guests may be admins, but not global ones: their account is not this tenant's to keep safe. Who cannot sign in
    may have roles, which do nothing until they can.
    Raises Refused: "nobody_selected", "people_gone", "guest_not_global" (name), "last_global_admin".
    """
    await lock_admins(tx.db)
    names = await _names(tx, user_ids, guests=Role.GLOBAL not in give)
    given = await _give(tx, viewer.tenant_id, names, give - take)
    taken = await _take(tx, names, take)
    if Role.GLOBAL in taken:
        await require_global_admin(tx.db)
    changed = {user_id for some in (*given.values(), *taken.values()) for user_id in some}
    if changed:
        subject = names[min(changed)] if len(changed) == 1 else str(len(changed))
        facts = {"roles_given": sorted(given), "roles_taken": sorted(taken), "changed": len(changed)}
        tx.tell(subject, people=sorted(changed), **facts)
    return RolesChanged(len(changed), tx.operation_id)


async def _names(tx: Tx, user_ids: tuple[UUID, ...], *, guests: bool) -> dict[UUID, str]:
    """The people by id, all of them here."""
    if not user_ids:
        raise Refused("nobody_selected", Kind.INVALID)
    wanted = select(users.c.id, users.c.display_name, users.c.kind).where(
        ACTIVE, users.c.id == func.any(list(user_ids))
    )
    rows = (await tx.db.execute(wanted.order_by(users.c.sort_en_nl))).all()
    if len(rows) < len(set(user_ids)):
        raise Refused("people_gone" if rows else "user_missing", Kind.CONFLICT if rows else Kind.MISSING)
    barred = [row.display_name for row in rows if row.kind == "guest" and not guests]
    if barred:
        raise Refused("guest_not_global", Kind.CONFLICT, name=barred[0])
    return {row.id: row.display_name for row in rows}


async def _give(tx: Tx, tenant_id: UUID, user_ids: Collection[UUID], roles: frozenset[Role]) -> type_changes:
    """Who got which of `roles`."""
    rows = [{"tenant_id": tenant_id, "user_id": one, "role": role.value} for one in user_ids for role in roles]
    if not rows:
        return {}
    put = insert_new(role_assignments).values(rows).on_conflict_do_nothing()
    return _by_role(await tx.db.execute(put.returning(role_assignments.c.user_id, role_assignments.c.role)))


async def _take(tx: Tx, user_ids: Collection[UUID], roles: frozenset[Role]) -> type_changes:
    """Who lost which of `roles`."""
    theirs = and_(role_assignments.c.user_id == func.any(list(user_ids)), role_assignments.c.role.in_(roles))
    gone = delete(role_assignments).where(theirs)
    return _by_role(await tx.db.execute(gone.returning(role_assignments.c.user_id, role_assignments.c.role)))


def _by_role(rows: Iterable[Any]) -> type_changes:
    found: type_changes = defaultdict(list)
    for user_id, role in rows:
        found[Role(role)].append(user_id)
    return found
