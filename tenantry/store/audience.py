"""Who a letter of an admin goes to: everybody else who can sign in, or those whom one operation gave licenses."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.store.people import ACTIVE
from tenantry.store.tables import accounts, licenses, operations, users

FEW = 10


def audience(but: UUID | None, operation_id: UUID | None = None) -> ColumnElement[bool]:
    """The user is one of them. but: whoever writes. operation_id: only those who hold a license that it gave."""
    theirs = (ACTIVE, users.c.blocked_at.is_(None), users.c.account_id.is_not(None))
    people = theirs[0] & theirs[1] & theirs[2]
    if but is not None:
        people &= users.c.id != but
    if operation_id is not None:
        same = (licenses.c.tenant_id == users.c.tenant_id) & (licenses.c.user_id == users.c.id)
        given = select(licenses.c.user_id).where(same, licenses.c.operation_id == operation_id)
        people &= given.exists()
    return people


def addresses(people: ColumnElement[bool]) -> Select[Any]:
    """Their addresses, each with its reader's language, for `store.letters.write_letters`."""
    known = select(accounts.c.email, accounts.c.language).join(users, users.c.account_id == accounts.c.id)
    return known.where(people, accounts.c.closed_at.is_(None))


async def count_audience(tx: AsyncConnection, people: ColumnElement[bool]) -> int:
    """How many letters that would be."""
    return int((await tx.execute(select(func.count()).select_from(addresses(people).subquery()))).scalar_one())


async def few_of(tx: AsyncConnection, people: ColumnElement[bool]) -> tuple[str, ...]:
    """The names of the first few."""
    named = select(users.c.display_name).where(people).order_by(users.c.sort_en_nl, users.c.id)
    return tuple((await tx.execute(named.limit(FEW))).scalars())


async def count_lately(tx: AsyncConnection, commands: tuple[str, ...], now: datetime) -> int:
    """How often one of `commands` was done in the last day."""
    lately = operations.c.command.in_(commands), operations.c.at > now - timedelta(days=1)
    return int((await tx.execute(select(func.count()).select_from(operations).where(*lately))).scalar_one())
