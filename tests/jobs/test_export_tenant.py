"""An export as a job: asked for in the browser's way, done by the worker, its file to be had in parts."""

import io
import json
import zipfile

from tenantry.commands.export_tenant import export_tenant
from tenantry.commands.long_operations import ask
from tenantry.kit.ids import new_id
from tenantry.queries.long_operations import read_file, read_file_part
from tenantry.store.database import Database
from tenantry.store.tables import files
from tests.cast import ADELE, NOW, RASMUS
from tests.jobs.conftest import type_work_off
from tests.world import Tenant, make_users, rows_of


async def test_a_job_makes_the_file_and_who_asked_downloads_it(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    await make_users(db, contoso.id, 300)
    operation_id, viewer = new_id(), contoso.viewer(ADELE, "nb")
    wanted = {"command": export_tenant, "request": {}, "total": 400, "now": NOW}
    await ask(db, viewer, operation_id=operation_id, **wanted)
    await work_off()
    (long,) = await rows_of(db, contoso.id, "long_operations")
    (entry,) = await rows_of(db, contoso.id, "operations")
    (kept,) = await rows_of(db, contoso.id, files.name)
    file = await read_file(db, contoso.viewer(RASMUS), operation_id=operation_id, now=kept["made_at"])
    content, number = b"", 0
    while part := await read_file_part(db, viewer, file_id=file.id, number=number):
        content, number = content + part, number + 1
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert (long["state"], long["done"], long["file_id"]) == ("done", 400, kept["id"])
    assert (entry["id"], entry["via"], entry["actor_name"]) == (operation_id, "job", ADELE.name)
    assert archive.testzip() is None
    assert len(json.loads(archive.read("json/people.json"))) == 310
    assert "Brukernavn" in archive.read("csv/people.csv").decode("utf-8-sig")
    assert len(content) == file.size
