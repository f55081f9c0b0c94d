"""Files that a job made for somebody to download: kept in parts, for a week. Or written where somebody said."""

import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.store.tables import file_parts, files

KEPT = timedelta(days=7)
SECRET_KEPT = timedelta(days=1)  # what an operation keeps for its asker to see once
PART = 1024 * 1024  # bytes: what one piece of a download takes in memory


async def keep_file(
    tx: AsyncConnection, tenant_id: UUID, *, name: str, media_type: str, pieces: Iterable[bytes], now: datetime
) -> UUID:
    """Keeps what `pieces` give, of whatever sizes, as a file of the tenant. Returns its id, for `jobs.long.Done`."""
    return await keep_stream(tx, tenant_id, name=name, media_type=media_type, pieces=_each(pieces), now=now)


async def _each(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def keep_stream(
    tx: AsyncConnection, tenant_id: UUID, *, name: str, media_type: str, pieces: AsyncIterable[bytes], now: datetime
) -> UUID:
    """The same for what comes piece by piece: no more than a part of it is ever in memory."""
    file_id = new_id()
    facts = {"name": name, "media_type": media_type, "made_at": now, "expires_at": now + KEPT}
    await tx.execute(insert(files), {"tenant_id": tenant_id, "id": file_id} | facts)
    number = 0
    async for content in _parts(pieces):
        row = {"tenant_id": tenant_id, "file_id": file_id, "number": number, "content": content}
        await tx.execute(insert(file_parts), row)
        number += 1
    return file_id


async def _parts(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, cut into parts."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


async def write_file(path: Path, pieces: AsyncIterable[bytes]) -> None:
    """Writes what `pieces` give to a new file that only its owner reads: all of it, or no file.

    Raises Refused: "file_exists" (path), "file_place" (path, reason).
    """
    with _new_file(path) as file:
        async for piece in pieces:
            file.write(piece)


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    if path.exists():
        raise Refused("file_exists", Kind.CONFLICT, field="path", path=str(path))
    half = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
        half.rename(path)
    except OSError as error:
        raise Refused("file_place", Kind.CONFLICT, path=str(path), reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            half.unlink()
