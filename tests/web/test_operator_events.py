"""The operator's page of events: what the vendor's app answered, and sending again what was given up."""

import pytest
from sqlalchemy import insert

from tenantry.kit.ids import new_id
from tenantry.queries.events import list_events
from tenantry.queries.house import House
from tenantry.store.tables import outbox
from tests.cast import DAY, NOW, PETER
from tests.web.conftest import Boss, desk_of, words
from tests.world import Tenant, query_count, rows_of


async def happen(house: House, tenant: Tenant, times: int = 1, **state: object) -> None:
    payload = {"user_id": str(tenant.people[PETER]), "plan_id": str(new_id())}
    row = {"kind": "data.deleted", "payload": payload, "at": NOW, "tenant_id": tenant.id, **state}
    async with house.db.transaction(tenant.id) as tx:
        await tx.execute(insert(outbox), [row] * times)


async def test_what_was_given_up_is_shown_with_the_answer_and_sent_again(
    house: House, boss: Boss, contoso: Tenant
) -> None:
    event_id = new_id()
    await happen(house, contoso, id=event_id, tries=12, given_up_at=NOW, next_at=NOW + DAY, answer="HTTP 503")
    await happen(house, contoso, tries=1, sent_at=NOW, answer="HTTP 204")
    async with desk_of(house, boss) as desk:
        read = words(await desk.get("/events?only=failed"))
        assert "Events are kept, and sent to nobody" in read
        assert f"Data to delete {event_id} {contoso.slug.title()} Given up HTTP 503 12" in read
        assert str(contoso.people[PETER]) not in read
        one = {"tenant": str(contoso.id), "event": str(event_id)}
        assert (await desk.post("/events/retry", one | {"tenant": str(new_id())})).status_code == 303
        assert "12" in {str(row["tries"]) for row in await rows_of(house.db, contoso.id, "outbox")}
        await desk.post("/events/retry", one)
    (row,) = [row for row in await rows_of(house.db, contoso.id, "outbox") if row["id"] == event_id]
    assert (row["tries"], row["given_up_at"], row["next_at"], row["answer"]) == (0, None, None, "HTTP 503")


@pytest.mark.parametrize("more", [0, 49])
async def test_the_list_costs_the_same_for_one_and_for_fifty(
    house: House, boss: Boss, contoso: Tenant, more: int
) -> None:
    await happen(house, contoso, more + 1)
    with query_count(house.jobs) as asked:
        seen = await list_events(house, boss.operator, state="waiting", cursor=None, limit=50)
    assert (len(seen.page.items) > more, asked.count) == (True, 2)
