"""The page of a sandbox's clock: there only for sandboxes, and every page of theirs goes by it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import ADELE, BASIC, RASMUS
from tests.web.conftest import words
from tests.world import make_pool, make_sandbox, rows_of

PLACE = "/settings/clock"


@pytest.fixture
def sandbox(db, contoso, run):
    now = datetime.now(UTC)
    run(make_sandbox(db, contoso.id))
    run(make_pool(db, contoso.id, BASIC, 10, starts_at=now, ends_at=now + timedelta(days=40), recurring=False))
    return contoso


async def test_moving_it_ahead_does_what_falls_due_and_every_page_goes_by_it(browse, db, sandbox) -> None:
    async with browse(sandbox, ADELE) as desk:
        assert "0 days ahead" in words(await desk.get(PLACE))
        answer = await desk.post(PLACE, {"days": "60"})
        assert answer.status_code == 303
        page = words(await desk.get(PLACE))
        assert "60 days ahead" in page
        assert "On the way: " in page
        assert "Expired" in words(await desk.get("/products"))
    told = {row["kind"] for row in await rows_of(db, sandbox.id, "notices") if row["ended_at"] is None}
    assert "expired" in told


async def test_to_the_next_thing(browse, db, sandbox) -> None:
    async with browse(sandbox, ADELE) as desk:
        assert (await desk.post(PLACE, {"days": "next"})).status_code == 303
    (row,) = await rows_of(db, sandbox.id, "tenants")
    assert row["test_clock"] <= 1


@pytest.mark.parametrize("days", ["0", "-1", "400", "99999999", "soon", "", "1e9"])
async def test_what_is_no_number_of_days_is_refused_in_words(browse, db, sandbox, days) -> None:
    async with browse(sandbox, ADELE) as desk:
        answer = await desk.post(PLACE, {"days": days})
    assert answer.status_code == 422
    assert "Move it by 1 to 366 days." in words(answer)
    (row,) = await rows_of(db, sandbox.id, "tenants")
    assert row["test_clock"] == 0


async def test_who_may_only_look_sees_no_way_to_move_it(browse, sandbox) -> None:
    async with browse(sandbox, RASMUS) as desk:
        page = words(await desk.get(PLACE))
        assert "Time of this sandbox" in page
        assert "Ahead by" not in page
        assert (await desk.post(PLACE, {"days": "1"})).status_code == 403


async def test_where_there_is_no_clock_there_is_no_page_and_no_way_to_it(browse, contoso) -> None:
    async with browse(contoso, ADELE) as desk:
        assert (await desk.get(PLACE)).status_code == 404
        assert "Test clock" not in words(await desk.get("/"))
