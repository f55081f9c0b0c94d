"""Billing in pictures: the figures are in tables, few statements make them, and money is for those who may see it."""

import re

from sqlalchemy import insert

from tenantry.kit.ids import new_id
from tenantry.queries.charts import read_overview
from tenantry.store.database import Database
from tenantry.store.tables import charges, license_history
from tests.cast import ADELE, BASIC, BOARD, DAY, LIDIA, NOW, PETER, PREMIUM
from tests.web.conftest import type_browse, words
from tests.world import Tenant, inherit, make_pool, make_tenant, query_count


async def charge(db: Database, tenant: Tenant, subscription_id: object, seats: int, net: int, kind: str) -> None:
    period = {"from_at": NOW, "until_at": NOW + 30 * DAY, "at": NOW}
    terms = {"unit_price": 100, "frequency": "monthly", "currency": "DKK", "tax_permille": 250}
    about = {"subscription_id": subscription_id, "operation_id": new_id(), "kind": kind, "product": "Basic"}
    row = {"tenant_id": tenant.id, "seats": seats, "net": net, "tax": net // 4, **about, **terms, **period}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(charges).values(row))


async def test_it_tells_seats_costs_and_what_is_ahead_in_few_statements(db: Database) -> None:
    tenant = await make_tenant(db)
    basic = await make_pool(db, tenant.id, BASIC, 12, starts_at=NOW - 100 * DAY, ends_at=NOW + 265 * DAY)
    for product in (BOARD, PREMIUM):
        await make_pool(db, tenant.id, product, 5, recurring=False)
    await inherit(db, tenant.id, BASIC, tenant.people[PETER])
    await charge(db, tenant, basic, 2, 1000, "seats")
    await read_overview(db, tenant.viewer(ADELE), now=NOW)  # the catalog is kept from here on
    with query_count(db) as statements:
        view = await read_overview(db, tenant.viewer(ADELE), now=NOW + DAY)
    assert statements.count == 10
    assert [bought for _, bought, _ in view.seats[-3:]] == [10, 10, 22]
    assert [assigned for *_, assigned in view.seats[-2:]] == [0, 1]
    assert [money.minor for _, money in view.costs[-2:]] == [0, 1250]
    assert [(turn.product, turn.due) for turn in view.ahead.turns] == [
        ("Business Basic", "renewal"),
        ("Business Premium", None),
        ("Task Board", None),
    ]
    assert view.ahead.turns[0].amount is not None
    assert view.ahead.turns[0].amount.minor == 12 * 7000


async def test_licenses_of_before_count_while_they_lasted(db: Database) -> None:
    tenant = await make_tenant(db)
    await make_pool(db, tenant.id, BASIC, 12)
    await inherit(db, tenant.id, BASIC, tenant.people[PETER])
    row = {"tenant_id": tenant.id, "sku_id": BASIC.sku_id, "user_id": tenant.people[ADELE], "group_ids": []}
    row |= {"operation_id": new_id(), "ended_by": new_id()}
    lasted = [(900, 500), (800, 40), (100, 40), (100, 2)]  # days ago: some are gone since before the year
    rows = [{**row, "assigned_at": NOW - began * DAY, "ended_at": NOW - ended * DAY} for began, ended in lasted]
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(license_history), rows)
    view = await read_overview(db, tenant.viewer(ADELE), now=NOW)
    wanted = [sum(began > (NOW - at).days >= ended for began, ended in lasted) for at, *_ in view.seats]
    wanted[-1] += 1
    assert [assigned for *_, assigned in view.seats] == wanted


async def test_every_chart_stands_with_a_table_of_the_same_figures(db: Database, browse: type_browse) -> None:
    tenant = await make_tenant(db)
    await make_pool(db, tenant.id, BASIC, 1200)
    async with browse(tenant, ADELE) as desk:
        page = await desk.get("/billing/overview")
    assert page.text.count("<figure") == page.text.count("<canvas") == page.text.count("Show as a table") == 3
    assert "Nothing was charged in the last 12 months." in page.text
    assert 'data-value="1200">1,200<' in page.text
    assert re.search(r'<script src="/static/dist/charts\.js[^"]*" defer></script>', page.text)
    assert "charts.js" not in (await _home(tenant, browse))


async def _home(tenant: Tenant, browse: type_browse) -> str:
    async with browse(tenant, ADELE) as desk:
        return (await desk.get("/")).text


async def test_what_was_charged_is_for_those_who_see_invoices(db: Database, browse: type_browse) -> None:
    tenant = await make_tenant(db)
    await make_pool(db, tenant.id, BASIC, 12)
    async with browse(tenant, LIDIA) as desk:
        text = words(await desk.get("/billing/overview"))
    assert "Charged per month" not in text
    assert "Seats over time" in text


async def test_without_a_purchase_it_says_what_will_be_here(db: Database, browse: type_browse) -> None:
    tenant = await make_tenant(db)
    async with browse(tenant, ADELE) as desk:
        page = await desk.get("/billing/overview")
    assert "Nothing was bought yet" in page.text
    assert "charts.js" not in page.text
