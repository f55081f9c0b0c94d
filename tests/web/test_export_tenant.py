"""The page before an export, asking for one, and what is told once its file is gone."""

import re
from datetime import UTC, datetime, timedelta

from tenantry.commands.export_tenant import export_tenant
from tenantry.commands.long_operations import sweep_long_operations
from tenantry.domain.viewers import janitor
from tenantry.kit.ids import new_id
from tenantry.queries.export_parts import PARTS
from tenantry.store.database import Database
from tests.cast import ADELE, BASIC, LIDIA, RASMUS
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_long_operation, make_pool, make_users, query_count, rows_of

EXPORT = "/settings/organization/export"


async def silent(done: int) -> None:
    """Nobody watches."""


async def test_the_page_says_what_is_in_it_and_how_much(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, ADELE) as desk:
        page = words(await desk.get(EXPORT))
    assert all(f" {part.name} " in page for part in PARTS)
    assert "People, guests too people 10" in page
    assert "Subscriptions: what was bought, and until when subscriptions 1" in page


async def test_asking_leads_to_the_operation_and_a_second_ask_to_the_same(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, ADELE) as desk:
        form = await desk.get(EXPORT)
        operation_id = re.findall(r'name="operation" value="([^"]*)"', form.text)[0]
        answers = [await desk.post(EXPORT, {"operation": one}) for one in (operation_id, str(new_id()))]
        page = await desk.get(EXPORT)
    places = {answer.headers["location"] for answer in answers}
    assert places == {f"/t/{contoso.slug}/operations/{operation_id}"}
    (row,) = await rows_of(db, contoso.id, "long_operations")
    assert (row["command"], row["state"], row["actor_name"]) == ("export_tenant", "waiting", "Adele Vance")
    assert row["total"] > 10
    assert "An export is being made Adele Vance asked for it." in words(page)
    assert 'id="export-form"' not in page.text


async def test_the_exports_of_the_last_days_are_listed(browse: type_browse, db: Database, contoso: Tenant) -> None:
    command = {"command": "export_tenant"}
    await make_long_operation(db, contoso, ADELE, state="failed", **command)
    done = await make_long_operation(db, contoso, ADELE, state="done", done=40, file=b"PK", **command)
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(EXPORT)
    assert re.findall("Adele Vance (Ready|Failed)", words(page)) == ["Ready", "Failed"]
    assert f'href="/t/{contoso.slug}/operations/{done}"' in page.text


async def test_a_file_that_is_past_its_week_says_so_even_after_it_was_swept(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    operation_id, then = new_id(), datetime.now(UTC) - timedelta(days=8)
    made = await export_tenant(db, contoso.viewer(ADELE), progress=silent, operation_id=operation_id, now=then)
    facts = {"file_id": made.file_id, "finished_at": then, "command": "export_tenant"}
    await make_long_operation(db, contoso, ADELE, operation_id=operation_id, state="done", done=40, **facts)
    told, statuses = [], []
    for _ in range(2):
        async with browse(contoso, ADELE) as desk:
            answer = await desk.get(f"/operations/{operation_id}/file")
            receipt = await desk.get(f"/operations/{operation_id}")
        told.append(words(answer))
        statuses.append((answer.status_code, receipt.status_code, "Download" in words(receipt)))
        await sweep_long_operations(db, janitor(contoso.id), now=datetime.now(UTC))
    assert statuses == [(404, 200, False)] * 2
    assert all("The file is no longer kept. Have it made again." in one for one in told)
    assert await rows_of(db, contoso.id, "files") == []
    assert "Exported everything that" in words(receipt)
    assert "File kept until" in words(receipt)
    async with browse(contoso, LIDIA) as desk:
        other = await desk.get(f"/operations/{operation_id}/file")
    assert "There is no such operation here." in words(other)


async def test_auditors_get_the_file_and_others_do_not(browse: type_browse, db: Database, contoso: Tenant) -> None:
    operation_id = await make_long_operation(
        db, contoso, ADELE, state="done", done=40, file=b"PK", command="export_tenant"
    )
    statuses = []
    for who in (ADELE, RASMUS, LIDIA):
        async with browse(contoso, who) as desk:
            statuses.append((await desk.get(f"/operations/{operation_id}/file")).status_code)
    assert statuses == [200, 200, 404]


async def test_the_page_asks_as_much_of_many_people_as_of_few(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    counts = []
    async with browse(contoso, ADELE) as desk:
        for _ in range(2):
            with query_count(db) as asked:
                await desk.get(EXPORT)
            counts.append(asked.count)
            await make_users(db, contoso.id, 300)
    assert counts[0] == counts[1]
