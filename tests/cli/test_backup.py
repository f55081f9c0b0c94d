"""A backup taken while people work, restored into an empty place; and what is no backup, or no place for one."""

import json
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event
from time import sleep

import psycopg
import pytest
from typer.testing import CliRunner

from tenantry.app import open_house
from tenantry.cli import build
from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.manage_people import add_person
from tenantry.domain.licenses import Wish
from tenantry.domain.people import Person
from tenantry.domain.selections import Selection
from tenantry.store import embedded
from tenantry.store.backup import contents_at
from tenantry.store.migrate import newest
from tests.cast import ADELE, BASIC, NOW
from tests.cli.conftest import ENGLISH, Said, calling
from tests.conftest import Base, clone, drop
from tests.world import make_pool, make_tenant, make_users


def superuser(base: Base) -> str:
    return base.server.url("postgres", base.name)


@pytest.fixture
def empty(templates: embedded.Embedded) -> Iterator[Base]:
    """A database with nothing in it."""
    base = clone(templates, "template0")
    yield base
    drop(base)


@pytest.fixture
def contoso(own: Base, open_db, run):
    """Contoso with five hundred people, alone in a database."""
    db = open_db(own.app_url)
    tenant = run(make_tenant(db))
    run(make_pool(db, tenant.id, BASIC, 5000))
    return tenant, run(make_users(db, tenant.id, 500))


def on(base: Base, *words: object, **environ: str) -> Said:
    """The program, where the database is the embedded server's."""
    return calling(base, base.server.place)(*words, **environ)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place that a server's own user can reach."""
    path = Path(tempfile.mkdtemp(prefix="tenantry-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


class Crowd:
    """Admins at work: they give licenses and add people until the block is left."""

    def __init__(self, db, run, tenant, users) -> None:
        self.db, self.run, self.viewer = db, run, tenant.viewer(ADELE)
        self.domain, self.users, self.numbers = tenant.domain, iter(users), count()
        self.stop, self.made = Event(), 0

    def __enter__(self) -> "Crowd":
        self.threads = ThreadPoolExecutor(3)
        self.work = [self.threads.submit(self._work, step) for step in (self._assign, self._assign, self._add)]
        while self.made < 10 and not any(one.done() for one in self.work):
            sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.threads.shutdown()
        for one in self.work:
            one.result()

    def _work(self, step) -> None:
        while not self.stop.is_set():
            self.run(step())
            self.made += 1

    async def _assign(self) -> None:
        user = next(self.users, None)
        if user is not None:
            wish = Wish(assign={BASIC.sku_id: frozenset()})
            some = Selection(ids=(user,))
            await assign_licenses(self.db, self.viewer, selection=some, wish=wish, all_or_none=True, now=NOW)

    async def _add(self) -> None:
        name = f"new-{next(self.numbers)}@{self.domain}"
        await add_person(self.db, self.viewer, person=Person(user_name=name, display_name=name), now=NOW)


@pytest.mark.parametrize("shape", ["file", "folder"])
def test_a_backup_taken_under_load_is_one_moment_and_the_doctor_finds_nothing_in_it(
    shape, own, empty, contoso, open_db, run, folder
):
    tenant, users = contoso
    path = folder / "backup"
    with Crowd(open_db(own.app_url), run, tenant, users):
        made = on(own, "backup", path, "--json", *(["--folder"] if shape == "folder" else []))
    assert (made.code, made.err) == (0, "")
    rows = made.answer["rows"]
    assert 0 < rows["public.operations"] < contents_at(superuser(own))["public.operations"].rows, "work went on"
    restored = on(empty, "restore", path, "--json")
    assert (restored.code, restored.answer["ok"], restored.answer["schema"]) == (0, True, newest())
    assert restored.answer["rows"] == rows
    assert {name: one.rows for name, one in contents_at(superuser(empty)).items()} == rows
    with psycopg.connect(superuser(empty)) as connection:
        told = connection.execute("SELECT count(*) FROM operations WHERE command = 'assign_licenses'").fetchone()
    assert told == (rows["public.licenses"],), "each license has its operation, and each operation its license"
    assert calling(empty)("doctor", "--json").answer["ok"] is True


def test_row_by_row_what_is_restored_is_what_was_put_away(own, empty, contoso, folder):
    assert on(own, "backup", folder / "b.zip").code == 0
    before = contents_at(superuser(own))
    said = on(empty, "restore", folder / "b.zip")
    assert said.code == 0
    assert "rows of" in said.out
    assert contents_at(superuser(empty)) == before


def test_a_real_embedded_server_is_restored_into_a_new_folder(own, contoso, folder):
    assert on(own, "backup", folder / "b.zip").code == 0

    def program(*words: str) -> Said:
        environ = ENGLISH | {"DATA": str(folder / "anew"), "DATABASE_URL": ""}
        result = CliRunner().invoke(build(open_house), words, env=environ)
        return Said(result.exit_code, result.stdout, result.stderr)

    restored = program("restore", str(folder / "b.zip"), "--json")
    assert (restored.code, restored.answer["ok"]) == (0, True)
    again = program("restore", str(folder / "b.zip"))
    assert again.code == 1
    assert again.err.startswith("The database is not empty: public.")
    assert program("doctor").code == 0


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(own, folder):
    for path, more in ((folder / "b.zip", []), (folder / "b", ["--folder"])):
        assert on(own, "backup", path, *more).code == 0
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        again = on(own, "backup", path, *more)
        assert (again.code, again.err) == (1, f"There is something at {path} already. Choose another name.\n")
    assert sorted(one.name for one in folder.iterdir()) == ["b", "b.zip"]


def test_a_place_that_cannot_be_written_is_told(own, folder):
    said = on(own, "backup", folder / "no" / "such" / "b.zip")
    assert said.code == 1
    assert said.err.startswith("Nothing can be written at")


# What is refused, with nothing done


def refused(base: Base, path: Path) -> str:
    """The sentence that refuses to restore; nothing is there afterwards."""
    said = on(base, "restore", path)
    assert said.code == 1
    assert contents_at(superuser(base)) == {}
    return said.err


def test_what_is_no_backup_is_refused(empty, folder):
    (folder / "letter.txt").write_text("Dear Adele")
    (folder / "nothing").mkdir()
    with zipfile.ZipFile(folder / "other.zip", "w") as other:
        other.writestr("photo.jpg", b"...")
    for name in ("letter.txt", "nothing", "other.zip"):
        assert refused(empty, folder / name) == f"{folder / name} is not a backup that Tenantry made.\n"
    assert refused(empty, folder / "gone") == f"There is no backup at {folder / 'gone'}.\n"


def test_a_backup_that_was_cut_off_or_changed_is_refused(own, empty, folder):
    on(own, "backup", folder / "b.zip")
    on(own, "backup", folder / "b", "--folder")
    whole = (folder / "b.zip").read_bytes()
    for number, spoiled in enumerate((whole[:-100], whole[: len(whole) // 2], flipped(whole))):
        path = folder / f"{number}.zip"
        path.write_bytes(spoiled)
        assert "was cut off or changed" in refused(empty, path)
    victim = sorted((folder / "b" / "dump").iterdir())[3]
    victim.write_bytes(victim.read_bytes()[:-1])
    assert "was cut off or changed" in refused(empty, folder / "b")


def flipped(whole: bytes) -> bytes:
    at = len(whole) // 3
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def test_a_backup_of_a_newer_version_is_refused(own, empty, folder):
    on(own, "backup", folder / "b", "--folder")
    manifest = folder / "b" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"revision": "9999", "version": "9.0"}))
    assert refused(empty, folder / "b").startswith("The backup was made by version 9.0 (schema 9999)")


def test_a_backup_that_postgresql_cannot_read_leaves_nothing_half_done(own, empty, folder):
    on(own, "backup", folder / "b.zip")
    with psycopg.connect(superuser(empty), autocommit=True) as connection:
        connection.execute("CREATE VIEW users_by_location AS SELECT 1")  # in the way of an index, after all the rows
    said = on(empty, "restore", folder / "b.zip")
    assert said.code == 1
    assert said.err.startswith("PostgreSQL's own program gave up. Nothing was kept.")
    assert contents_at(superuser(empty)) == {}


def test_a_place_where_something_is_is_refused_and_named(own, blank, folder):
    on(own, "backup", folder / "b.zip")
    before = contents_at(superuser(blank))
    said = on(blank, "restore", folder / "b.zip")
    assert said.code == 1
    assert "public.alembic_version (1)" in said.err
    assert contents_at(superuser(blank)) == before


def test_a_database_that_was_never_set_up_has_nothing_to_put_away(empty, folder):
    said = on(empty, "backup", folder / "b.zip")
    assert (said.code, said.err) == (1, "The database is not set up for this version. Run: tenantry migrate\n")
    assert list(folder.iterdir()) == []


# A database of one's own


def test_a_database_of_ones_own_needs_a_role_that_sees_all_rows(own, folder):
    said = calling(own)("backup", folder / "b.zip")
    assert said.code == 1
    assert "CREATE ROLE tenantry_backup LOGIN BYPASSRLS" in said.err
    said = calling(own)("backup", folder / "b.zip", DATABASE_BACKUP_URL=own.owner_url)
    assert said.code == 1
    assert "ALTER ROLE tenantry_owner BYPASSRLS" in said.err
    assert list(folder.iterdir()) == []


def test_with_such_a_role_it_is_backed_up_and_restored(own, empty, contoso, server, folder):
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE tenantry_backup LOGIN BYPASSRLS")
        connection.execute("GRANT pg_read_all_data TO tenantry_backup")
        try:
            url = server.url("tenantry_backup", own.name)
            assert calling(own)("backup", folder / "b.zip", DATABASE_BACKUP_URL=url).code == 0
            url = server.url("tenantry_backup", empty.name)
            assert calling(empty)("restore", folder / "b.zip", DATABASE_BACKUP_URL=url).code == 0
        finally:
            connection.execute("DROP ROLE tenantry_backup")
    assert contents_at(superuser(empty)) == contents_at(superuser(own))
