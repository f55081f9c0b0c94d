"""Letters: mail that is written in a command's transaction and sent by a job after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.kit.ids import new_id
from tenantry.store.queue import defer
from tenantry.store.tables import letters


async def write_letter(
    tx: AsyncConnection, *, kind: str, to: str, language: str, params: Mapping[str, Any], now: datetime
) -> None:
    """Has a letter sent to the address `to` once `tx` has committed.

    kind: a key of `words.letters.LETTERS`, `params` its places. They may hold links: they are wiped once it is sent.
    """
    letter_id = new_id()
    row = {"id": letter_id, "kind": kind, "recipient": to, "language": language}
    await tx.execute(insert(letters), row | {"params": msgspec.to_builtins(dict(params)), "made_at": now})
    await defer(tx, "send_letter", letter_id=letter_id)
