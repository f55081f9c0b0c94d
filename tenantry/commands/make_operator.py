"""The operator's own account: made by a one-time link that the machine's terminal prints."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.operators import Operator
from tenantry.domain.text import checked_line
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.mailbox import normal_address
from tenantry.queries.operator_gate import there_is_an_operator
from tenantry.store.database import Database
from tenantry.store.links import make_link, use_link
from tenantry.store.people_write import open_account
from tenantry.store.tables import accounts, house_operations

LINK_LASTS = timedelta(hours=24)
NAME_LIMIT = 256


async def make_operator_link(db: Database, *, first: bool, now: datetime) -> str | None:
    """The token of a link that makes an operator's account, once, within a day; links made before are good no more.

    first: only where nobody runs the house yet, else None. For the command line alone: there is no operator to ask.
    """
    async with db.transaction() as tx:
        if first and await there_is_an_operator(tx):
            return None
        return await make_link(tx, "operator", lasts=LINK_LASTS, now=now)


async def become_operator(
    db: Database, *, token: str, name: str, email: str, password_hash: str, now: datetime
) -> UUID:
    """The new operator's account, for whoever has the link's token.

    Raises Refused: "operator_link_dead", "text_missing", "text_long", "text_control" (name), "address_invalid",
    "user_name_taken" (email); the link is used up only if the account was made.
    """
    name, email = check_operator(name, email)
    async with db.transaction() as tx:
        if await use_link(tx, "operator", token, now) is None:
            raise Refused("operator_link_dead", Kind.CONFLICT)
        account_id = await _add(tx, name, email, password_hash, now)
        row = {"id": new_id(), "command": "make_operator", "actor_id": account_id, "actor_name": name, "at": now}
        await tx.execute(insert(house_operations).values(**row, subject=name, facts={}))
    return account_id


@operator_command
async def make_operator(
    tx: Tx, operator: Operator, *, name: str, email: str, password_hash: str, now: datetime
) -> UUID:
    """An account that runs the house. Raises Refused as `become_operator` does."""
    name, email = check_operator(name, email)
    tx.tell(name)
    return await _add(tx.db, name, email, password_hash, now)


def check_operator(name: str, email: str) -> tuple[str, str]:
    """Name and address as they are kept. Raises Refused as `become_operator` does."""
    name = checked_line(name, field="name", limit=NAME_LIMIT)
    try:
        return name, normal_address(email)
    except Refused as refused:
        raise Refused(refused.code, refused.kind, field="email", **refused.params) from refused


async def _add(tx: AsyncConnection, name: str, email: str, password_hash: str, now: datetime) -> UUID:
    account_id = await open_account(tx, email=email, password_hash=password_hash, now=now)
    if account_id is None:
        raise Refused("user_name_taken", Kind.CONFLICT, field="email")
    marked = update(accounts).where(accounts.c.id == account_id)
    await tx.execute(marked.values(name=name, is_operator=True, password_at=now))
    return account_id
