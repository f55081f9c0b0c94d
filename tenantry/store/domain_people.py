"""The people of a domain: how many are called by it, who they are, and all of them called otherwise."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Text, Uuid, and_, column, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.domains import FORCED, Method, Uses, domain_part, is_below
from tenantry.store.leavers import rename, these
from tenantry.store.own_accounts import HOME, sign_out
from tenantry.store.people import ACTIVE
from tenantry.store.tables import accounts, domains, users


def called_by(name: ColumnElement[str] | str) -> ColumnElement[bool]:
    """The user is a member with a user name of the domain; the index `users_by_domain` finds them."""
    return and_(users.c.at_domain == name, users.c.kind == "member", ACTIVE)


def count_of(name: ColumnElement[str] | str, most: int) -> Any:
    """How many are called by a domain, as a subquery; of more than `most` only that."""
    some = select(literal(1)).select_from(users).where(called_by(name)).limit(most + 1)
    return select(func.count()).select_from(some.correlate(domains).subquery().lateral()).scalar_subquery()


async def uses_of(tx: AsyncConnection, user_id: UUID | None, row: Row[Any]) -> Uses:
    """What keeps the domain of a row of `domains` from being removed by this user."""
    people = (await tx.execute(select(count_of(row.name, FORCED)))).scalar_one()
    inherited = select(domains.c.name).where(domains.c.method == Method.INHERITED.value).order_by(domains.c.name)
    below = tuple(one for one in (await tx.execute(inherited)).scalars() if is_below(one, row.name))
    mine = select(users.c.user_name, accounts.c.email).outerjoin(accounts, accounts.c.id == users.c.account_id)
    names = (await tx.execute(mine.where(users.c.id == user_id))).first() or ()
    own = row.name in {domain_part(name) for name in names if name}
    return Uses(row.is_initial, row.is_default, own, below if row.verified_at else (), people)


async def names_in(tx: AsyncConnection, name: str, most: int) -> dict[UUID, str]:
    """The user names of a domain by id, in order; their rows are kept from others."""
    found = select(users.c.id, users.c.user_name).where(called_by(name)).order_by(users.c.id).limit(most)
    return {row.id: row.user_name for row in await tx.execute(found.with_for_update())}


async def rename_and_block(tx: AsyncConnection, names: Mapping[UUID, str], now: datetime) -> None:
    """Other user names, the same for home accounts, and nobody of them signs in until they are unblocked."""
    await sign_out(tx, these(names))
    values = literal(list(names), ARRAY(Uuid)), literal(list(names.values()), ARRAY(Text))
    told = func.unnest(*values).table_valued(column("user_id", Uuid), column("to", Text)).render_derived()
    mine = update(accounts).where(HOME, users.c.id == told.c.user_id, accounts.c.closed_at.is_(None))
    await tx.execute(mine.values(email=told.c.to))
    await rename(tx, names)
    await tx.execute(update(users).where(these(names)).values(blocked_at=func.coalesce(users.c.blocked_at, now)))
