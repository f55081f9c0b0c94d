"""People who leave, as sets: out of the tenant, into it again, gone for good. Their licenses are `store.licenses`."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.kit.words_index import search_tokens as tokens_of
from tenantry.store.meetings import forget_people
from tenantry.store.own_accounts import HOME, MEMBER, WAY_IN, way_in
from tenantry.store.tables import (
    accounts,
    handles,
    license_history,
    operation_people,
    role_assignments,
    search_tokens,
    sessions,
    users,
)

DELETED = users.c.deleted_at.is_not(None)


def these(user_ids: Collection[UUID]) -> ColumnElement[bool]:
    """The user is one of `user_ids`."""
    return users.c.id == func.any(list(user_ids))


async def send_away(tx: AsyncConnection, user_ids: Collection[UUID], now: datetime) -> None:
    """Ends roles, the way in and home accounts with their sessions, and marks the users as deleted.

    `account_id` stays: it is how somebody restored gets the same account back, and a guest their own.
    """
    await tx.execute(delete(role_assignments).where(role_assignments.c.user_id == func.any(list(user_ids))))
    led = and_(handles.c.tenant_id == users.c.tenant_id, handles.c.hash == way_in(users.c.account_id))
    await tx.execute(delete(handles).where(handles.c.kind == MEMBER, led, these(user_ids)))
    closed = update(accounts).where(HOME, these(user_ids), accounts.c.closed_at.is_(None))
    theirs = closed.values(closed_at=now, password_hash=None).returning(accounts.c.id).cte("theirs")
    await tx.execute(delete(sessions).where(sessions.c.account_id == theirs.c.id))
    await tx.execute(update(users).where(these(user_ids)).values(deleted_at=now))


async def licenses_had(tx: AsyncConnection, user_ids: Collection[UUID]) -> dict[UUID, dict[UUID, frozenset[UUID]]]:
    """The direct licenses that ended as these people were deleted: user -> product -> apps off.

    Both were stamped with the same moment, which says that the deletion ended them.
    """
    theirs = and_(users.c.tenant_id == license_history.c.tenant_id, users.c.id == license_history.c.user_id)
    ended = (
        select(license_history.c.user_id, license_history.c.sku_id, license_history.c.disabled_plans)
        .join(users, theirs)
        .where(license_history.c.user_id == func.any(list(user_ids)))
        .where(license_history.c.ended_at == users.c.deleted_at, license_history.c.disabled_plans.is_not(None))
        .order_by(license_history.c.user_id)
    )
    had: dict[UUID, dict[UUID, frozenset[UUID]]] = {}
    for row in await tx.execute(ended):
        had.setdefault(row.user_id, {})[row.sku_id] = frozenset(row.disabled_plans)
    return had


async def rename(tx: AsyncConnection, user_names: Mapping[UUID, str]) -> None:
    """Other user names, and the words by which their people are found."""
    if not user_names:
        return
    named = select(users.c.id, users.c.display_name, users.c.first_name, users.c.last_name)
    changes = [_renamed(row, user_names[row.id]) for row in await tx.execute(named.where(these(user_names)))]
    anew: dict[str, Any] = {"user_name": bindparam("to"), "words": bindparam("said")}
    await _forget_words(tx, user_names)
    await tx.execute(update(users).where(users.c.id == bindparam("who")).values(anew), changes)
    words = select(users.c.tenant_id, func.unnest(users.c.words), users.c.id).where(these(user_names))
    await tx.execute(insert(search_tokens).from_select(["tenant_id", "token", "user_id"], words))


def _renamed(row: Any, user_name: str) -> dict[str, Any]:
    said = tokens_of(row.display_name, row.first_name or "", row.last_name or "", user_name)
    return {"who": row.id, "to": user_name, "said": sorted(said)}


async def _forget_words(tx: AsyncConnection, user_ids: Collection[UUID]) -> None:
    theirs = and_(search_tokens.c.token == func.any(users.c.words), search_tokens.c.user_id == users.c.id)
    await tx.execute(delete(search_tokens).where(theirs, these(user_ids)))


async def bring_back(tx: AsyncConnection, user_ids: Collection[UUID]) -> None:
    """Makes the deleted active again, with their account as far as it is open and nobody else's here by now."""
    other = users.alias("other")
    same = and_(other.c.tenant_id == users.c.tenant_id, other.c.account_id == accounts.c.id)
    elsewhere = ~select(other.c.id).where(same, other.c.deleted_at.is_(None)).exists()
    open_ = select(accounts.c.id).where(accounts.c.id == users.c.account_id, accounts.c.closed_at.is_(None), elsewhere)
    back = update(users).where(these(user_ids)).values(deleted_at=None, account_id=open_.scalar_subquery())
    here = back.returning(users.c.tenant_id, users.c.account_id, users.c.id).cte("here")
    way = select(literal(MEMBER), way_in(here.c.account_id), here.c.tenant_id, here.c.id)
    await tx.execute(insert(handles).from_select(WAY_IN, way.where(here.c.account_id.is_not(None))))


async def purge(tx: AsyncConnection, user_ids: Collection[UUID]) -> None:
    """Ends the rows of deleted people; what is left of them is history that names their ids."""
    await _forget_words(tx, user_ids)
    await forget_people(tx, user_ids)
    for table in (role_assignments, operation_people):
        await tx.execute(delete(table).where(table.c.user_id == func.any(list(user_ids))))
    await tx.execute(delete(users).where(DELETED, these(user_ids)))
