"""`tenantry export`: everything of one organization as a file, and who made it in its log."""

import json
import zipfile

import pytest

from tests.cast import ADELE
from tests.cli.conftest import Said
from tests.world import rows_of


@pytest.fixture
def said(tenantry, contoso, tmp_path) -> Said:
    return tenantry("export", contoso.slug, tmp_path / "all.zip", "--json")


def test_the_file_is_there_and_the_log_names_who_made_it(said, contoso, tmp_path, db, run) -> None:
    archive = zipfile.ZipFile(tmp_path / "all.zip")
    manifest = json.loads(archive.read("manifest.json"))
    (entry,) = run(rows_of(db, contoso.id, "operations"))
    assert (said.code, said.answer["tenant"]) == (0, contoso.slug)
    assert said.answer["rows"] == sum(one["rows"] for one in manifest["files"] if one["name"].startswith("json/"))
    assert ADELE.name in archive.read("json/people.json").decode()
    assert (entry["command"], entry["via"], entry["actor_id"]) == ("export_tenant", "cli", None)
    assert entry["facts"] == {"rows": said.answer["rows"]}


def test_a_file_that_is_there_already_is_not_written_over(said, tenantry, contoso, tmp_path) -> None:
    before = (tmp_path / "all.zip").read_bytes()
    again = tenantry("export", contoso.slug, tmp_path / "all.zip")
    assert (again.code, (tmp_path / "all.zip").read_bytes() == before) == (1, True)
    assert "There is something at" in again.err


def test_an_organization_that_is_not_there_is_refused_and_nothing_is_written(tenantry, tmp_path) -> None:
    said = tenantry("export", "nowhere", tmp_path / "all.zip", "--json")
    assert (said.code, said.answer["refused"]) == (1, "tenant_missing")
    assert list(tmp_path.iterdir()) == []


def test_a_person_is_told_how_much_it_is(tenantry, contoso, tmp_path) -> None:
    said = tenantry("export", contoso.slug, tmp_path / "all.zip")
    assert said.code == 0
    assert f"all.zip holds everything of {contoso.slug}: " in said.out
