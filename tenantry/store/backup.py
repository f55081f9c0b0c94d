"""A whole database in one file or folder, and back: PostgreSQL's own dump, with a manifest of what is in it.

    a file      a ZIP of `manifest.json` and `dump` (pg_dump's custom format)
    a folder    `manifest.json`, and `dump/` (pg_dump's directory format, written by several processes)

Reading takes a role that sees past the row policies. Writing is the owner's: a dump puts the policies on last.
"""

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import IO

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tenantry.kit.errors import Kind, Refused
from tenantry.store.embedded.places import programs

MANIFEST, DUMP = "manifest.json", "dump"
PIECE = 1024 * 1024
type_step = Callable[[str, int], None]  # (table, how many tables there are)

_TABLES = """
    SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND nspname IN ('public', 'queue') ORDER BY 1
"""
# What a table says, whatever the order of its rows.
_SUM = "SELECT count(*), coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM {} AS t"


@dataclass(frozen=True)
class Contents:
    """Of a table: how many rows, and the sum of what they say."""

    rows: int
    sum: int


@dataclass(frozen=True)
class Manifest:
    """What a backup is of. `files`: of a folder, name in it -> SHA-256."""

    version: str
    revision: str
    made_at: datetime
    tables: dict[str, Contents]
    files: dict[str, str] = field(default_factory=dict)


def sees_everything(url: str) -> tuple[str, bool]:
    """(the role behind `url`, whether it reads past the row policies)."""
    with psycopg.connect(_libpq(url)) as connection:
        asked = "SELECT current_user::text, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        row = connection.execute(asked).fetchone()
    return (row[0], row[1]) if row else ("", False)


def contents(connection: psycopg.Connection) -> dict[str, Contents]:
    """Every table and what is in it, as the connection sees it."""
    connection.execute("SET LOCAL timezone = 'UTC'")
    names = [name for (name,) in connection.execute(_TABLES).fetchall()]
    found = {}
    for name in names:
        identifier = sql.Identifier(*(part.strip('"') for part in name.split(".")))
        row = connection.execute(sql.SQL(_SUM).format(identifier)).fetchone()
        found[name] = Contents(*row) if row else Contents(0, 0)
    return found


def tables_at(url: str) -> list[str]:
    """The names of the tables that are there."""
    with psycopg.connect(_libpq(url)) as connection:
        return [name for (name,) in connection.execute(_TABLES).fetchall()]


def contents_at(url: str) -> dict[str, Contents]:
    with psycopg.connect(_libpq(url)) as connection:
        return contents(connection)


# Writing


def dump(url: str, path: Path, *, folder: bool, version: str, made_at: datetime, step: type_step) -> Manifest:
    """Writes the database to `path` as it is at one moment, while others go on working. All of it or no file at all.

    Raises Refused: "backup_exists" (path), "backup_failed" (log), "backup_place" (path, reason).
    """
    if path.exists():
        raise Refused("backup_exists", Kind.CONFLICT, path=str(path))
    half = path.with_name(f"{path.name}.part")
    _remove(half)
    try:
        with _snapshot(url) as (connection, snapshot):
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            manifest = Manifest(version, revision[0] if revision else "", made_at, contents(connection))
            order = _Order(url, ["--snapshot", snapshot], len(manifest.tables), step)
            manifest = (_dump_folder if folder else _dump_file)(half, manifest, order)
        half.rename(path)
    except OSError as error:
        raise Refused("backup_place", Kind.CONFLICT, path=str(path), reason=error.strerror or str(error)) from error
    finally:
        _remove(half)
    return manifest


def _remove(half: Path) -> None:
    if half.is_dir():
        shutil.rmtree(half)
    else:
        half.unlink(missing_ok=True)


@contextmanager
def _snapshot(url: str) -> Iterator[tuple[psycopg.Connection, str]]:
    """A moment of the database that several connections can look at."""
    with psycopg.connect(_libpq(url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        yield connection, row[0] if row else ""


def _dump_file(half: Path, manifest: Manifest, order: "_Order") -> Manifest:
    with ExitStack() as stack:
        file = stack.enter_context(os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"))
        archive = stack.enter_context(zipfile.ZipFile(file, "w"))
        with archive.open(DUMP, "w", force_zip64=True) as out:
            order.run("pg_dump", "--format=custom", reads=out)
        archive.writestr(MANIFEST, msgspec.json.encode(manifest))
    return manifest


def _dump_folder(half: Path, manifest: Manifest, order: "_Order") -> Manifest:
    half.mkdir(mode=0o700)
    order.run("pg_dump", "--format=directory", f"--jobs={min(4, os.cpu_count() or 1)}", f"--file={half / DUMP}")
    manifest = replace(manifest, files={file.name: _sum(file) for file in sorted((half / DUMP).iterdir())})
    (half / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    return manifest


# Reading


def read_manifest(path: Path) -> Manifest:
    """What the backup at `path` is of, after every byte of it was looked at.

    Raises Refused: "backup_missing", "backup_unreadable" (no backup at all), "backup_damaged" (cut off or changed).
    """
    if not path.exists():
        raise Refused("backup_missing", Kind.MISSING, path=str(path))
    try:
        return _read_folder(path) if path.is_dir() else _read_file(path)
    except (zipfile.BadZipFile, KeyError, OSError, msgspec.MsgspecError) as error:
        raise Refused("backup_unreadable", Kind.INVALID, path=str(path)) from error


def _read_folder(path: Path) -> Manifest:
    manifest = msgspec.json.decode((path / MANIFEST).read_bytes(), type=Manifest)
    there = {file.name: _sum(file) for file in (path / DUMP).iterdir()}
    if there != manifest.files:
        raise Refused("backup_damaged", Kind.INVALID, path=str(path))
    return manifest


def _read_file(path: Path) -> Manifest:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
            with suppress(zipfile.BadZipFile):
                if archive.testzip() is None:
                    return manifest
    with path.open("rb") as file:
        begun = file.read(4) == _ZIP
    raise Refused("backup_damaged" if begun else "backup_unreadable", Kind.INVALID, path=str(path))


def restore(url: str, path: Path, manifest: Manifest, step: type_step) -> None:
    """Puts the backup at `path` into the empty database behind `url`, the owner's. All of it or nothing.

    Raises Refused("backup_failed", log).
    """
    order = _Order(url, ["--no-owner", "--single-transaction"], len(manifest.tables), step)
    if path.is_dir():
        order.run("pg_restore", str(path / DUMP))
    else:
        with zipfile.ZipFile(path) as archive, archive.open(DUMP) as dumped:
            order.run("pg_restore", writes=dumped)
    with psycopg.connect(_libpq(url), autocommit=True) as connection:
        connection.execute("ANALYZE")


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# PostgreSQL's programs


@dataclass(frozen=True)
class _Order:
    """How a program of PostgreSQL's is called; it tells each table that it comes to."""

    url: str
    options: list[str]
    total: int
    step: type_step

    def run(
        self, program: str, *arguments: str, reads: IO[bytes] | None = None, writes: IO[bytes] | None = None
    ) -> None:
        """reads: where what it writes goes. writes: what it is given to read. Raises Refused("backup_failed", log)."""
        address, secret = _without_password(self.url)
        path = programs(pwd.getpwuid(os.geteuid())) / program
        words = [str(path), "--verbose", f"--dbname={address}", *self.options, *arguments]
        said: list[str] = []
        with subprocess.Popen(  # noqa: S603 (our own programs, no shell)
            words,
            env=os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": secret} if secret else {}),
            stdin=subprocess.PIPE if writes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if reads else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            listener = Thread(target=self._listen, args=(process.stderr, said))
            listener.start()
            with suppress(BrokenPipeError):  # it gave up: what it said tells why
                if reads and process.stdout:
                    shutil.copyfileobj(process.stdout, reads, PIECE)
                if writes and process.stdin:
                    shutil.copyfileobj(writes, process.stdin, PIECE)
                    process.stdin.close()
            listener.join()
        if process.returncode:
            raise Refused("backup_failed", Kind.CONFLICT, log="\n".join(said[-5:]))

    def _listen(self, stream: IO[bytes], said: list[str]) -> None:
        for line in stream:
            words = line.decode(errors="replace").strip()
            if found := _AT_TABLE.search(words):
                self.step(found[1], self.total)
            elif ": error: " in words or "DETAIL" in words:
                said.append(words)


_AT_TABLE = re.compile(r'(?:dumping contents of|processing data for) table "(.+)"')
_ZIP = b"PK\x03\x04"


def superuser(url: str) -> str:
    """`url` as the embedded server's superuser."""
    return make_url(url).set(username="postgres").render_as_string(hide_password=False)


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _without_password(url: str) -> tuple[str, str | None]:
    """(what others may see in the list of processes, the rest)."""
    made = make_url(url).set(drivername="postgresql")
    bare = URL.create("postgresql", made.username, None, made.host, made.port, made.database, made.query)
    return bare.render_as_string(), str(made.password) if made.password else None
