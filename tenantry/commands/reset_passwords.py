"""New passwords for people who cannot sign in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.leaving import RESET_LIMIT, sort_out
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store import own_accounts
from tenantry.store.admins import roles_of
from tenantry.store.people import ACTIVE
from tenantry.store.tables import users


@dataclass(frozen=True)
class PasswordsReset:
    """How many have a new password. echo: of the call that did it; a repeated one gets the first one's."""

    operation_id: UUID
    people: int
    echo: str


@command(Permission.PASSWORD_RESET)
async def reset_passwords(
    tx: Tx, viewer: Viewer, *, password_hashes: Mapping[UUID, str], now: datetime, echo: str = ""
) -> PasswordsReset:
    """Gives each person the password of the hash, for all or for nobody; they must change it when they sign in.

    Their sessions end. Members without an account get one. password_hashes: of `kit.passwords`, by user id.

    Raises Refused: "nobody_selected", "too_many_selected", "people_gone", "own_password", "admin_out_of_reach",
    "password_elsewhere" (an account that is not the organization's).
    """
    if not 0 < len(password_hashes) <= RESET_LIMIT:
        raise _wrong_number(len(password_hashes))
    names = await _names(tx, password_hashes)
    who = sort_out(viewer, names, await roles_of(tx.db, names), "own_password")
    if who.staying:
        who.refuse_first(names)
    served = await own_accounts.give_passwords(tx.db, viewer.tenant_id, password_hashes, now)
    if foreign := [name for user_id, name in names.items() if user_id not in served]:
        raise Refused("password_elsewhere", Kind.CONFLICT, name=foreign[0])
    count = len(names)
    tx.tell(next(iter(names.values())) if count == 1 else str(count), people=tuple(names), count=count)
    return PasswordsReset(tx.operation_id, count, echo)


def _wrong_number(count: int) -> Refused:
    if count:
        return Refused("too_many_selected", Kind.INVALID, limit=RESET_LIMIT)
    return Refused("nobody_selected", Kind.MISSING)


async def _names(tx: Tx, user_ids: Mapping[UUID, str]) -> dict[UUID, str]:
    """The people by id. Raises Refused("people_gone") if one is not here."""
    named = select(users.c.id, users.c.display_name).where(ACTIVE, users.c.id.in_(list(user_ids)))
    rows = await tx.db.execute(named.order_by(users.c.id).with_for_update())
    found = {row.id: row.display_name for row in rows}
    if len(found) < len(user_ids):
        raise Refused("people_gone", Kind.MISSING)
    return found
