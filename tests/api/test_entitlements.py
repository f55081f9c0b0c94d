"""What a vendor's app is told of a person, and what it has to show before."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from tenantry.api import programs
from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.manage_app_keys import revoke_app_key
from tenantry.domain.entitlements import MEETING_LIMIT
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.ids import new_id
from tenantry.queries import app_entitlements, entitlements
from tenantry.queries.app_entitlements import read_app_entitlements
from tenantry.queries.house import House
from tenantry.store import tables
from tenantry.store.app_keys import key_hash
from tenantry.store.database import Database, connect
from tenantry.store.quick_reads import prepared, read
from tenantry.web import create_app
from tests.api.conftest import BY, App, type_at_work
from tests.cast import ADELE, BASIC, BOARD, CHAT, DAY, NOW, PETER
from tests.conftest import Base, type_run
from tests.world import Tenant, inherit, make_pool, query_count

TODAY = datetime.now(UTC)
YEAR = {"starts_at": TODAY - DAY, "ends_at": TODAY + 300 * DAY}


@pytest.fixture
def holding(db: Database, contoso: Tenant, run: type_run) -> Tenant:
    """Contoso, where Peter came today and holds Business Basic without its chat, and Task Board by a group."""

    async def make() -> None:
        await make_pool(db, contoso.id, BASIC, 5, **YEAR, recurring=False)
        await make_pool(db, contoso.id, BOARD, 5, **YEAR)
        wish = Wish(assign={BASIC.sku_id: frozenset([CHAT.id])})
        one = Selection(ids=contoso.ids(PETER))
        await assign_licenses(db, contoso.viewer(ADELE), selection=one, wish=wish, all_or_none=True, now=TODAY)
        await inherit(db, contoso.id, BOARD, contoso.people[PETER])
        await change(db, contoso, created_at=TODAY)

    run(make())
    return contoso


async def change(db: Database, tenant: Tenant, **facts: Any) -> None:
    mine = update(tables.users).where(tables.users.c.id == tenant.people[PETER])
    async with db.transaction(tenant.id) as tx:
        await tx.execute(mine.values(facts))


async def test_services_and_limits_come_with_their_reasons_and_ends(at_work: type_at_work, holding: Tenant) -> None:
    async with at_work() as app:
        answer = await app.ask(holding.people[PETER])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    said = answer.json()
    assert said["user_id"] == str(holding.people[PETER])
    assert (said["barred"], said["moved_to"], said["idle"]) == (None, None, [])
    services = {one["name"]: one for one in said["services"]}
    assert services.keys() == {"MAIL_S", "SITES_S", "TASKS", "CALENDAR"}
    (reason,) = services["MAIL_S"]["reasons"]
    assert (reason["product_id"], reason["path"], reason["group_id"]) == (str(BASIC.sku_id), "direct", None)
    assert datetime.fromisoformat(services["MAIL_S"]["until"]) > YEAR["ends_at"]
    (reason,) = services["TASKS"]["reasons"]
    assert (reason["product_id"], reason["path"], reason["until"]) == (str(BOARD.sku_id), "group", None)
    assert said["products"] == {
        str(one.sku_id): {"part_number": one.part_number, "name": one.name} for one in (BASIC, BOARD)
    }
    limit = said["limits"][MEETING_LIMIT]
    assert (limit["value"], limit["then"]) == (10, 3)
    assert datetime.fromisoformat(limit["changes_at"]) == TODAY + 60 * DAY


async def test_an_answer_is_kept_for_seconds_and_not_sent_twice_while_it_is_the_same(
    at_work: type_at_work, holding: Tenant, db: Database
) -> None:
    async with at_work() as app:
        first = await app.ask(holding.people[PETER])
        assert first.headers["cache-control"] == "private, max-age=10"
        tag = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
        same = await app.ask(holding.people[PETER], **tag)
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
        await change(db, holding, created_at=datetime.now(UTC) - 60 * DAY + timedelta(seconds=4))
        soon = await app.ask(holding.people[PETER], **tag)
        assert soon.status_code == 200
        assert soon.headers["cache-control"] in {f"private, max-age={left}" for left in (0, 1, 2, 3)}


async def test_without_a_key_that_is_in_force_nothing_is_told(at_work: type_at_work, holding: Tenant) -> None:
    codes = {}
    async with at_work() as app:
        for key in ("", "nonsense", "tenantry_" + "x" * 43, "\xe9"):
            known, unknown = [await app.ask(who, key=key) for who in (holding.people[PETER], new_id())]
            assert (known.status_code, known.headers["content-type"]) == (401, "application/problem+json")
            assert known.headers["www-authenticate"].startswith('Bearer realm="tenantry"')
            assert known.json() == unknown.json()
            codes[key] = known.json()["code"]
        nobody = await app.client.get(f"/entitlements/v1/users/{holding.people[PETER]}")
    assert codes.pop("") == nobody.json()["code"] == "app_key_needed"
    assert set(codes.values()) == {"app_key_wrong"}


async def test_a_revoked_key_opens_nothing_any_more(
    at_work: type_at_work, holding: Tenant, house: House, key: str
) -> None:
    mine = select(tables.app_keys).where(tables.app_keys.c.hash == key_hash(key))
    async with house.db.transaction() as tx:
        row = (await tx.execute(mine)).one()
    async with at_work() as app:
        assert (await app.ask(holding.people[PETER])).status_code == 200
        await revoke_app_key(house.db, BY, key_id=row.id, now=NOW)
        assert (await app.ask(holding.people[PETER])).status_code == 401


async def test_a_key_is_noted_as_used_once_a_minute_and_not_kept_in_the_clear(
    house: House, holding: Tenant, key: str
) -> None:
    mine = select(tables.app_keys).where(tables.app_keys.c.hash == key_hash(key))
    seen = []
    for now in (NOW, NOW + timedelta(seconds=50), NOW + timedelta(seconds=70)):
        await read_app_entitlements(house, key=key, user_id=holding.people[PETER], now=now)
        async with house.db.transaction() as tx:
            row = (await tx.execute(mine)).one()
            seen.append(row.used_at - NOW)
    assert seen == [timedelta(), timedelta(), timedelta(seconds=70)]
    assert key not in str(row)


async def test_an_unknown_person_is_a_problem_that_a_program_can_read(at_work: type_at_work) -> None:
    said = {"status": 404, "title": "Not Found", "detail": "There is no such person here.", "code": "user_missing"}
    async with at_work() as app:
        for who in (str(new_id()), "peter", "1' OR 1=1", "%00"):
            answer = await app.ask(who)
            assert (answer.status_code, answer.json()) == (404, said)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_who_is_kept_out_has_no_services_and_the_app_is_told_why(
    at_work: type_at_work, holding: Tenant, db: Database
) -> None:
    async with at_work() as app:
        for facts, why in (({"blocked_at": NOW}, "user_blocked"), ({"deleted_at": NOW}, "user_deleted")):
            await change(db, holding, **facts)
            said = (await app.ask(holding.people[PETER])).json()
            assert (said["barred"], said["services"], said["limits"]) == (why, [], {})
        async with db.transaction(holding.id) as tx:
            await tx.execute(update(tables.tenants).values(suspended_at=NOW))
        assert (await app.ask(holding.people[PETER])).json()["barred"] == "tenant_suspended"


async def test_what_has_run_out_is_idle(at_work: type_at_work, holding: Tenant, db: Database) -> None:
    async with db.transaction(holding.id) as tx:
        mine = update(tables.subscriptions).where(tables.subscriptions.c.sku_id == BASIC.sku_id)
        ended = {"starts_at": NOW - 500 * DAY, "anchor_at": NOW - 500 * DAY, "ends_at": TODAY - 100 * DAY}
        await tx.execute(mine.values(ended | {"term_at": NOW - 500 * DAY}))
    async with at_work() as app:
        said = (await app.ask(holding.people[PETER])).json()
    assert {one["name"] for one in said["services"]} == {"TASKS", "CALENDAR"}
    (idle,) = said["idle"]
    assert (idle["product_id"], idle["reason"]) == (str(BASIC.sku_id), "subscription_ended")
    assert said["products"][idle["product_id"]]["part_number"] == "BASIC"


async def test_who_moved_with_a_takeover_is_named_by_their_new_id(
    at_work: type_at_work, holding: Tenant, northwind: Tenant, db: Database
) -> None:
    new = next(iter(northwind.people.values()))
    came = {"tenant_id": northwind.id, "old_tenant_id": holding.id, "old_user_id": holding.people[PETER]}
    async with db.transaction(northwind.id) as tx:
        await tx.execute(insert(tables.moved_people).values(came | {"user_id": new}))
    async with db.transaction(holding.id) as tx:
        await tx.execute(update(tables.tenants).values(merged_into=northwind.id, deleted_at=NOW))
    async with at_work() as app:
        said = (await app.ask(holding.people[PETER])).json()
    assert (said["barred"], said["moved_to"], said["services"]) == ("tenant_deleted", str(new), [])


async def test_a_question_costs_two_round_trips_and_leaves_no_fence_behind(
    house: House, holding: Tenant, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"key": key, "user_id": holding.people[PETER], "now": TODAY}
    await read_app_entitlements(house, **wanted)  # notes the key, and loads the catalog
    trips = []

    async def counted(*asked: Any) -> Any:
        trips.append(asked)
        return await read(*asked)

    monkeypatch.setattr(app_entitlements, "read", counted)
    monkeypatch.setattr(entitlements, "read", counted)
    with query_count(house.db) as own, query_count(house.jobs) as over_all:
        await asyncio.gather(*(read_app_entitlements(house, **wanted) for _ in range(6)))
    assert (len(trips), own.count, over_all.count) == (12, 0, 0)
    for _ in range(8):
        assert await read(house.db, prepared(select(tables.users.c.id)), {}) == []


async def test_a_connection_comes_back_as_it_was_also_from_a_question_that_nobody_waits_for(
    base: Base, open_db: Callable[..., Database]
) -> None:
    db = open_db(base.app_url, pool_size=1)
    slow = b"SELECT pg_sleep(5)"
    for tenant_id in (None, new_id()):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read(db, slow, {}, tenant_id), 0.05)
    with pytest.raises(DBAPIError):
        await read(db, b"SELECT pg_terminate_backend(pg_backend_pid())", {})
    async with db.engine.connect() as pooled:
        assert not (await pooled.get_raw_connection()).driver_connection.autocommit


async def test_a_database_that_is_away_is_a_problem_too(house: House, holding: Tenant, key: str) -> None:
    nowhere = connect("postgresql://tenantry_jobs@127.0.0.1:1/none")
    async with AsyncTestClient(create_app(replace(house, jobs=nowhere), beside=programs())) as client:
        answer = await App(client, key).ask(holding.people[PETER])
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (503, "5", "database_down")


async def test_it_is_described_for_programs_and_the_rest_is_told_in_json(at_work: type_at_work) -> None:
    async with at_work() as app:
        described = (await app.client.get("/entitlements/v1/openapi.json")).json()
        wrong = await app.client.post(f"/entitlements/v1/users/{new_id()}")
        nowhere = await app.client.get("/entitlements/v1/people")
    assert described["paths"].keys() == {"/entitlements/v1/users/{user_id}"}
    assert {"Answer", "Service", "Problem"} <= described["components"]["schemas"].keys()
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["code"]) == (405, "GET", "method_wrong")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "address_missing")


def test_every_address_for_programs_is_looked_at_here(house: House) -> None:
    known = {route.path for route in create_app(house).routes}
    added = {route.path for route in create_app(house, beside=programs()).routes} - known
    place = "/entitlements/v1"
    assert added == {f"{place}/users/{{user_id:str}}", f"{place}/openapi.json", f"{place}/{{rest:path}}"}
