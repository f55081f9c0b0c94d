"""Everything a tenant has in one ZIP, of one moment: CSV for people, JSON for programs, and a manifest.

    README.txt        what is in it, in the language of who asked
    csv/people.csv    one table per part of `queries/export_parts.py`
    json/people.json  the same rows
    manifest.json     rows, bytes and SHA-256 of each file, the schema, the tenant, the moment

Rows come out of the database some thousand at a time and go into the file in parts: memory stays small however many.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.csvfile import write_rows
from tenantry.kit.zips import Entry, ZipStream
from tenantry.queries.export_parts import PARTS
from tenantry.queries.export_tenant import Part, Reader, batches, read_reader
from tenantry.store.files import KEPT, keep_stream, write_file
from tenantry.store.tables import tenants
from tenantry.words.exports import readme

FORMAT = 1  # of the manifest and the names in JSON: another number where old readers would read it wrongly
BOM = b"\xef\xbb\xbf"
type_progress = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Exported:
    """rows: how many in all tables. file_id: of the file that is kept, if it was not written to a path."""

    rows: int
    file_id: UUID | None


@command(Permission.ORGANIZATION_EXPORT, snapshot=True)
async def export_tenant(
    tx: Tx, viewer: Viewer, *, progress: type_progress, path: Path | None = None, now: datetime
) -> Exported:
    """Makes the ZIP, and keeps it for a week or writes it to `path`. progress: is told how many rows are in it.

    Raises Refused: "file_exists" (path), "file_place" (path, reason).
    """
    tenant = (await tx.db.execute(select(tenants.c.tenant_id, tenants.c.slug, tenants.c.name))).one()
    reader = await read_reader(tx.db, viewer.language, now)
    export = _Export(tx.db, reader, {"id": tenant.tenant_id, "slug": tenant.slug, "name": tenant.name}, progress, now)
    if path is not None:
        await write_file(path, export.pieces())
        tx.tell(tenant.name, rows=export.rows)
        return Exported(export.rows, None)
    facts = {"name": f"{tenant.slug}-{now:%Y-%m-%d}.zip", "media_type": "application/zip"}
    file_id = await keep_stream(tx.db, viewer.tenant_id, pieces=export.pieces(), now=now, **facts)
    tx.tell(tenant.name, rows=export.rows, kept_until=now + KEPT)
    return Exported(export.rows, file_id)


# The two forms of a part


@dataclass(frozen=True)
class _Form:
    """How a part is written: what stands before its rows, the rows of a batch, between two batches, after them."""

    place: str
    head: Callable[[Part, Reader], bytes]
    body: Callable[[Part, Reader, Sequence[Any]], bytes]
    between: bytes
    foot: bytes


def _csv_head(part: Part, reader: Reader) -> bytes:
    return write_rows([reader.speech.say(column.heading) for column in part.columns if column.heading], ())


def _csv_body(part: Part, reader: Reader, rows: Sequence[Any]) -> bytes:
    columns = [column for column in part.columns if column.heading]
    cells = [[column.text(row, reader) for column in columns] for row in rows]
    return write_rows(cells[0], cells[1:]).removeprefix(BOM)


def _json_body(part: Part, reader: Reader, rows: Sequence[Any]) -> bytes:
    columns = [column for column in part.columns if column.name]
    facts = ({column.name: column.of(row, reader) for column in columns} for row in rows)
    return b",\n".join(msgspec.json.encode(one) for one in facts)


_FORMS = (
    _Form("csv/{}.csv", _csv_head, _csv_body, b"", b""),
    _Form("json/{}.json", lambda part, reader: b"[\n", _json_body, b",\n", b"\n]\n"),
)


@dataclass
class _Export:
    """One export under way: how many rows each of its files has so far."""

    db: AsyncConnection
    reader: Reader
    tenant: dict[str, Any]
    progress: type_progress
    now: datetime
    written: int = 0

    @property
    def rows(self) -> int:
        """Each row is written in every form, and counts once."""
        return self.written // len(_FORMS)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The ZIP, from its first byte to its last."""
        archive = ZipStream(self.now)
        files: list[tuple[Entry, int | None]] = [(archive.add("README.txt", self._readme()), None)]
        yield archive.take()
        for part in PARTS:
            for form in _FORMS:
                before = self.written
                archive.begin(form.place.format(part.name))
                async for data in self._part(part, form):
                    archive.write(data)
                    yield archive.take()
                files.append((archive.end(), self.written - before))
        archive.add("manifest.json", await self._manifest(files))
        archive.close()
        yield archive.take()

    async def _part(self, part: Part, form: _Form) -> AsyncIterator[bytes]:
        yield form.head(part, self.reader)
        between = b""
        async for rows in batches(self.db, part, self.now):
            yield between + form.body(part, self.reader, rows)
            between = form.between
            self.written += len(rows)
            await self.progress(self.rows)
        yield form.foot

    def _readme(self) -> bytes:
        said = self.reader.speech
        parts = [(part.name, said.say(part.about)) for part in PARTS]
        return readme(said, name=self.tenant["name"], made_at=self.now, parts=parts).encode("utf-8-sig")

    async def _manifest(self, files: Sequence[tuple[Entry, int | None]]) -> bytes:
        schema = (await self.db.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
        facts = {
            "format": FORMAT,
            "tenant": self.tenant,
            "made_at": self.now,
            "made_by": f"Tenantry {version('tenantry')}",
            "schema": schema,
            "files": [
                {"name": one.name, "rows": rows, "bytes": one.bytes, "sha256": one.sha256} for one, rows in files
            ],
        }
        return msgspec.json.format(msgspec.json.encode(facts))
