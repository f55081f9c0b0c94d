"""Accounts that a tenant manages: those of its own members, at the address of their user name. As sets.

A guest's account, or one of another address, belongs to elsewhere: it is never closed, opened or given a password here.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.kit.ids import new_id
from tenantry.store.tables import accounts, handles, sessions, users

HOME = and_(users.c.account_id == accounts.c.id, users.c.kind == "member", users.c.user_key == accounts.c.email_key)
# A member without an account, whose address nobody has one for: an account can be opened here.
FREE = and_(
    users.c.kind == "member",
    users.c.account_id.is_(None),
    ~select(accounts.c.id).where(accounts.c.email_key == users.c.user_key, accounts.c.closed_at.is_(None)).exists(),
)
MEMBER = "member"
WAY_IN = ("kind", "hash", "tenant_id", "row_id")


def way_in(account_id: ColumnElement[Any]) -> ColumnElement[bytes]:
    """The hash of the handle that leads an account into its tenants: `handles.handle_hash` in SQL."""
    return func.sha256(func.uuid_send(account_id))


async def taken_addresses(tx: AsyncConnection, names: Mapping[UUID, str]) -> frozenset[UUID]:
    """Those of the users for whom the case-folded address in `names` is an open account that is not theirs."""
    told = _pairs(names, "key")
    mine = and_(users.c.id == told.c.user_id, users.c.account_id == accounts.c.id)
    found = (
        select(told.c.user_id)
        .join(accounts, and_(accounts.c.email_key == told.c.key, accounts.c.closed_at.is_(None)))
        .where(~select(users.c.id).where(mine).exists())
    )
    return frozenset((await tx.execute(found)).scalars())


async def sign_out(tx: AsyncConnection, who: ColumnElement[bool]) -> None:
    """Ends the sessions of the members for whom `who` holds."""
    await tx.execute(delete(sessions).where(sessions.c.account_id == accounts.c.id, HOME, who))


async def reopen(tx: AsyncConnection, user_ids: Collection[UUID]) -> None:
    """Opens the accounts that were closed as these people were deleted, at the user names they have now.

    Both were stamped with the same moment. There is no password yet.
    """
    theirs = and_(users.c.account_id == accounts.c.id, accounts.c.closed_at == users.c.deleted_at)
    mine = and_(users.c.id == func.any(list(user_ids)), users.c.kind == "member")
    await tx.execute(update(accounts).where(theirs, mine).values(closed_at=None, email=users.c.user_name))


async def give_passwords(
    tx: AsyncConnection, tenant_id: UUID, hashes: Mapping[UUID, str], now: datetime
) -> frozenset[UUID]:
    """New passwords, to be changed at the next sign-in, for members: every session of theirs ends.

    Who has no account gets one. Returns those who have the password now; the others' account is not the tenant's.
    """
    await _open(tx, tenant_id, hashes, now)
    told = _pairs(hashes, "hash")
    anew = {"password_hash": told.c.hash, "password_at": now, "must_change_password": True}
    changed = update(accounts).where(HOME, users.c.id == told.c.user_id, accounts.c.closed_at.is_(None)).values(anew)
    rows = await tx.execute(changed.returning(users.c.id, accounts.c.id.label("account_id")))
    served = {row.id: row.account_id for row in rows}
    await tx.execute(delete(sessions).where(sessions.c.account_id == func.any(list(served.values()))))
    return frozenset(served)


async def _open(tx: AsyncConnection, tenant_id: UUID, user_ids: Collection[UUID], now: datetime) -> None:
    """Accounts for those of `user_ids` who have none and whose address is free."""
    without = select(users.c.id, users.c.user_name).where(users.c.id == func.any(list(user_ids)))
    people = (await tx.execute(without.where(FREE))).all()
    made = {person.id: new_id() for person in people}
    if not made:
        return
    rows = [{"id": made[person.id], "email": person.user_name, "created_at": now} for person in people]
    await tx.execute(insert(accounts), rows)
    told = _pairs(made, "account_id", Uuid)
    await tx.execute(update(users).where(users.c.id == told.c.user_id).values(account_id=told.c.account_id))
    way = select(literal(MEMBER), way_in(told.c.account_id), literal(tenant_id), told.c.user_id)
    await tx.execute(insert(handles).from_select(WAY_IN, way))


def _pairs(told: Mapping[UUID, Any], name: str, kind: type[Any] = Text) -> TableValuedAlias:
    """The mapping as a table of `user_id` and `name`."""
    ids, values = literal(list(told), ARRAY(Uuid)), literal(list(told.values()), ARRAY(kind))
    return func.unnest(ids, values).table_valued(column("user_id", Uuid), column(name, kind)).render_derived()
