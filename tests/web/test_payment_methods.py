"""Ways to pay, in the browser."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import update

from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import ADELE, BASIC, BILL, RASMUS
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_invoice, make_method, make_payment, make_pool, query_count, rows_of

PLACE = "/billing/methods"


async def kept(db: Database, tenant: Tenant) -> dict[str, dict[str, Any]]:
    """The cards by their last digits."""
    return {row["external_id"]: row for row in await rows_of(db, tenant.id, "payment_methods")}


async def pay_by(db: Database, tenant: Tenant, method_id: UUID) -> None:
    """A subscription that renews by that card."""
    await make_pool(db, tenant.id, BASIC, 5)
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(tables.subscriptions).values(method_id=method_id, recurring=True))


async def test_cards_are_added_the_first_is_the_default_and_another_can_be(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    async with browse(contoso, BILL) as desk:
        for digits in ("4242", "3155"):
            assert (await desk.post(PLACE, {"card": digits})).status_code == 303
        cards = await kept(db, contoso)
        assert [card["is_default"] for card in cards.values()] == [True, False]
        await desk.post(f"{PLACE}/default", {"method": str(cards["3155"]["id"])})
        assert (await kept(db, contoso))["3155"]["is_default"]
        await desk.post(f"{PLACE}/default", {})
        assert not any(card["is_default"] for card in (await kept(db, contoso)).values())
        with query_count(db) as asked:
            page = await desk.get(PLACE)
    assert "Sandbox •••• 4242" in words(page)
    assert asked.count <= 5


async def test_a_card_that_is_none_is_refused(browse: type_browse, contoso: Tenant, db: Database) -> None:
    async with browse(contoso, BILL) as desk:
        page = await desk.post(PLACE, {"card": "4111111111111111"})
    assert (page.status_code, "Choose one of the test cards." in words(page)) == (422, True)
    assert await kept(db, contoso) == {}


async def test_a_card_in_use_is_removed_when_another_takes_its_place(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    old, new = await make_method(db, contoso, "4242"), await make_method(db, contoso, "3155")
    await pay_by(db, contoso, old)
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(f"{PLACE}/{old}/remove")
        assert BASIC.name in words(page)
        refused = await desk.post(f"{PLACE}/{old}/remove")
        assert (refused.status_code, "pays for what renews" in words(refused)) == (409, True)
        await desk.post(f"{PLACE}/{old}/remove", {"replace": "1", "instead": str(new)})
        assert (await desk.get(f"{PLACE}/{old}/remove")).status_code == 404
    assert {row["method_id"] for row in await rows_of(db, contoso.id, "subscriptions")} == {new}


async def test_a_card_whose_payment_is_under_way_stays(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_payment(db, contoso, "action")
    ((_, card),) = (await kept(db, contoso)).items()
    async with browse(contoso, ADELE) as desk:
        page = await desk.post(f"{PLACE}/{card['id']}/remove")
    assert (page.status_code, "is under way" in words(page)) == (409, True)


async def test_what_failed_is_shown_and_asked_for_once(browse: type_browse, contoso: Tenant, db: Database) -> None:
    payment_id = await make_payment(db, contoso, "failed")
    async with browse(contoso, BILL) as desk:
        assert re.search(r"The payment of DKK\s?87\.50 for \d+-\d+ failed", words(await desk.get(PLACE)))
        assert (await desk.post(f"{PLACE}/pay", {"payment": str(payment_id)})).status_code == 303
        again = await desk.post(f"{PLACE}/pay", {"payment": str(payment_id)})
        assert (again.status_code, "Nothing was charged" in words(again)) == (409, True)
    assert sorted(row["state"] for row in await rows_of(db, contoso.id, "payments")) == ["failed", "waiting"]


async def test_an_invoice_is_paid_by_card_and_only_once(browse: type_browse, contoso: Tenant, db: Database) -> None:
    invoice, method_id = await make_invoice(db, contoso, 7000), await make_method(db, contoso)
    place, form = f"/billing/invoices/{invoice.id}", {"method": str(method_id)}
    async with browse(contoso, BILL) as desk:
        assert "Pay now" in words(await desk.get(place))
        assert re.search(r"Left to pay: DKK\s?87\.50", words(await desk.get(f"{place}/pay")))
        assert (await desk.post(f"{place}/pay", form)).status_code == 303
        assert (await desk.post(f"{place}/pay", form)).status_code == 409
        assert (await desk.post(f"{place}/pay", {})).status_code == 422
    (row,) = await rows_of(db, contoso.id, "payments")
    assert (row["state"], row["amount"], row["method_id"]) == ("waiting", invoice.total, method_id)


async def test_a_second_step_is_made_once(browse: type_browse, contoso: Tenant, db: Database) -> None:
    payment_id = await make_payment(db, contoso, "action")
    place = f"/billing/payments/{payment_id}/second-step"
    async with browse(contoso, BILL) as desk:
        assert "A bank would ask you here" in words(await desk.get(place))
        await desk.post(place, {"do": "confirm"})
        await desk.post(place, {"do": "refuse"})
        assert "This payment is settled" in words(await desk.get(place))
    (invoice,) = await rows_of(db, contoso.id, "invoices")
    assert invoice["state"] == "paid"


async def test_a_second_step_elsewhere_is_asked_about_and_the_page_moves_on_once_it_settled(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    payment_id = await make_payment(db, contoso, "action")
    place, tried = f"/billing/payments/{payment_id}/second-step", update(tables.payments)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(tried.values(provider="stripe", external_id="pi_1"))
    async with browse(contoso, BILL) as desk:
        first = await desk.get(place)
        asked = await desk.post(place, target="second-step")
        again = await desk.get(place, target="second-step")
        async with db.transaction(contoso.id) as tx:
            await tx.execute(tried.values(state="paid"))
        settled = await desk.get(place, target="second-step")
        plainly = await desk.get(place)
    assert 'hx-trigger="every 2s"' in first.text
    assert 'hx-trigger="load, submit"' in first.text
    assert asked.status_code == 204
    assert "Looking for your answer" in words(again)
    assert 'hx-trigger="load, submit"' not in again.text
    assert settled.headers["HX-Redirect"] == f"/t/{contoso.slug}{PLACE}"
    assert "This payment is settled" in words(plainly)


async def test_a_reader_sees_them_and_can_do_nothing(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_payment(db, contoso, "failed")
    async with browse(contoso, RASMUS) as desk:
        page = await desk.get(PLACE)
        assert (await desk.post(PLACE, {"card": "4242"})).status_code == 403
    assert "Sandbox •••• 4242" in words(page)
    assert "Pay now" not in words(page)
    assert "Add card" not in words(page)
