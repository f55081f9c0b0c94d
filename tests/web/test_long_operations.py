"""A long operation as a page: how far it is, what came of it, and who else may look."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tenantry.kit.ids import new_id
from tenantry.queries.long_operations import LongOperation
from tenantry.store.database import Database
from tenantry.store.files import PART
from tenantry.store.tables import files, long_operations
from tenantry.web.long_operations import pace
from tenantry.words.speech import speech
from tests.cast import ADELE, LIDIA, NOW, RASMUS, ULLA
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_long_operation, query_count


async def test_what_waits_says_so_and_asks_again_by_itself(browse: type_browse, db: Database, contoso: Tenant) -> None:
    place = f"/operations/{await make_long_operation(db, contoso, ULLA)}"
    async with browse(contoso, ULLA) as desk:
        page = await desk.get(place)
        fragment = await desk.get(place, target="operation-progress")
    assert "Waiting to begin" in words(page)
    assert "You can leave this page" in words(page)
    assert f'hx-get="/t/{contoso.slug}{place}" hx-trigger="every 2s"' in page.text
    assert "<noscript>" in page.text
    assert 'id="operation-progress"' in fragment.text


async def test_what_runs_shows_its_progress_and_its_pace(browse: type_browse, db: Database, contoso: Tenant) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=60)
    wanted = {"state": "running", "done": 1200, "total": 4800, "started_at": begun}
    place = f"/operations/{await make_long_operation(db, contoso, ULLA, **wanted)}"
    async with browse(contoso, ULLA) as desk:
        page = await desk.get(place)
    assert '<progress class="tn-progress" value="1200" max="4800"' in page.text
    assert "25% 1,200 of 4,800 · 20 per second, 3 minutes left" in words(page)


@pytest.mark.parametrize(
    ("done", "seconds", "said"),
    [
        (0, 60, ""),
        (10, 0, ""),
        (10, 100, "50 minutes left"),
        (300, 100, "3 per second, 3 seconds left"),
    ],
)
def test_the_pace_is_told_once_it_can_be(done: int, seconds: int, said: str) -> None:
    row = ("import_people", "Ulla", True, "running", done, 310, None, False, NOW, NOW, None, None)
    long = LongOperation(new_id(), *row)
    assert pace(speech("en"), long, NOW + timedelta(seconds=seconds)) == said


async def test_the_page_that_watches_is_loaded_whole_once_it_ended(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    place = f"/operations/{await make_long_operation(db, contoso, ULLA, state='failed')}"
    async with browse(contoso, ULLA) as desk:
        answer = await desk.get(place, target="operation-progress")
    assert (answer.status_code, answer.headers["hx-refresh"]) == (200, "true")


async def test_what_failed_says_why_and_can_be_tried_again(browse: type_browse, db: Database, contoso: Tenant) -> None:
    place = f"/operations/{await make_long_operation(db, contoso, ULLA, state='failed')}"
    async with browse(contoso, ULLA) as desk:
        page = await desk.get(place)
        answer = await desk.post(f"{place}/again")
        after = await desk.get(place)
    async with browse(contoso, RASMUS) as desk:
        other = await desk.get(place)
    assert "Nothing was changed. “XX” is not a country" in words(page)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{contoso.slug}{place}")
    assert "Waiting to begin" in words(after)
    assert (other.status_code, "Try again" in words(other)) == (200, False)


async def test_a_file_is_there_for_who_asked_and_for_auditors_as_long_as_it_is_kept(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    content = bytes(range(256)) * (PART // 200)
    operation_id = await make_long_operation(db, contoso, ULLA, state="done", done=40, file=content)
    statuses = {}
    for who in (ULLA, RASMUS, ADELE, LIDIA):
        async with browse(contoso, who) as desk:
            statuses[who] = (await desk.get(f"/operations/{operation_id}/file")).status_code
    async with browse(contoso, ULLA) as desk:
        page = words(await desk.get(f"/operations/{operation_id}"))
        file = await desk.get(f"/operations/{operation_id}/file")
        async with db.transaction(contoso.id) as tx:
            await tx.execute(update(files).values(expires_at=NOW - timedelta(days=1000)))
        gone = await desk.get(f"/operations/{operation_id}/file")
        later = words(await desk.get(f"/operations/{operation_id}"))
    assert statuses == {ULLA: 200, RASMUS: 200, ADELE: 200, LIDIA: 404}
    assert "people.zip 1.3 MB · kept until" in page
    assert file.content == content
    assert file.headers["content-length"] == str(len(content))
    assert file.headers["content-disposition"] == 'attachment; filename="people.zip"'
    assert (gone.status_code, "Download" in later) == (404, False)


async def test_the_page_asks_as_much_at_the_end_as_at_the_beginning(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    operation_id, counts = await make_long_operation(db, contoso, ULLA, state="running"), []
    async with browse(contoso, ULLA) as desk:
        for done in (0, 39):
            async with db.transaction(contoso.id) as tx:
                await tx.execute(update(long_operations).values(done=done))
            with query_count(db) as asked:
                await desk.get(f"/operations/{operation_id}")
            counts.append(asked.count)
    assert counts[0] == counts[1]
