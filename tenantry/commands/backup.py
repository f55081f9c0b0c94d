"""The whole house put away, and got back: for the operator, over all tenants."""

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from anyio import to_thread

from tenantry.commands.as_owner import migrate_schema
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.house import House
from tenantry.store import backup as store
from tenantry.store import migrate
from tenantry.store.backup import Manifest, type_step

__all__ = ["Manifest", "Restored", "back_up", "restore_backup", "type_step"]


@dataclass(frozen=True)
class Restored:
    """What was restored, and the revision of the schema that it was brought to."""

    manifest: Manifest
    revision: str


async def back_up(house: House, *, path: Path, folder: bool, now: datetime, step: type_step) -> Manifest:
    """Writes everything to `path`, as it is at one moment; work goes on meanwhile.

    step: is told each table, and how many there are. Raises Refused: "backup_role_missing", "backup_role_fenced"
    (role), "backup_exists" (path), "backup_place" (path, reason), "backup_failed" (log).
    """

    def work() -> Manifest:
        made_by = version("tenantry")
        return store.dump(_reader(house), path, folder=folder, version=made_by, made_at=now, step=step)

    return await to_thread.run_sync(work)


async def restore_backup(house: House, *, path: Path, step: type_step) -> Restored:
    """Puts the backup at `path` into the empty database of the house, and brings it to this version's schema.

    Raises Refused, with nothing done: as `back_up` does, and "backup_missing", "backup_unreadable", "backup_damaged"
    (path), "backup_newer" (version, revision), "place_taken" (tables). "backup_differs" (tables) says that what is
    there now is not what the backup was made of.
    """

    def work() -> Manifest:
        manifest = store.read_manifest(path)
        if not migrate.knows(manifest.revision):
            raise Refused("backup_newer", Kind.CONFLICT, version=manifest.version, revision=manifest.revision)
        reader = _reader(house)
        _require_empty(reader)
        store.restore(house.owner_url, path, manifest, step)
        _require_same(manifest, reader)
        return manifest

    manifest = await to_thread.run_sync(work)
    _, revision = await migrate_schema(house)
    return Restored(manifest, revision)


def _reader(house: House) -> str:
    """The address of a role that reads past the row policies; of an embedded server, its superuser."""
    url = house.settings.database_backup_url
    if not url and house.place is None:
        raise Refused("backup_role_missing", Kind.CONFLICT)
    url = url or store.superuser(house.owner_url)
    role, sees = store.sees_everything(url)
    if not sees:
        raise Refused("backup_role_fenced", Kind.DENIED, role=role)
    return url


def _require_empty(reader: str) -> None:
    found = sorted(store.contents_at(reader).items(), key=lambda item: -item[1].rows)
    if found:
        named = [f"{name} ({one.rows})" for name, one in found[:8]]
        raise Refused("place_taken", Kind.CONFLICT, tables=", ".join([*named, "…"][: len(found)]))


def _require_same(manifest: Manifest, reader: str) -> None:
    there = store.contents_at(reader)
    wrong = [name for name in sorted(manifest.tables.keys() | there) if manifest.tables.get(name) != there.get(name)]
    if wrong:
        raise Refused("backup_differs", Kind.CONFLICT, tables=", ".join(wrong))
