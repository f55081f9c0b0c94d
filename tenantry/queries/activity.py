"""A person's own history: what was done to them, and when they signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.operations import OperationRow
from tenantry.store.own_accounts import HOME
from tenantry.store.tables import accounts, license_history, licenses, operation_people, operations, sign_ins, users

SIGN_INS = 10


@dataclass(frozen=True)
class SignIn:
    """A try to sign in. outcome: done, wrong or limited. method: how the last step was proved."""

    at: datetime
    outcome: str
    method: str
    address: str


@dataclass(frozen=True)
class Activity:
    """A page of operations, newest first, and the latest sign-ins; None for those who may not see these."""

    page: Page[OperationRow]
    sign_ins: tuple[SignIn, ...] | None


async def activity_of(
    tx: AsyncConnection, viewer: Viewer, user_id: UUID, cursor: Cursor | None, limit: int
) -> Activity:
    """What was done to somebody. Two statements; one for those who may not see sign-ins."""
    backward = cursor is not None and cursor.backward
    ids = operations.c.id
    wanted = select(*(operations.c[name] for name in OperationRow.__dataclass_fields__)).where(ids.in_(_about(user_id)))
    if cursor is not None:
        wanted = wanted.where(ids > cursor.id if backward else ids < cursor.id)
    found = await tx.execute(wanted.order_by(ids if backward else ids.desc()).limit(limit + 1))
    page = cut([OperationRow(*row) for row in found], limit, cursor, lambda row: (b"", row.id))
    return Activity(page, await _sign_ins(tx, user_id) if viewer.can(Permission.SIGN_IN_READ) else None)


def _about(user_id: UUID) -> CompoundSelect[Any]:
    """The ids of the operations about somebody: those that say so, and those that gave or took a license."""
    mine = (operation_people.c.operation_id, licenses.c.operation_id, license_history.c.operation_id)
    parts = [select(column).where(column.table.c.user_id == user_id) for column in (*mine, license_history.c.ended_by)]
    return union(*parts)


async def _sign_ins(tx: AsyncConnection, user_id: UUID) -> tuple[SignIn, ...]:
    """Of an account that the tenant looks after: what a guest does elsewhere is not this tenant's to see."""
    facts = (sign_ins.c[name] for name in SignIn.__dataclass_fields__)
    wanted = select(*facts).join(accounts, accounts.c.id == sign_ins.c.account_id).join(users, HOME)
    latest = wanted.where(users.c.id == user_id).order_by(sign_ins.c.id.desc()).limit(SIGN_INS)
    return tuple(SignIn(*row) for row in await tx.execute(latest))
