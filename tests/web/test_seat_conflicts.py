"""Seat conflicts on the Licenses page and their ways out: the worked checks of reference: licensing, 4.5."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from tenantry.store.database import Database
from tenantry.store.pools import after_change
from tenantry.store.tables import licenses
from tests.cast import ADELE, BASIC, BILL, BOARD, LIDIA, NORA, PETER, PHONES, PREMIUM, RASMUS, WAREHOUSE
from tests.web.conftest import type_browse, words
from tests.world import Tenant, held, inherit, make_payer, make_pool, make_users, query_count, rows_of

DAY = timedelta(days=1)


def ended(days: int) -> dict[str, Any]:
    """The terms of a yearly subscription that ended so many days ago."""
    ends_at = datetime.now(UTC) - days * DAY
    return {"starts_at": ends_at - 365 * DAY, "ends_at": ends_at, "recurring": False}


async def with_pool(db: Database, tenant: Tenant, consumed: int, *shares: tuple[int, dict[str, Any]]) -> list[Any]:
    """A pool of Business Basic out of (seats, terms), and people who hold it directly."""
    made = [await make_pool(db, tenant.id, BASIC, seats, **terms) for seats, terms in shares]
    people = await make_users(db, tenant.id, consumed)
    await inherit(db, tenant.id, BASIC, *people)
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(licenses).values(group_ids=[], disabled_plans=[]))
    return [made, list(people)]


ACTIVE: dict[str, Any] = {}
CHECKS = [
    ("all are paid", 13, [(5, ACTIVE), (8, ACTIVE)], None),
    ("eight expired", 13, [(5, ACTIVE), (8, ended(10))], "8 users need a valid license"),
    ("eight disabled", 13, [(5, ACTIVE), (8, ended(40))], "8 users need a valid license"),
    ("expired and not needed", 5, [(5, ACTIVE), (8, ended(10))], None),
]


@pytest.mark.parametrize(("name", "consumed", "shares", "told"), CHECKS, ids=[check[0] for check in CHECKS])
async def test_the_status_is_absent_or_tells_how_many_lack_a_license(
    db: Database,
    contoso: Tenant,
    browse: type_browse,
    name: str,
    consumed: int,
    shares: list[tuple[int, dict[str, Any]]],
    told: str | None,
) -> None:
    await with_pool(db, contoso, consumed, *shares)
    async with browse(contoso, ADELE) as desk:
        page = words(await desk.get("/licenses"))
    assert ("Status" in page, "Buy more" in page, "Remove" in page) == (told is not None,) * 3
    assert told is None or told in page
    assert ("8 without service" in page) is (name == "eight disabled")
    assert ("deadline" in page) is (name == "eight expired")
    assert ("Renew " in page) is (told is not None)


async def test_who_may_buy_is_shown_buying_and_who_may_assign_removing(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await with_pool(db, contoso, 13, (5, ACTIVE), (8, ended(10)))
    seen = {}
    for who in (BILL, LIDIA, RASMUS):
        async with browse(contoso, who) as desk:
            page = words(await desk.get("/licenses"))
        seen[who] = ("Buy more" in page, "Renew 1" in page or "Renew Business" in page, " Remove" in page)
    assert [seen[who][0] for who in (BILL, LIDIA, RASMUS)] == [True, False, False]
    assert [seen[who][2] for who in (BILL, LIDIA, RASMUS)] == [False, True, False]


async def test_one_subscription_is_gone_to_and_of_several_one_is_chosen(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    (one, lost), _ = await with_pool(db, contoso, 13, (5, ACTIVE), (8, ended(10)))
    place = f"/licenses/{BASIC.sku_id}"
    async with browse(contoso, BILL) as desk:
        straight = await desk.get(f"{place}/buy-more")
        renewed = await desk.get(f"{place}/renew")
        other = await make_pool(db, contoso.id, BASIC, 2)
        chosen = await desk.get(f"{place}/buy-more")
    assert straight.headers["location"].endswith(f"/products/{one}/seats")
    assert renewed.headers["location"].endswith(f"/products/{lost}/renew")
    assert "Add/Remove licenses" in words(chosen)
    assert f"/products/{one}/seats" in chosen.text
    assert f"/products/{other}/seats" in chosen.text
    assert f"/products/{lost}/" not in chosen.text


async def test_licenses_are_removed_from_selected_users_after_a_yes(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    _, people = await with_pool(db, contoso, 6, (4, ACTIVE), (2, ended(10)))
    place, users = f"/licenses/{BASIC.sku_id}/remove", [str(one) for one in people[:2]]
    query = "&".join(f"user={one}" for one in users)
    async with browse(contoso, LIDIA) as desk:
        assert "Short by 2 seats" in words(await desk.get(place))
        picked = words(await desk.get(f"{place}?{query}"))
        confirm = words(await desk.get(f"{place}/confirm?{query}"))
        asked = words(await desk.get(f"{place}/confirm?{query}&sure=1"))
        done = await desk.post(f"{place}/confirm", {"key": "remove-1", "user": users})
        told = words(await desk.get(done.headers["location"]))
        listed = words(await desk.get("/licenses"))
    assert "Selected users 2 of at most 200" in picked
    assert "Remove licenses" in confirm
    assert "is then deleted for good" in confirm
    assert "Remove the licenses of 2 people?" in asked
    assert "2 licenses removed Everybody with Business Basic has a valid license." in told
    assert "Status" not in listed
    assert set(await held(db, contoso.id)) == {(one, BASIC.sku_id) for one in people[2:]}


async def test_a_removal_from_nobody_or_from_a_group_is_not_done(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    await inherit(db, contoso.id, BASIC, *contoso.ids(PETER))
    place = f"/licenses/{BASIC.sku_id}/remove"
    async with browse(contoso, LIDIA) as desk:
        nobody = await desk.get((await desk.get(f"{place}/confirm")).headers["location"])
        grouped = await desk.get(f"{place}/confirm?user={contoso.people[PETER]}")
        posted = await desk.post(f"{place}/confirm", {"key": "remove-2", "user": str(contoso.people[NORA])})
    assert grouped.status_code == 303
    assert posted.headers["location"].endswith("/licenses")
    assert "Pick at least one person." in words(nobody)
    assert len(await held(db, contoso.id)) == 1


async def test_a_product_for_the_company_is_not_taken_from_people(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, WAREHOUSE, 1)
    async with browse(contoso, LIDIA) as desk:
        assert (await desk.get(f"/licenses/{WAREHOUSE.sku_id}/remove")).status_code == 422


async def test_service_comes_back_as_soon_as_a_license_goes(db: Database, contoso: Tenant, browse: type_browse) -> None:
    _, people = await with_pool(db, contoso, 3, (1, ACTIVE), (2, ended(40)))

    async with db.transaction(contoso.id) as tx:
        await after_change(tx, None, datetime.now(UTC))
    assert {row["user_id"] for row in await rows_of(db, contoso.id, "service_cuts")} == set(people[1:])
    async with browse(contoso, LIDIA) as desk:
        await desk.post(f"/licenses/{BASIC.sku_id}/remove/confirm", {"user": str(people[0])})
    assert {row["user_id"] for row in await rows_of(db, contoso.id, "service_cuts")} == {people[2]}


async def test_every_pool_in_conflict_costs_as_many_statements_as_one(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:

    await with_pool(db, contoso, 2, (1, ACTIVE))
    async with browse(contoso, LIDIA) as desk:
        await desk.get("/licenses")
        with query_count(db) as one:
            await desk.get("/licenses")
        for product in (BOARD, PHONES, PREMIUM):
            await make_pool(db, contoso.id, product, 1, **ended(5))
            await inherit(db, contoso.id, product, *contoso.ids(PETER, NORA))
        with query_count(db) as many:
            page = words(await desk.get("/licenses"))
    assert "Seat conflict 4" in page
    assert one.count == many.count


# The conflict's own page, and its repair


def form_of(page: str) -> dict[str, Any]:
    """What the repair's form would send as it stands."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    ticked = re.findall(r'name="user" value="([^"]+)"[^>]* checked', page)
    (buy,) = re.findall(r'name="buy"[^>]* value="(\d+)"', page)
    return {name: hidden[name] for name in ("key", "tried", "fingerprint")} | {"user": ticked, "buy": buy}


async def long_ago(db: Database, tenant: Tenant, *users: UUID) -> None:
    """These were assigned their license long ago, and not seen since."""
    async with db.transaction(tenant.id) as tx:
        old = {"assigned_at": datetime.now(UTC) - 200 * DAY}
        await tx.execute(update(licenses).where(licenses.c.user_id.in_(users)).values(old))


async def recently(db: Database, tenant: Tenant) -> None:
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(licenses).values(assigned_at=datetime.now(UTC) - 5 * DAY))


async def test_the_conflict_is_told_with_its_ways_out_and_a_repair(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    _, people = await with_pool(db, contoso, 13, (5, ACTIVE), (8, ended(10)))
    await recently(db, contoso)
    await long_ago(db, contoso, *people[:3])
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(f"/licenses/{BASIC.sku_id}/conflict")
    text = words(page)
    assert "Seat conflict: short by 8" in text
    assert "A subscription expired on" in text
    assert "10 days ago" in text
    assert "then 8 people lose service" in text
    assert "13 people Chat, Mail (small) and Sites (small)" in text
    assert "3 released + 5 bought = 8 of 8" in text
    assert form_of(page.text)["user"] == [str(one) for one in people[:3]]


async def test_a_repair_is_edited_tried_and_done_as_one_operation(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    _, people = await with_pool(db, contoso, 8, (5, ACTIVE), (3, ended(10)))
    await recently(db, contoso)
    await long_ago(db, contoso, *people[:2])
    await make_payer(db, contoso)
    place = f"/licenses/{BASIC.sku_id}/conflict"
    async with browse(contoso, ADELE) as desk:
        form = form_of((await desk.get(place)).text)
        edited = form | {"user": form["user"][:1], "buy": "2"}
        hasty = await desk.post(place, edited | {"do": "repair"})
        trial = await desk.post(place, edited | {"do": "try"})
        done = await desk.post(place, form_of(trial.text) | {"do": "repair"})
        receipt = words(await desk.get(done.headers["location"]))
        after = words(await desk.get(place))
    assert hasty.status_code == 409
    assert "1 released + 2 bought = 3 of 3" in words(trial)
    assert "Repaired the seat conflict of Business Basic: 1 license released and 2 seats ordered" in receipt
    assert "There is no seat conflict" in after
    assert set(await held(db, contoso.id)) == {(one, BASIC.sku_id) for one in people[1:]}
    seats = {row["seats"] for row in await rows_of(db, contoso.id, "subscriptions")}
    assert seats == {3, 7}


async def test_of_a_pool_of_very_many_more_can_be_released_than_were_looked_at(
    db: Database, contoso: Tenant, browse: type_browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, people = await with_pool(db, contoso, 8, (2, ACTIVE), (6, ended(10)))
    await recently(db, contoso)
    place = f"/licenses/{BASIC.sku_id}/conflict"
    monkeypatch.setattr("tenantry.store.seat_conflicts.FEW", 1)
    monkeypatch.setattr("tenantry.store.seat_conflicts.LOOKED_AT", 100)
    monkeypatch.setattr("tenantry.queries.conflict.MOST", 2)
    async with browse(contoso, ADELE) as desk:
        none = words(await desk.get(place))
        await long_ago(db, contoso, *people)
        all_of_them = words(await desk.get(place))
        first = len(contoso.people) - 1 + 4  # never seen: the cast but the viewer, and four who hold it
        monkeypatch.setattr("tenantry.store.seat_conflicts.LOOKED_AT", first)
        some = words(await desk.get(place))
    assert "nobody is proposed" in none
    assert "4 more licenses that nobody uses can be released after these." in all_of_them
    assert "More than 2 more licenses" in some
    assert "2 released + 0 bought = 2 of 6" in some


async def test_who_may_not_buy_releases_only(db: Database, contoso: Tenant, browse: type_browse) -> None:
    _, people = await with_pool(db, contoso, 4, (2, ACTIVE), (2, ended(10)))
    await recently(db, contoso)
    await long_ago(db, contoso, people[0])
    place = f"/licenses/{BASIC.sku_id}/conflict"
    async with browse(contoso, LIDIA) as desk:
        form = form_of((await desk.get(place)).text)
        refused = await desk.post(place, form | {"do": "repair"})
        trial = await desk.post(place, form | {"do": "try", "buy": "0"})
        done = await desk.post(place, form_of(trial.text) | {"do": "repair"})
    assert refused.status_code == 403
    assert "Repair a part of it" in words(trial)
    assert done.status_code == 303
    assert len(await held(db, contoso.id)) == 3


async def test_a_pool_that_is_not_short_has_no_conflict(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, RASMUS) as desk:
        page = words(await desk.get(f"/licenses/{BASIC.sku_id}/conflict"))
    assert "There is no seat conflict" in page


async def test_who_has_no_service_is_shown_and_the_pinned_have_it_first(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    _, people = await with_pool(db, contoso, 3, (1, ACTIVE), (2, ended(40)))
    async with db.transaction(contoso.id) as tx:
        await after_change(tx, None, datetime.now(UTC))
    place = f"/licenses/{BASIC.sku_id}"
    async with browse(contoso, LIDIA) as desk:
        listed = words(await desk.get(place))
        pane = words(await desk.get(f"/users/active?open={people[2]}&tab=licenses", target="pane"))
        await desk.post(f"{place}/pin", {"user": str(people[2])})
        pinned = words(await desk.get(place))
        cut = {row["user_id"] for row in await rows_of(db, contoso.id, "service_cuts")}
        await desk.post(f"{place}/unpin", {"user": str(people[2])})
    assert listed.count("0 of 3 apps on") == listed.count("No service") == 2
    assert "No service, because seats are missing" in pane
    assert "Pinned" in pinned
    assert cut == set(people[:2])
    assert {row["user_id"] for row in await rows_of(db, contoso.id, "service_cuts")} == set(people[1:])


async def test_data_of_a_license_that_is_gone_is_shown_with_its_last_day(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    _, people = await with_pool(db, contoso, 1, (1, ACTIVE))
    async with browse(contoso, LIDIA) as desk:
        await desk.post(f"/licenses/{BASIC.sku_id}/remove/confirm", {"user": str(people[0])})
        pane = words(await desk.get(f"/users/active?open={people[0]}&tab=licenses", target="pane"))
    assert "Data kept until" in pane
