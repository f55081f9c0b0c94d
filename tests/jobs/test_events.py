"""Events told to the vendor's app: every one until it is taken, none after that, and by two workers once."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from tenantry.commands.retry_work import retry_all_events
from tenantry.commands.send_events import forget_events
from tenantry.domain.events import WAITS
from tenantry.domain.operators import Operator
from tenantry.jobs.events import tell_apps
from tenantry.kit.ids import new_id
from tenantry.queries.doctor import examine
from tenantry.queries.house import House
from tenantry.store.tables import house_operations, outbox
from tests.cast import DAY, NORTHWIND, NOW
from tests.jobs.conftest import App
from tests.world import Tenant, make_tenant, rows_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def at(house: House, url: str, secret: str = SECRET) -> House:
    return replace(house, settings=replace(house.settings, events_url=url, events_secret=secret))


async def happen(house: House, tenant: Tenant, times: int = 1) -> None:
    rows = [{"user_id": str(new_id()), "plan_id": str(new_id())} for _ in range(times)]
    async with house.db.transaction(tenant.id) as tx:
        facts = [{"kind": "data.deleted", "payload": row, "at": NOW} for row in rows]
        await tx.execute(insert(outbox).values(tenant_id=tenant.id), facts)


async def the_event(house: House, tenant: Tenant) -> dict[str, Any]:
    (row,) = await rows_of(house.db, tenant.id, "outbox")
    return row


async def found(house: House) -> tuple[bool, str]:
    (finding,) = [one for one in await examine(house, clock=lambda: NOW) if one.check == "events"]
    return finding.ok, finding.code


async def test_events_of_every_tenant_are_sent_once(house: House, contoso: Tenant, app: App) -> None:
    northwind = await make_tenant(house.db, "northwind", NORTHWIND)
    await happen(house, contoso, 40)
    await happen(house, northwind)
    await tell_apps(at(house, app.url), now=NOW)
    await tell_apps(at(house, app.url), now=NOW + DAY)
    told = [json.loads(got.body) for got in app.got]
    assert len({one["id"] for one in told}) == len(told) == 41
    assert sum(one["tenant"] == str(northwind.id) for one in told) == 1
    row = await the_event(house, northwind)
    assert (row["tries"], row["answer"], row["given_up_at"]) == (1, "HTTP 204", None)
    assert row["sent_at"] is not None
    assert await found(at(house, app.url)) == (True, "events_sent")


async def test_two_workers_send_each_event_once(house: House, contoso: Tenant, app: App) -> None:
    await happen(house, contoso, 40)
    await asyncio.gather(*(tell_apps(at(house, app.url), now=NOW) for _ in range(2)))
    answers = {row["answer"] for row in await rows_of(house.db, contoso.id, "outbox")}
    assert (answers, len({got.headers["webhook-id"] for got in app.got}), len(app.got)) == ({"HTTP 204"}, 40, 40)


async def test_an_event_that_is_not_taken_comes_again_as_it_was_and_is_given_up_after_a_week(
    house: House, contoso: Tenant, app: App
) -> None:
    await happen(house, contoso)
    app.status, now = 503, NOW
    for wait in (*WAITS, timedelta(days=30)):
        await tell_apps(at(house, app.url), now=now)
        await tell_apps(at(house, app.url), now=now + wait - timedelta(seconds=5))  # too early
        now += wait + timedelta(seconds=5)  # the clock of the tries runs on meanwhile
    await tell_apps(at(house, app.url), now=now)
    row = await the_event(house, contoso)
    assert (len(app.got), row["tries"], row["answer"], row["sent_at"]) == (12, 12, "HTTP 503", None)
    assert row["given_up_at"] is not None
    assert len({(got.headers["webhook-id"], got.body) for got in app.got}) == 1
    assert await found(at(house, app.url)) == (False, "events_given_up")


async def test_what_was_taken_is_forgotten_after_90_days_and_nothing_else(own, make_house, run) -> None:
    house = make_house(own)
    tenant = await make_tenant(house.db)
    for sent_at, given_up_at in ((NOW, None), (NOW + DAY, None), (None, None), (None, NOW)):
        async with house.db.transaction(tenant.id) as tx:
            facts = {"kind": "data.deleted", "payload": {}, "at": NOW, "sent_at": sent_at, "given_up_at": given_up_at}
            await tx.execute(insert(outbox).values(tenant_id=tenant.id, **facts))
    assert [await forget_events(house.jobs, now=NOW + days * DAY) for days in (89, 90, 90)] == [0, 1, 0]
    assert NOW not in [row["sent_at"] for row in await rows_of(house.db, tenant.id, "outbox")]


async def test_what_was_given_up_is_sent_again_for_the_operator_and_that_is_in_both_logs(
    house: House, contoso: Tenant, app: App
) -> None:
    await happen(house, contoso)
    async with house.db.transaction(contoso.id) as tx:
        await tx.execute(update(outbox).values(tries=12, given_up_at=NOW, next_at=NOW + DAY, answer="HTTP 503"))
    boss = Operator(new_id(), "Olga Operator", "operator")
    assert await retry_all_events(house, boss, now=NOW) == 1
    assert await retry_all_events(house, boss, now=NOW) == 0
    await tell_apps(at(house, app.url), now=NOW)
    assert ((await the_event(house, contoso))["tries"], len(app.got)) == (1, 1)
    async with house.db.transaction() as tx:
        assert (await tx.execute(select(house_operations.c.command))).scalars().all() == ["retry_events"]
    assert [row["command"] for row in await rows_of(house.db, contoso.id, "operations")] == ["retry_events"]


async def test_an_app_that_is_away_is_asked_some_times_and_the_other_events_wait(
    house: House, contoso: Tenant, free_tcp_port: int
) -> None:
    await happen(house, contoso, 40)
    await tell_apps(at(house, f"http://127.0.0.1:{free_tcp_port}/"), now=NOW)
    tries = [row["tries"] for row in await rows_of(house.db, contoso.id, "outbox")]
    assert (tries.count(1), tries.count(0)) == (16, 24)


async def test_an_event_that_is_not_taken_keeps_no_other_organization_waiting(
    house: House, contoso: Tenant, app: App
) -> None:
    others = [contoso, *[await make_tenant(house.db, f"other-{n}", NORTHWIND) for n in range(3)]]
    for tenant in others:
        await happen(house, tenant)
    app.status = 400
    await tell_apps(at(house, app.url), now=NOW)
    assert [(await the_event(house, tenant))["answer"] for tenant in others] == ["HTTP 400"] * 4


async def test_a_try_that_nobody_came_back_from_is_followed_by_another(house: House, contoso: Tenant, app: App) -> None:
    await happen(house, contoso)
    async with house.db.transaction(contoso.id) as tx:
        await tx.execute(update(outbox).values(tries=1, next_at=NOW + WAITS[0]))
    await tell_apps(at(house, app.url), now=NOW)
    await tell_apps(at(house, app.url), now=NOW + WAITS[0])
    assert len(app.got) == 1


async def test_without_an_app_events_are_kept_and_one_that_makes_no_sense_is_told_by_the_doctor(
    house: House, contoso: Tenant, app: App
) -> None:
    await happen(house, contoso)
    assert await found(house) == (True, "events_kept")
    for url, secret in (("", ""), (app.url, "short"), ("ftp://x", SECRET)):
        await tell_apps(at(house, url, secret), now=NOW)
    assert ((await the_event(house, contoso))["tries"], app.got) == (0, [])
    assert await found(at(house, app.url, "short")) == (False, "events_nowhere")
