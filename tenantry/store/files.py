"""Files that a job made for somebody to download: kept in parts, for a week."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.kit.ids import new_id
from tenantry.store.tables import file_parts, files

KEPT = timedelta(days=7)
PART = 1024 * 1024  # bytes: what one piece of a download takes in memory


async def keep_file(
    tx: AsyncConnection, tenant_id: UUID, *, name: str, media_type: str, pieces: Iterable[bytes], now: datetime
) -> UUID:
    """Keeps what `pieces` give, of whatever sizes, as a file of the tenant. Returns its id, for `jobs.long.Done`."""
    file_id = new_id()
    facts = {"name": name, "media_type": media_type, "made_at": now, "expires_at": now + KEPT}
    await tx.execute(insert(files), {"tenant_id": tenant_id, "id": file_id} | facts)
    for number, content in enumerate(_parts(pieces)):
        row = {"tenant_id": tenant_id, "file_id": file_id, "number": number, "content": content}
        await tx.execute(insert(file_parts), row)
    return file_id


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut into parts."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)
