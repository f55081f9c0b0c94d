"""Orders: what is seen is what is paid, once, whatever happens at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import insert

from tenantry.commands.buy import Placed, drop_order, place_order, retry_order, start_trial
from tenantry.domain.orders import Deed, OrderState, OrderWish
from tenantry.domain.seat_changes import SEATS_LIMIT
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.queries.quotes import quote_order
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.store.orders import settle_order
from tests.cast import ADELE, BASIC, BILL, DAY, LIDIA, NOW, PREMIUM, Character
from tests.conftest import Base
from tests.world import Tenant, make_pool, make_tenant, query_count, rows_of


async def buyer(db: Database) -> Tenant:
    """A tenant with a billing account."""
    tenant = await make_tenant(db)
    place = {"street": "Strandvejen 1", "postal_code": "2900", "city": "Hellerup", "country": "DK"}
    async with db.transaction(tenant.id) as tx:
        account = insert(tables.billing_accounts)
        await tx.execute(account.values(tenant_id=tenant.id, legal_name="Contoso A/S", **place))
    return tenant


def purchase(seats: int, frequency: str = "monthly", months: int = 12) -> OrderWish:
    return OrderWish(Deed.NEW, sku_id=BASIC.sku_id, seats=seats, term_months=months, frequency=frequency)


async def order(
    db: Database, tenant: Tenant, *wishes: OrderWish, key: str | None = None, who: Character = BILL, **more: Any
) -> Placed:
    """Quoted, and ordered as quoted."""
    quote, _ = await quote_order(db, tenant.viewer(who), wishes=wishes, now=more.get("now", NOW))
    terms = {"method_id": None, "po_number": "", "now": NOW, "fingerprint": quote.fingerprint} | more
    return await place_order(db, tenant.viewer(who), wishes=wishes, key=key, **terms)


async def refusal(work: Awaitable[object]) -> Refused:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value


async def test_a_purchase_makes_a_subscription_its_seats_a_charge_and_an_invoice(db: Database) -> None:
    tenant = await buyer(db)
    placed = await order(db, tenant, purchase(10), po_number=" PO 7 ")
    assert placed.state == "done"
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    assert (bought["seats"], bought["term_months"], bought["recurring"], bought["po_number"]) == (10, 12, True, "PO 7")
    (batch,) = await rows_of(db, tenant.id, "seat_batches")
    assert (batch["seats"], batch["bought_at"]) == (10, NOW)
    (charge,) = await rows_of(db, tenant.id, "charges")
    (invoice,) = await rows_of(db, tenant.id, "invoices")
    assert charge["operation_id"] == placed.operation_id
    assert charge["invoice_id"] == invoice["id"] == placed.invoice_id
    assert invoice["net"] == charge["net"] == 10 * bought["unit_price"]


async def test_an_order_asks_the_same_few_statements_however_many_lines(db: Database) -> None:
    tenant = await buyer(db)
    counts = []
    for skus in ([BASIC], [BASIC, PREMIUM]):
        wishes = [replace(purchase(5), sku_id=product.sku_id) for product in skus]
        quote, _ = await quote_order(db, tenant.viewer(BILL), wishes=wishes, now=NOW)
        terms = {"method_id": None, "po_number": "", "fingerprint": quote.fingerprint}
        with query_count(db) as asked:
            await place_order(db, tenant.viewer(BILL), wishes=wishes, **terms, now=NOW)
        counts.append(asked.count)
    assert counts[0] == counts[1] <= 30


async def test_a_double_click_orders_once(db: Database) -> None:
    tenant = await buyer(db)
    first, second = await asyncio.gather(*(order(db, tenant, purchase(3), key="form") for _ in range(2)))
    assert first == second
    assert len(await rows_of(db, tenant.id, "subscriptions")) == len(await rows_of(db, tenant.id, "invoices")) == 1


async def test_twenty_at_once_who_add_seats_lose_none_and_pay_for_each(db: Database) -> None:
    tenant = await buyer(db)
    await order(db, tenant, purchase(10))
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    wish = OrderWish(Deed.SEATS, subscription_id=bought["id"], seats=11)
    done = await asyncio.gather(*(order(db, tenant, wish) for _ in range(20)), return_exceptions=True)
    placed = [one for one in done if isinstance(one, Placed)]
    assert len(placed) == 1
    assert {one.code for one in done if isinstance(one, Refused)} <= {"seats_same", "quote_stale"}
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    assert bought["seats"] == sum(batch["seats"] for batch in await rows_of(db, tenant.id, "seat_batches")) == 11


async def test_seats_taken_back_at_once_cost_nothing(db: Database) -> None:
    tenant = await buyer(db)
    await order(db, tenant, purchase(10))
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    for total in (15, 12, 10):
        await order(db, tenant, OrderWish(Deed.SEATS, subscription_id=bought["id"], seats=total))
    changes = [one for one in await rows_of(db, tenant.id, "charges") if one["kind"] == "seats"]
    assert [one["seats"] for one in changes] == [5, -3, -2]
    assert sum(one["net"] for one in changes) == sum(one["tax"] for one in changes) == 0


async def test_a_cancellation_in_the_window_credits_all(db: Database) -> None:
    tenant = await buyer(db)
    await order(db, tenant, purchase(10))
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    await order(db, tenant, OrderWish(Deed.CANCEL, subscription_id=bought["id"]))
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    assert (bought["canceled_at"], bought["recurring"], bought["seats"]) == (NOW, False, 10)
    assert sum(one["net"] for one in await rows_of(db, tenant.id, "charges")) == 0


async def test_an_expired_subscription_comes_back_with_a_new_term(db: Database) -> None:
    tenant = await buyer(db)
    over = await make_pool(db, tenant.id, BASIC, 5, starts_at=NOW - 370 * DAY, ends_at=NOW - 5 * DAY, recurring=False)
    wish = OrderWish(Deed.RENEW, subscription_id=over, seats=7, term_months=1, frequency="monthly")
    await order(db, tenant, wish)
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    assert (bought["seats"], bought["term_months"], bought["anchor_at"], bought["recurring"]) == (7, 1, NOW, True)
    assert bought["ends_at"] == bought["billed_until"] == NOW.replace(month=4)


def reprice(owner_url: str, statement: LiteralString) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute(statement)


async def test_another_price_than_the_one_that_was_seen_is_not_charged(
    own: Base, make_house: Callable[[Base], House]
) -> None:
    db = make_house(own).db
    tenant = await buyer(db)
    seen, _ = await quote_order(db, tenant.viewer(BILL), wishes=[purchase(10)], now=NOW)
    reprice(own.owner_url, "UPDATE prices SET minor = minor + 1")
    stale = await refusal(order(db, tenant, purchase(10), fingerprint=seen.fingerprint))
    assert stale.code == "quote_stale"
    assert stale.params["quote"].now.net.minor == seen.now.net.minor + 10
    assert await rows_of(db, tenant.id, "orders") == []
    reprice(own.owner_url, "DELETE FROM prices")
    assert (await refusal(order(db, tenant, purchase(10), fingerprint=seen.fingerprint))).code == "price_missing"


async def test_ten_million_seats_are_ordered_and_one_more_is_not(db: Database) -> None:
    tenant = await buyer(db)
    assert (await order(db, tenant, purchase(SEATS_LIMIT))).state == "done"
    assert (await refusal(order(db, tenant, purchase(SEATS_LIMIT + 1)))).code == "seats_out_of_range"
    assert (await refusal(order(db, tenant, purchase(0)))).code == "seats_out_of_range"
    assert (await refusal(order(db, tenant, purchase(-3)))).code == "seats_out_of_range"


async def test_what_has_no_price_or_does_not_exist_cannot_be_ordered(db: Database) -> None:
    tenant = await buyer(db)
    assert (await refusal(order(db, tenant, purchase(1, months=36)))).code == "price_missing"
    assert (await refusal(order(db, tenant, replace(purchase(1), sku_id=new_id())))).code == "product_unknown"
    assert (await refusal(order(db, tenant))).code == "order_empty"
    stranger = OrderWish(Deed.SEATS, subscription_id=new_id(), seats=4)
    assert (await refusal(order(db, tenant, stranger))).code == "subscription_missing"
    assert (await refusal(order(db, tenant, purchase(1), po_number="1" * 51))).code == "po_number_long"
    assert (await refusal(order(db, tenant, purchase(1), method_id=new_id()))).code == "payment_method_missing"


async def test_who_has_no_billing_account_orders_nothing_that_costs(db: Database) -> None:
    tenant = await make_tenant(db)
    assert (await refusal(order(db, tenant, purchase(1)))).code == "billing_account_missing"
    assert await rows_of(db, tenant.id, "orders") == []


async def test_only_those_who_may_buy_do(db: Database) -> None:
    tenant = await buyer(db)
    for who in (ADELE, BILL):
        assert (await order(db, tenant, purchase(1), who=who)).state == "done"
    assert (await refusal(order(db, tenant, purchase(1), who=LIDIA))).code == "permission_missing"


async def card(db: Database, tenant: Tenant) -> UUID:
    method = {"tenant_id": tenant.id, "id": new_id(), "provider": "sandbox", "label": "4242", "external_id": "ok"}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(tables.payment_methods).values(**method, made_at=NOW, is_default=True))
    return method["id"]


async def test_an_order_by_card_changes_nothing_until_it_is_paid(db: Database) -> None:
    tenant = await buyer(db)
    placed = await order(db, tenant, purchase(4), method_id=await card(db, tenant))
    assert placed.state == "waiting"
    assert await rows_of(db, tenant.id, "subscriptions") == await rows_of(db, tenant.id, "charges") == []
    (payment,) = await rows_of(db, tenant.id, "payments")
    async with db.transaction(tenant.id) as tx:
        terms = (tenant.id, placed.order_id)
        await settle_order(tx, *terms, OrderState.ACTION, NOW, new_id())
        invoice_id = await settle_order(tx, *terms, OrderState.DONE, NOW, new_id())
        assert await settle_order(tx, *terms, OrderState.DONE, NOW, new_id()) is None
        assert await settle_order(tx, *terms, OrderState.FAILED, NOW, new_id()) is None
    (invoice,) = await rows_of(db, tenant.id, "invoices")
    assert invoice["id"] == invoice_id
    assert invoice["net"] + invoice["tax"] == payment["amount"]
    assert [one["state"] for one in await rows_of(db, tenant.id, "orders")] == ["done"]


async def test_a_failed_order_is_tried_again_or_given_up(db: Database) -> None:
    tenant = await buyer(db)
    placed = await order(db, tenant, purchase(4), method_id=await card(db, tenant))
    again = {"order_id": placed.order_id, "now": NOW + DAY}
    viewer = tenant.viewer(BILL)
    quote, _ = await quote_order(db, viewer, wishes=[purchase(4)], now=NOW + DAY)
    retry = {"fingerprint": quote.fingerprint, "method_id": None}
    assert (await refusal(retry_order(db, viewer, **again, **retry))).code == "order_not_failed"
    async with db.transaction(tenant.id) as tx:
        await settle_order(tx, tenant.id, placed.order_id, OrderState.FAILED, NOW, new_id(), failure="card_declined")
    assert (await refusal(retry_order(db, viewer, **again, **retry | {"fingerprint": ""}))).code == "quote_stale"
    assert (await retry_order(db, viewer, **again, **retry)).state == "done"
    assert (await refusal(drop_order(db, viewer, **again))).code == "order_not_failed"
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    assert bought["starts_at"] == NOW + DAY


async def test_while_a_payment_is_awaited_nothing_else_is_ordered_for_that_subscription(db: Database) -> None:
    tenant = await buyer(db)
    await order(db, tenant, purchase(4))
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    await order(
        db, tenant, OrderWish(Deed.SEATS, subscription_id=bought["id"], seats=6), method_id=await card(db, tenant)
    )
    more = OrderWish(Deed.SEATS, subscription_id=bought["id"], seats=8)
    assert (await refusal(order(db, tenant, more))).code == "order_open"


async def test_a_trial_is_for_a_product_that_one_never_had(db: Database) -> None:
    tenant = await buyer(db)
    viewer = tenant.viewer(BILL)
    started = await start_trial(db, viewer, sku_id=BASIC.sku_id, now=NOW)
    assert started.ends_at == NOW + 30 * DAY
    (trial,) = await rows_of(db, tenant.id, "subscriptions")
    assert (trial["seats"], trial["trial"], trial["converts"]) == (25, True, False)
    assert await rows_of(db, tenant.id, "charges") == []
    assert (await refusal(start_trial(db, viewer, sku_id=BASIC.sku_id, now=NOW))).code == "trial_had"
    convert = OrderWish(Deed.CONVERT, subscription_id=trial["id"], seats=30, term_months=12, frequency="yearly")
    await order(db, tenant, convert)
    (paid,) = await rows_of(db, tenant.id, "subscriptions")
    assert (paid["seats"], paid["trial"], paid["ends_at"]) == (30, False, NOW.replace(year=2027))
