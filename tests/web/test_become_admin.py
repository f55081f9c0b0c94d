"""The wizard in the browser: step by step, back and forth, and what is said where it does not go on."""

import re
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import update

from tenantry.commands.become_admin import add_upgrade_card
from tenantry.commands.settle_payment import settle_payment
from tenantry.domain.domains import Method
from tenantry.domain.payments import Failure, Outcome, PaymentState
from tenantry.domain.viewers import janitor
from tenantry.queries.house import House
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.store.domains import claim, mark_verified, note_proof
from tenantry.store.upgrades import find_upgrade
from tests.cast import BASIC, MEETINGS, NOW, PREMIUM, Character
from tests.commands.test_become_admin import viewer
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, make_group, make_users, rows_of

ANE, BO = Character("ane", "Ane Dahl"), Character("bo", "Bo Eriksen")
WAY = "/become-admin"
PAYER = {"legal_name": "Fabrikam ApS", "street": "Vej 1", "postal_code": "8000", "city": "Aarhus", "country": "DK"}


@pytest.fixture
def group(house: House, run: Any) -> Tenant:
    return run(make_group(house.db, (ANE, BO), MEETINGS))


async def prove(db: Database, group: Tenant, who: Character = ANE) -> None:
    """The job has seen the value of `who`."""
    async with db.transaction(group.id) as tx:
        upgrade = await find_upgrade(tx, group.people[who])
        assert upgrade is not None
        assert upgrade.token is not None
        await claim(tx, group.id, [group.domain], NOW)
        await mark_verified(tx, [group.domain], Method.TXT, NOW)
        await note_proof(tx, group.domain, [upgrade.token], NOW)


def hidden(page: Response, name: str) -> str:
    return re.findall(rf'name="{name}" value="([^"]*)"', page.text)[-1]


def leads(answer: Response) -> str:
    """Where a form leads on to, below the tenant's pages."""
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"].partition("become-admin")[2]


async def to_buy(db: Database, group: Tenant, desk: Desk, door: str = "admin") -> None:
    """As far as the purchase, with somebody who pays."""
    await desk.post(f"{WAY}/start", {"door": door})
    await desk.get(f"{WAY}/domain")
    await prove(db, group)
    await desk.post(f"{WAY}/buy/payer", {**PAYER, "seen": ""})


async def order(desk: Desk, **more: str) -> Response:
    page = await desk.get(f"{WAY}/buy")
    form = {name: hidden(page, name) for name in ("key", "mark", "seen_at", "seats", "terms")}
    return await desk.post(f"{WAY}/buy", form | {"method": "", "po_number": ""} | more)


async def test_the_way_leads_from_the_tile_to_the_admins_page(house: House, group: Tenant, browse: type_browse) -> None:
    async with browse(group, ANE) as desk:
        assert leads(await desk.get(f"{WAY}?door=admin")) == "/start?door=admin"
        start = words(await desk.get(f"{WAY}/start?door=admin"))
        for told in ("Yes, I want to be the admin", "Bo Eriksen", group.email(BO), "2 people", BASIC.name):
            assert told in start
        assert leads(await desk.post(f"{WAY}/start", {"door": "admin"})) == "/domain"
        token = (await rows_of(house.db, group.id, "upgrades"))[0]["token"]
        assert token is None
        page = await desk.get(f"{WAY}/domain")
        token = (await rows_of(house.db, group.id, "upgrades"))[0]["token"]
        assert str(token) in page.text
        assert leads(await desk.post(f"{WAY}/domain")) == "/domain"
        await prove(house.db, group)
        assert "is verified" in words(await desk.get(f"{WAY}/domain"))
        assert "Who pays" in words(await desk.get(f"{WAY}/buy"))
        assert leads(await desk.post(f"{WAY}/buy/payer", {**PAYER, "seen": ""})) == "/buy"
        buy = words(await desk.get(f"{WAY}/buy"))
        assert "Buy and become the admin" in buy
        assert "DKK 140.00" in buy  # two licenses by the month
        assert leads(await order(desk)) == "/done"
        done = words(await desk.get(f"{WAY}/done"))
        assert "You are the admin of Fabrikam ApS now" in done
        assert (await desk.get("/licenses")).status_code == 200
    async with browse(group, BO) as desk:
        assert leads(await desk.get(f"{WAY}?door=admin")) == "/start?door=admin"
        late = words(await desk.get(f"{WAY}/start"))
        assert "Somebody is the admin already" in late
        assert group.email(ANE) in late


async def test_the_meetings_door_lets_one_choose_and_going_back_loses_nothing(
    house: House, group: Tenant, browse: type_browse
) -> None:
    async with browse(group, ANE) as desk:
        assert leads(await desk.post(f"{WAY}/start", {"door": "meetings"})) == "/product"
        page = words(await desk.get(f"{WAY}/product"))
        assert BASIC.name in page
        assert PREMIUM.name in page
        assert (await desk.post(f"{WAY}/product", {"product": str(MEETINGS.sku_id)})).status_code == 422
        assert leads(await desk.post(f"{WAY}/product", {"product": str(PREMIUM.sku_id)})) == "/domain"
        await desk.get(f"{WAY}/domain")
        await prove(house.db, group)
        await desk.post(f"{WAY}/buy/payer", {**PAYER, "seen": ""})
        await desk.post(f"{WAY}/buy/seats", {"seats": "7", "terms": "12-yearly"})
        assert (await desk.get(f"{WAY}/product")).status_code == 200
        assert (await desk.get(f"{WAY}/start")).status_code == 200
        assert leads(await desk.get(WAY)) == "/buy"
        buy = await desk.get(f"{WAY}/buy")
        assert (hidden(buy, "seats"), hidden(buy, "terms")) == ("7", "12-yearly")
        assert PREMIUM.name in buy.text


@pytest.mark.parametrize("step", ["product", "domain", "buy", "done"])
async def test_a_step_that_one_has_not_come_to_leads_back(step: str, group: Tenant, browse: type_browse) -> None:
    async with browse(group, ANE) as desk:
        assert leads(await desk.get(f"{WAY}/{step}")) == "/start"
        if step == "buy":
            assert (await desk.post(f"{WAY}/buy", {"seats": "2", "terms": "12-monthly"})).status_code == 409


async def test_what_cannot_be_is_said_in_its_place(house: House, group: Tenant, browse: type_browse) -> None:
    async with browse(group, ANE) as desk:
        await to_buy(house.db, group, desk)
        few = await desk.post(f"{WAY}/buy/seats", {"seats": "1", "terms": "12-monthly"})
        assert few.status_code == 422
        assert "2 people have signed up, so that at least as many licenses are needed" in words(few)
        assert 'value="1"' in few.text
        assert (await desk.post(f"{WAY}/buy/seats", {"seats": "x", "terms": "12-monthly"})).status_code == 422
        bad = await desk.post(f"{WAY}/buy/payer", {**PAYER, "legal_name": "", "seen": ""})
        assert bad.status_code == 422
        assert 'value="Vej 1"' in bad.text


async def test_who_signs_up_between_page_and_purchase_is_named(
    house: House, group: Tenant, browse: type_browse
) -> None:
    async with browse(group, ANE) as desk:
        await to_buy(house.db, group, desk)
        page = await desk.get(f"{WAY}/buy")
        form = {name: hidden(page, name) for name in ("key", "mark", "seen_at", "seats", "terms")}
        (cat,) = await make_users(house.db, group.id, 1)
        async with house.db.transaction(group.id) as tx:
            mine = update(tables.users).where(tables.users.c.id == cat)
            await tx.execute(mine.values(display_name="Cat Friis", created_at=form["seen_at"]))
        late = await desk.post(f"{WAY}/buy", form | {"method": "", "po_number": ""})
        assert late.status_code == 409
        assert "3 licenses are needed now. Nothing was ordered" in words(late)
        assert hidden(late, "seats") == "3"
        assert leads(await order(desk)) == "/done"


async def test_a_payment_that_fails_says_why_and_the_next_one_completes_it(
    house: House, group: Tenant, browse: type_browse
) -> None:
    async with browse(group, ANE) as desk:
        await to_buy(house.db, group, desk)
        card = str(await add_card(house, group))
        assert leads(await order(desk, method=card)) == "/buy"
        waits = await desk.get(f"{WAY}/buy", target="way-buy")
        assert "The payment is under way" in words(waits)
        (taken,) = await rows_of(house.db, group.id, "payments")
        failed = Outcome(PaymentState.FAILED, failure=Failure.DECLINED)
        await settle_payment(house.db, janitor(group.id), payment_id=taken["id"], outcome=failed, now=NOW)
        assert (await desk.get(f"{WAY}/buy", target="way-buy")).headers["hx-redirect"].endswith(WAY)
        again = words(await desk.get(f"{WAY}/buy"))
        assert "The card was declined. Nothing was charged. The domain stays verified" in again
        assert leads(await order(desk, method=card)) == "/buy"
        newest = max(await rows_of(house.db, group.id, "payments"), key=lambda row: str(row["id"]))
        step = Outcome(PaymentState.ACTION, "sandbox-1", "/somewhere")
        await settle_payment(house.db, janitor(group.id), payment_id=newest["id"], outcome=step, now=NOW)
        place = f"{WAY}/buy/second-step/{newest['id']}"
        assert place in (await desk.get(f"{WAY}/buy")).text
        assert "Confirm" in words(await desk.get(place))
        async with browse(group, BO) as other:
            assert (await other.get(place)).status_code == 404
            assert (await other.post(place, {"do": "confirm"})).status_code == 404
        assert leads(await desk.post(place, {"do": "confirm"})) == "/done"


async def add_card(house: House, group: Tenant) -> object:
    """A card that Ane added."""
    await add_upgrade_card(house.db, viewer(group, ANE), digits="4242", now=NOW)
    return (await rows_of(house.db, group.id, "payment_methods"))[0]["id"]
