"""Two years of a tenant, through the doors, by the clock of a sandbox: bought, grown, shrunk, in conflict, ended."""

import re
from itertools import pairwise
from typing import Any

import pytest
from httpx import Response

from tenantry.store.database import Database
from tests.cast import ADELE, BASIC, HENRIETTA, LIDIA, PETER, RASMUS, ULLA
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, make_sandbox, rows_of

PAYER = {"legal_name": "Contoso A/S", "street": "Strandvejen 1", "postal_code": "2900", "city": "Hellerup"}


@pytest.fixture
def sandbox(db: Database, contoso: Tenant, run: Any) -> Tenant:
    run(make_sandbox(db, contoso.id))
    return contoso


def hidden(page: Response, form: str = "") -> dict[str, list[str]]:
    """The hidden fields of a page's form, without its token."""
    text = page.text[page.text.index(f'id="{form}"') :].split("</form>")[0] if form else page.text
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', text):
        if name != "_csrf_token":
            found.setdefault(name, []).append(value)
    return found


async def wait(desk: Desk, days: int) -> str:
    """The clock moved ahead, as its page then says."""
    done = await desk.post("/settings/clock", {"days": str(days)})
    assert done.is_redirect, words(done)
    return words(await desk.get("/settings/clock"))


async def buy(desk: Desk, seats: int) -> str:
    """Seats of Business Basic for a year, paid by the month, from the catalog to the receipt."""
    await desk.post(f"/purchase/{BASIC.sku_id}", {"seats": str(seats), "terms": "12-monthly", "next": ""})
    await desk.post("/purchase/payer", PAYER | {"country": "DK"})
    page = await desk.get("/purchase/checkout")
    form = {name: values for name, values in hidden(page).items() if name in ("key", "fingerprint", "line", "next")}
    placed = await desk.post("/purchase/checkout", form | {"method": "", "po_number": ""})
    return words(await desk.get(placed.headers["location"]))


async def send(desk: Desk, path: str) -> str:
    """The preview at `path`, its button, and what that answers."""
    page = await desk.get(path)
    assert page.status_code == 200, words(page)
    done = await desk.post(path, hidden(page, "run-form"))
    return words(await desk.get(done.headers["location"]) if done.is_redirect else done)


async def assign(desk: Desk, tenant: Tenant, *who: Any) -> None:
    apps = [f"{BASIC.sku_id}/{plan}" for plan in BASIC.plan_ids]
    offered = f"{BASIC.sku_id}:{','.join(str(plan) for plan in BASIC.plan_ids)}"
    people = {"user": [str(one) for one in tenant.ids(*who)]}
    done = await desk.post(f"/licenses/{BASIC.sku_id}/assign", {**people, "app": apps, "offered": offered})
    assert done.status_code < 400, words(done)


async def one(db: Database, tenant: Tenant) -> dict[str, Any]:
    (row,) = await rows_of(db, tenant.id, "subscriptions")
    return row


async def test_two_years_of_a_tenant(db: Database, sandbox: Tenant, browse: type_browse) -> None:
    async with browse(sandbox, ADELE) as desk:
        assert "The order is done" in await buy(desk, 6)
        bought = await one(db, sandbox)
        place = f"/products/{bought['id']}"
        await assign(desk, sandbox, PETER, ULLA, LIDIA, HENRIETTA, RASMUS)
        # A year goes by: it is charged every month, and before the renewal it is said what will be.
        assert "60 days ahead" in await wait(desk, 60)
        assert "8 → 9" not in await send(desk, f"{place}/seats?total=8&step=preview")
        await send(desk, f"{place}/seats?total=3&when=renewal&step=preview")
        await wait(desk, 280)
        assert "renews on" in words(await desk.get("/notices"))
        # It renews with fewer seats than there are licenses: a conflict, with ways out, and nobody loses service yet.
        await wait(desk, 30)
        row = await one(db, sandbox)
        assert (row["seats"], row["term_at"]) == (3, bought["ends_at"])
        assert "2 users need a valid license" in words(await desk.get("/licenses"))
        assert await rows_of(db, sandbox.id, "service_cuts") == []
        await wait(desk, 90)
        assert len(await rows_of(db, sandbox.id, "service_cuts")) == 2
        # Buying what is missing ends it, and service comes back by itself.
        await send(desk, f"{place}/seats?total=5&step=preview")
        assert await rows_of(db, sandbox.id, "service_cuts") == []
        assert "a valid license" not in words(await desk.get("/licenses"))
        # Without recurring billing the second year is the last.
        await send(desk, f"{place}/recurring")
        await wait(desk, 250)
        await wait(desk, 25)
        assert "Expired" in words(await desk.get(place))
        assert "5 users need a valid license" in words(await desk.get("/licenses"))
        await wait(desk, 30)
        assert "Disabled" in words(await desk.get(place))
        assert len(await rows_of(db, sandbox.id, "service_cuts")) == 5
        await wait(desk, 90)
        assert "in conflict" not in words(await desk.get("/products"))
        log = words(await desk.get("/audit"))
    assert "Moved the test clock to" in log
    await money_adds_up(db, sandbox)


async def money_adds_up(db: Database, tenant: Tenant) -> None:
    """24 months were charged one after the other, and every charge stands on one invoice with its sum."""
    charges = await rows_of(db, tenant.id, "charges")
    months = sorted((row["from_at"], row["until_at"]) for row in charges if row["kind"] != "seats")
    assert len(months) == 24
    assert all(before[1] == after[0] for before, after in pairwise(months))
    for invoice in await rows_of(db, tenant.id, "invoices"):
        lines = [row for row in charges if row["invoice_id"] == invoice["id"]]
        assert lines
        assert (sum(row["net"] for row in lines), sum(row["tax"] for row in lines)) == (invoice["net"], invoice["tax"])
