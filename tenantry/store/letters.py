"""Letters: mail that is written in a command's transaction and sent by a job after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.kit.ids import new_id
from tenantry.store.clocks import wall
from tenantry.store.queue import defer
from tenantry.store.tables import letters


async def write_letter(
    tx: AsyncConnection, *, kind: str, to: str, language: str, params: Mapping[str, Any], now: datetime
) -> None:
    """Has a letter sent to the address `to` once `tx` has committed.

    kind: a key of `words.letters.LETTERS`, `params` its places. They may hold links: they are wiped once it is sent.
    now: of the tenant that `tx` is fenced to; letters themselves go by the wall clock.
    """
    letter_id = new_id()
    row = {"id": letter_id, "kind": kind, "recipient": to, "language": language}
    written = insert(letters).values(row | {"params": msgspec.to_builtins(dict(params)), "made_at": wall(now)})
    await tx.execute(written)
    await put_off(tx, letter_id)


async def put_off(tx: AsyncConnection, letter_id: UUID) -> None:
    """Has a job send the letter. Two jobs of one letter come one after the other, and the second finds it sent."""
    await defer(tx, "send_letter", lock=f"letter/{letter_id}", letter_id=letter_id)


async def send_again(tx: AsyncConnection, letter_id: UUID) -> bool:
    """Has a letter that was given up sent again, from its first try on. False if it was not given up."""
    given_up = (letters.c.id == letter_id) & letters.c.failed_at.is_not(None) & letters.c.sent_at.is_(None)
    afresh = update(letters).where(given_up).values(tries=0, failed_at=None)
    if not (await tx.execute(afresh)).rowcount:
        return False
    await put_off(tx, letter_id)
    return True
