"""One's own account, closed for good by oneself: where nobody is an admin who could."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.leaving import LEAVE
from tenantry.domain.people import user_key
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store import kept_data, leavers, licenses
from tenantry.store.tables import tenants, users


@dataclass(frozen=True)
class Closed:
    """The products that nobody uses in their name any more."""

    products: tuple[str, ...]


@command(Permission.OWN_USE)
async def close_own_account(tx: Tx, viewer: Viewer, *, typed: str, now: datetime) -> Closed:
    """Ends licenses, user and sign-in of the viewer at once; nobody can bring them back, and the address is free.

    typed: their address, as a confirmation. Raises Refused: "own_use_only", "account_kept" (an admin closes accounts
    here), "user_name_differs" (field "typed").
    """
    if viewer.user_id is None:
        raise Refused("own_use_only", Kind.DENIED)
    tenant = (await tx.db.execute(select(tenants.c.kind, tenants.c.name).with_for_update(read=True))).one()
    if tenant.kind != "unmanaged":
        raise Refused("account_kept", Kind.DENIED, name=tenant.name)
    mine = select(users.c.user_name, users.c.user_key).where(users.c.id == viewer.user_id).with_for_update()
    person = (await tx.db.execute(mine)).one()
    if user_key(typed) != person.user_key:
        raise Refused("user_name_differs", Kind.INVALID, field="typed", wanted=person.user_name)
    ids = (viewer.user_id,)
    stamp = licenses.Stamp(tx.operation_id, now)
    ended = await licenses.give(tx.db, Selection(ids=ids), LEAVE, stamp, all_or_none=True)
    await leavers.send_away(tx.db, ids, now)
    await kept_data.purge_person(tx.db, viewer.user_id, now)
    await leavers.purge(tx.db, ids)
    tx.tell(viewer.name, removed=ended.facts["removed"])
    return Closed(tuple(ended.facts["removed"]))
