"""The keys of the vendor's apps, made and revoked by the operator."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.operators import Operator
from tenantry.domain.text import checked_line
from tenantry.kit.ids import new_id
from tenantry.store.app_keys import key_hash, new_key
from tenantry.store.tables import app_keys

NAME_LENGTH = 100


@operator_command
async def create_app_key(tx: Tx, operator: Operator, *, name: str, now: datetime) -> str:
    """A new key, in the only moment in which it can be read. name: of the app that gets it.

    Raises Refused with the field "name": what `checked_line` finds.
    """
    name, key = checked_line(name, field="name", limit=NAME_LENGTH), new_key()
    row = {"id": new_id(), "hash": key_hash(key), "name": name, "created_at": now}
    await tx.db.execute(insert(app_keys).values(row))
    tx.tell(name)
    return key


@operator_command
async def revoke_app_key(tx: Tx, operator: Operator, *, key_id: UUID, now: datetime) -> None:
    """The key opens nothing from now on. One that is revoked, or not there, is passed over."""
    mine = update(app_keys).where(app_keys.c.id == key_id, app_keys.c.revoked_at.is_(None))
    name = (await tx.db.execute(mine.values(revoked_at=now).returning(app_keys.c.name))).scalar_one_or_none()
    if name is not None:
        tx.tell(name)
