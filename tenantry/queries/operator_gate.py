"""The operator's gate: an account with the operator's mark becomes the one who runs the house, or nothing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.queries.gate import Account
from tenantry.store.database import Database
from tenantry.store.links import find_link
from tenantry.store.tables import accounts


def operator_of(account: Account) -> Operator | None:
    """The operator that a signed-in account is; None for everybody else."""
    return Operator(account.id, account.name or account.email, "operator") if account.is_operator else None


async def operator_exists(db: Database) -> bool:
    """Whether somebody runs this house already."""
    async with db.transaction() as tx:
        return await there_is_an_operator(tx)


async def there_is_an_operator(tx: AsyncConnection) -> bool:
    """The same, inside a transaction."""
    somebody = select(accounts.c.id).where(accounts.c.is_operator, accounts.c.closed_at.is_(None)).limit(1)
    return (await tx.execute(somebody)).first() is not None


async def welcome_is_good(db: Database, *, token: str, now: datetime) -> bool:
    """Whether the token of a one-time link still makes an operator."""
    async with db.transaction() as tx:
        return await find_link(tx, "operator", token, now) is not None
