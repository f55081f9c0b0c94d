"""Buying in the browser: from the catalog over the cart to the order, and back to where one was."""

import re
from html import unescape
from uuid import UUID

from httpx import Response

from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import ADELE, BASIC, BILL, LIDIA, NORA, PETER, PREMIUM, PRODUCTS, ULLA
from tests.commands.test_buy import card
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, make_payer, make_pool, query_count, rows_of

PAYER = {"legal_name": "Contoso A/S", "street": "Strandvejen 1", "postal_code": "2900", "city": "Hellerup"}


def hidden(page: Response, name: str) -> list[str]:
    """What the hidden fields of that name hold."""
    return re.findall(rf'name="{name}" value="([^"]*)"', page.text)


async def fill(desk: Desk, sku_id: UUID, seats: str = "5", terms: str = "12-monthly", next: str = "") -> Response:
    return await desk.post(f"/purchase/{sku_id}", {"seats": seats, "terms": terms, "next": next})


async def order(desk: Desk, next: str = "", **more: str) -> Response:
    page = await desk.get(f"/purchase/checkout?next={next}")
    form = {name: hidden(page, name) for name in ("key", "fingerprint", "line", "next")}
    return await desk.post("/purchase/checkout", form | {"method": "", "po_number": ""} | more)


async def test_a_product_is_bought_from_the_catalog_to_the_receipt(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    async with browse(contoso, BILL) as desk:
        assert "per month, from" in words(await desk.get("/purchase?q=basic"))
        assert (await fill(desk, BASIC.sku_id)).headers["location"].endswith("/purchase/cart")
        assert 'value="5"' in (await desk.get("/purchase/cart")).text
        assert "Who pays" in words(await desk.get("/purchase/checkout"))
        await desk.post("/purchase/payer", PAYER | {"country": "DK"})
        checkout = words(await desk.get("/purchase/checkout"))
        assert "Place order" in checkout
        placed = await order(desk, po_number="PO 7")
        receipt = words(await desk.get(placed.headers["location"]))
        assert "The order is done" in receipt
        assert "The new monthly cost is DKK 350.00" in receipt
        assert "The cart is empty" in words(await desk.get("/purchase/cart"))
        assert BASIC.name in words(await desk.get("/orders"))
    (bought,) = await rows_of(db, contoso.id, "subscriptions")
    assert (bought["seats"], bought["po_number"]) == (5, "PO 7")


async def test_a_purchase_leads_back_to_where_it_was_begun_and_nowhere_else(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    async with browse(contoso, BILL) as desk:
        home = f"/t/{contoso.slug}/users/active?open=1"
        assert home in (await desk.get(f"/purchase/{BASIC.sku_id}?seats=3&next={home}")).text
        evil = await desk.get(f"/purchase/{BASIC.sku_id}?seats=3&next=https://evil.example")
        assert hidden(evil, "next")[-1] == ""
        assert 'href="https://evil.example' not in evil.text
        await fill(desk, BASIC.sku_id, next=home)
        placed = await order(desk, next=home)
        receipt = await desk.get(placed.headers["location"])
        assert "Back to where you were" in receipt.text
        assert home in receipt.text


async def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(
    contoso: Tenant, browse: type_browse
) -> None:
    async with browse(contoso, BILL) as desk:
        for typed in ("0", "-3", "ten", "10000001", "9" * 40, ""):
            page = await fill(desk, BASIC.sku_id, typed)
            assert page.status_code == 422
            assert 'aria-invalid="true"' in page.text
        assert (await fill(desk, BASIC.sku_id, terms="36-monthly")).status_code == 422
        assert (await fill(desk, BASIC.sku_id, terms="x")).status_code == 422
        await fill(desk, BASIC.sku_id)
        page = await desk.post("/purchase/cart", {f"seats-{BASIC.sku_id}": "x", f"terms-{BASIC.sku_id}": "12-monthly"})
        assert page.status_code == 422
        assert 'value="x"' in page.text


async def test_an_order_for_another_cost_than_the_one_shown_shows_the_new_one(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    async with browse(contoso, BILL) as desk:
        await fill(desk, BASIC.sku_id)
        page = await order(desk, fingerprint="other")
        assert page.status_code == 409
        assert "The cost has changed since you saw it" in words(page)
    assert await rows_of(db, contoso.id, "orders") == []


async def test_the_cart_is_changed_and_emptied(contoso: Tenant, browse: type_browse) -> None:
    async with browse(contoso, BILL) as desk:
        await fill(desk, BASIC.sku_id)
        await fill(desk, PREMIUM.sku_id)
        form = {f"seats-{one.sku_id}": "7" for one in (BASIC, PREMIUM)}
        form |= {f"terms-{one.sku_id}": "12-yearly" for one in (BASIC, PREMIUM)}
        onward = await desk.post("/purchase/cart", form | {"checkout": "1"})
        assert onward.headers["location"].endswith("/purchase/checkout")
        await desk.post("/purchase/cart", form | {"remove": str(BASIC.sku_id)})
        cart = await desk.get("/purchase/cart")
        assert BASIC.name not in cart.text
        assert 'value="7"' in cart.text


async def test_an_order_by_card_waits_and_one_that_failed_is_given_up(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    method = await card(db, contoso)
    async with browse(contoso, BILL) as desk:
        await fill(desk, BASIC.sku_id)
        placed = await order(desk, method=str(method))
        page = words(await desk.get(placed.headers["location"]))
        assert "The payment is under way" in page
        (kept,) = await rows_of(db, contoso.id, "orders")
        async with db.transaction(contoso.id) as tx:
            await tx.execute(tables.orders.update().values(state="failed", failure="card_declined"))
        page = await desk.get(f"/orders/{kept['id']}")
        assert "The card was declined. Nothing has changed" in words(page)
        assert "Try again" in page.text
        await desk.post(f"/orders/{kept['id']}/drop")
        assert "The order was given up" in (await desk.get(f"/orders/{kept['id']}")).text


async def test_a_trial_is_started_once(contoso: Tenant, browse: type_browse) -> None:
    async with browse(contoso, BILL) as desk:
        assert "Start trial" in (await desk.get(f"/purchase/{BASIC.sku_id}")).text
        started = await desk.post(f"/purchase/{BASIC.sku_id}/trial", {"key": "a"})
        assert "/products/" in started.headers["location"]
        assert "Start trial" not in (await desk.get(f"/purchase/{BASIC.sku_id}")).text
        again = await desk.post(f"/purchase/{BASIC.sku_id}/trial", {"key": "b"})
        assert again.status_code == 409
        assert "A trial is for a product that it never had" in words(again)


async def test_two_products_stand_beside_each_other(contoso: Tenant, browse: type_browse) -> None:
    async with browse(contoso, BILL) as desk:
        page = words(await desk.get(f"/purchase/compare?product={BASIC.sku_id}&product={PREMIUM.sku_id}"))
        assert BASIC.name in page
        assert PREMIUM.name in page
        alone = await desk.get(f"/purchase/compare?product={BASIC.sku_id}")
        assert alone.headers["location"].endswith(f"/purchase/{BASIC.sku_id}")


async def test_the_catalog_asks_the_same_few_statements_however_long_it_is(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, PREMIUM, 5)
    async with browse(contoso, BILL) as desk:
        await desk.get("/purchase?show=all")
        with query_count(db) as asked:
            page = await desk.get("/purchase?show=all")
        assert all(product.name in page.text for product in PRODUCTS[:3])
    assert asked.count <= 12


async def test_where_a_seat_is_missing_the_way_to_buy_it_leads_back_to_the_same_people(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    nora, peter, ulla = contoso.ids(NORA, PETER, ULLA)
    pane = f"/licenses/{BASIC.sku_id}?pane=assign&user={nora}&user={peter}&user={ulla}"
    async with browse(contoso, ADELE) as desk:
        await desk.post(f"/licenses/{BASIC.sku_id}/assign", {"user": str(peter), "apps": ""})
        page = await desk.get(pane)
        link = unescape(re.findall(r'href="([^"]*/purchase/[^"]*seats=[^"]*)"', page.text)[0])
        assert "seats=2" in link
        assert "Buy 2 seats" in page.text
        product = await desk.get(link)
        back = unescape(hidden(product, "next")[-1])
        assert all(str(user) in back for user in (nora, peter, ulla))
        preview = await desk.get(f"/users/manage-licenses/preview?user={nora}&user={ulla}&do=more&give={BASIC.sku_id}")
        assert "/purchase/" in preview.text
        assert "Buy seats first" in (await desk.get("/users/add")).text
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(pane)
        assert "/purchase/" not in page.text
        assert "to buy more" in page.text
