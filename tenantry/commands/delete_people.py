"""People deleted, and purged when nobody has restored them in thirty days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import TOLD, Tx, command
from tenantry.domain.leaving import KEPT, LEAVE, sort_out
from tenantry.domain.people import user_key
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store import leavers, licenses
from tenantry.store.admins import lock_admins, require_global_admin, roles_of
from tenantry.store.people import selected
from tenantry.store.tables import users

PURGED_AT_ONCE = 1000


@dataclass(frozen=True)
class Deleted:
    """How many people are gone, how many had to stay, and the seats that are free again, by name of product."""

    operation_id: UUID
    people: int
    staying: int
    freed: dict[str, int]


@command(Permission.USER_DELETE)
async def delete_people(
    tx: Tx, viewer: Viewer, *, selection: Selection, now: datetime, expected: int | None = None
) -> Deleted:
    """Deletes those of `selection` whom the viewer may delete: licenses, roles and the way in end at once.

    A home account (a member's, at the address of their user name) is closed and its address is free again; a guest's
    own account is left alone. The user's row keeps its `account_id`, so that restoring finds the account again.
    expected: how many a preview promised; refused if it has come to differ.

    Raises Refused: "nobody_selected", "forecast_stale", "last_global_admin"; "own_deletion" or "admin_out_of_reach"
    where that holds for all of them.
    """
    await lock_admins(tx.db)
    names = await _names(tx, selection)
    who = sort_out(viewer, names, await roles_of(tx.db, names))
    if expected is not None and expected != len(who.going):
        raise Refused("forecast_stale", Kind.CONFLICT)
    if not who.going:
        who.refuse_first(names)
    stamp = licenses.Stamp(tx.operation_id, now)
    ended = await licenses.give(tx.db, Selection(ids=who.going), LEAVE, stamp, all_or_none=True)
    await leavers.send_away(tx.db, who.going, now)
    await require_global_admin(tx.db)
    freed, count = ended.facts["removed"], len(who.going)
    about = who.going if count <= TOLD else ()
    tx.tell(_subject(names, who.going), people=about, count=count, removed=freed)
    return Deleted(tx.operation_id, count, len(who.staying), freed)


async def _names(tx: Tx, selection: Selection) -> dict[UUID, str]:
    """Everybody selected, by id. Raises Refused("nobody_selected")."""
    named = select(users.c.id, users.c.display_name).where(selected(selection)).order_by(users.c.id)
    found = {row.id: row.display_name for row in await tx.db.execute(named)}
    if not found:
        raise Refused("nobody_selected", Kind.MISSING)
    return found


def _subject(names: Mapping[UUID, str], some: tuple[UUID, ...]) -> str:
    """The name of one person, or how many."""
    return names[some[0]] if len(some) == 1 else str(len(some))


@dataclass(frozen=True)
class Purged:
    """How many people are gone for good."""

    people: int


@command(Permission.USER_DELETE)
async def purge_people(tx: Tx, viewer: Viewer, *, now: datetime, limit: int = PURGED_AT_ONCE) -> Purged:
    """Ends for good up to `limit` of those who were deleted more than thirty days ago, the first of them first.

    For the daily job, with `domain.viewers.janitor`: once for each tenant of `queries.due.tenants_to_purge`, again as
    long as the answer is `limit`. Repeating it does nothing more.
    """
    due = select(users.c.id).where(leavers.DELETED, users.c.deleted_at <= now - KEPT)
    ids = (await tx.db.execute(due.order_by(users.c.deleted_at, users.c.id).limit(limit).with_for_update())).scalars()
    gone = tuple(ids)
    if gone:
        await leavers.purge(tx.db, gone)
        tx.tell(str(len(gone)), count=len(gone))
    return Purged(len(gone))


@command(Permission.USER_DELETE)
async def purge_person(tx: Tx, viewer: Viewer, *, user_id: UUID, typed: str, now: datetime) -> Purged:
    """Ends one deleted person for good, before the thirty days are over. typed: their user name, as a confirmation.

    Raises Refused: "deleted_missing", "user_name_differs" (field "typed").
    """
    named = select(users.c.display_name, users.c.user_name, users.c.user_key).where(users.c.id == user_id)
    person = (await tx.db.execute(named.where(leavers.DELETED).with_for_update())).one_or_none()
    if person is None:
        raise Refused("deleted_missing", Kind.MISSING)
    if user_key(typed) != person.user_key:
        raise Refused("user_name_differs", Kind.INVALID, field="typed", wanted=person.user_name)
    await leavers.purge(tx.db, (user_id,))
    tx.tell(person.display_name, user_name=person.user_name)
    return Purged(1)
