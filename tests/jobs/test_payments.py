"""Money taken by jobs: once, whatever news come twice, late, or out of order."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from tenantry.clients.payments import PROVIDERS, Bill, ProviderDown
from tenantry.clients.payments.sandbox import Sandbox
from tenantry.commands.buy import Placed, drop_order, place_order, retry_order
from tenantry.commands.manage_methods import add_test_card
from tenantry.commands.pay_again import chase_payments, pay_again
from tenantry.commands.run_subscriptions import run_subscriptions
from tenantry.commands.settle_payment import make_second_step, settle_payment
from tenantry.domain.orders import Deed, OrderWish
from tenantry.domain.payments import Failure, Outcome, PaymentState, TestCard
from tenantry.domain.viewers import janitor
from tenantry.jobs import money
from tenantry.kit.errors import Refused
from tenantry.queries.house import House
from tenantry.queries.payments import tenants_to_chase
from tenantry.queries.quotes import quote_order
from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import BASIC, BILL, DAY, NOW
from tests.conftest import type_run
from tests.jobs.conftest import type_work_off
from tests.world import Tenant, rows_of

PAID, FAILED = Outcome(PaymentState.PAID, "x"), Outcome(PaymentState.FAILED, "x", failure=Failure.DECLINED)


@pytest.fixture
def payer(contoso: Tenant, db: Database, run: type_run) -> Tenant:
    """Contoso with a billing account."""
    run(name_payer(contoso, db))
    return contoso


async def name_payer(contoso: Tenant, db: Database) -> None:
    place = {"street": "Strandvejen 1", "postal_code": "2900", "city": "Hellerup", "country": "DK"}
    async with db.transaction(contoso.id) as tx:
        account = insert(tables.billing_accounts)
        await tx.execute(account.values(tenant_id=contoso.id, legal_name="Contoso A/S", **place))


async def card(db: Database, tenant: Tenant, digits: TestCard) -> UUID:
    kept = await add_test_card(db, tenant.viewer(BILL), digits=digits, now=NOW)
    assert kept.method_id is not None
    return kept.method_id


async def order(db: Database, tenant: Tenant, digits: TestCard) -> Placed:
    """Ten seats by the month, paid by that card."""
    wishes = [OrderWish(Deed.NEW, sku_id=BASIC.sku_id, seats=10, term_months=1, frequency="monthly")]
    quote, _ = await quote_order(db, tenant.viewer(BILL), wishes=wishes, now=NOW)
    terms = {"method_id": await card(db, tenant, digits), "po_number": "", "fingerprint": quote.fingerprint}
    return await place_order(db, tenant.viewer(BILL), wishes=wishes, **terms, now=NOW)


async def the_payment(db: Database, tenant: Tenant) -> dict[str, Any]:
    (row,) = await rows_of(db, tenant.id, "payments")
    return row


async def states(db: Database, tenant: Tenant) -> tuple[str, str, int]:
    """Of the newest payment and the order, and how many subscriptions there are."""
    row = max(await rows_of(db, tenant.id, "payments"), key=lambda row: row["id"])
    (ordered,) = await rows_of(db, tenant.id, "orders")
    return row["state"], ordered["state"], len(await rows_of(db, tenant.id, "subscriptions"))


@pytest.mark.parametrize(
    ("digits", "ends"),
    [
        (TestCard.WORKS, ("paid", "done", 1)),
        (TestCard.FAILS_LATER, ("paid", "done", 1)),
        (TestCard.SECOND_STEP, ("action", "action", 0)),
        (TestCard.DECLINED, ("failed", "failed", 0)),
    ],
)
async def test_an_order_comes_true_when_it_is_paid(
    digits: TestCard, ends: tuple[str, str, int], payer: Tenant, db: Database, work_off: type_work_off
) -> None:
    await order(db, payer, digits)
    assert await states(db, payer) == ("waiting", "waiting", 0)
    await work_off()
    assert await states(db, payer) == ends


async def test_what_was_paid_has_an_invoice_that_is_paid(payer: Tenant, db: Database, work_off: type_work_off) -> None:
    placed = await order(db, payer, TestCard.WORKS)
    await work_off()
    (invoice,) = await rows_of(db, payer.id, "invoices")
    (charged,) = await rows_of(db, payer.id, "charges")
    row = await the_payment(db, payer)
    assert (invoice["state"], row["invoice_id"]) == ("paid", invoice["id"])
    assert row["amount"] == invoice["net"] + invoice["tax"]
    assert charged["operation_id"] == placed.operation_id


@pytest.mark.parametrize(("agrees", "ends"), [(True, ("paid", "done", 1)), (False, ("failed", "failed", 0))])
async def test_a_second_step_decides(
    agrees: bool, ends: tuple[str, str, int], payer: Tenant, db: Database, work_off: type_work_off
) -> None:
    await order(db, payer, TestCard.SECOND_STEP)
    await work_off()
    row = await the_payment(db, payer)
    assert row["action_url"] == f"/t/{payer.slug}/billing/payments/{row['id']}/second-step"
    for _ in range(2):
        await make_second_step(db, payer.viewer(BILL), payment_id=row["id"], agrees=agrees, now=NOW)
    assert await states(db, payer) == ends


async def test_news_twice_and_out_of_order_change_nothing(payer: Tenant, db: Database, work_off: type_work_off) -> None:
    await order(db, payer, TestCard.WORKS)
    await work_off()
    row = await the_payment(db, payer)
    before = await rows_of(db, payer.id, "charges")
    for outcome in (PAID, FAILED, Outcome(PaymentState.ACTION, "x", "/late"), PAID):
        news = await settle_payment(db, janitor(payer.id), payment_id=row["id"], outcome=outcome, now=NOW)
        assert not news.changed
    assert await rows_of(db, payer.id, "charges") == before


async def test_the_same_news_ten_times_at_once_buy_once(payer: Tenant, db: Database) -> None:
    await order(db, payer, TestCard.WORKS)
    row = await the_payment(db, payer)
    terms = {"payment_id": row["id"], "outcome": PAID, "now": NOW}
    news = await asyncio.gather(*(settle_payment(db, janitor(payer.id), **terms) for _ in range(10)))
    assert [one.changed for one in news].count(True) == 1
    assert len(await rows_of(db, payer.id, "charges")) == 1


async def test_money_that_comes_after_a_failure_still_buys(
    payer: Tenant, db: Database, work_off: type_work_off
) -> None:
    await order(db, payer, TestCard.DECLINED)
    await work_off()
    row = await the_payment(db, payer)
    await settle_payment(db, janitor(payer.id), payment_id=row["id"], outcome=PAID, now=NOW)
    assert await states(db, payer) == ("paid", "done", 1)


async def test_money_for_an_order_that_was_given_up_is_given_back(
    payer: Tenant, db: Database, work_off: type_work_off
) -> None:
    placed = await order(db, payer, TestCard.DECLINED)
    await work_off()
    await drop_order(db, payer.viewer(BILL), order_id=placed.order_id, now=NOW)
    row = await the_payment(db, payer)
    await settle_payment(db, janitor(payer.id), payment_id=row["id"], outcome=PAID, now=NOW)
    await work_off()
    assert await states(db, payer) == ("refunded", "dropped", 0)


async def test_two_payments_of_one_order_buy_once_and_the_second_is_given_back(
    payer: Tenant, db: Database, work_off: type_work_off
) -> None:
    placed = await order(db, payer, TestCard.DECLINED)
    await work_off()
    first = await the_payment(db, payer)
    wishes = [OrderWish(Deed.NEW, sku_id=BASIC.sku_id, seats=10, term_months=1, frequency="monthly")]
    quote, _ = await quote_order(db, payer.viewer(BILL), wishes=wishes, now=NOW)
    terms = {"method_id": await card(db, payer, TestCard.WORKS), "fingerprint": quote.fingerprint}
    await retry_order(db, payer.viewer(BILL), order_id=placed.order_id, **terms, now=NOW)
    await work_off()
    await settle_payment(db, janitor(payer.id), payment_id=first["id"], outcome=PAID, now=NOW)
    await work_off()
    assert sorted(row["state"] for row in await rows_of(db, payer.id, "payments")) == ["paid", "refunded"]
    assert len(await rows_of(db, payer.id, "subscriptions")) == len(await rows_of(db, payer.id, "charges")) == 1


class Dead(Sandbox):
    """A provider that does not answer."""

    async def charge(self, bill: Bill) -> Outcome:
        raise ProviderDown


async def test_a_provider_that_does_not_answer_is_asked_again_and_given_up_at_last(
    payer: Tenant, db: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order(db, payer, TestCard.WORKS)
    row = await the_payment(db, payer)
    monkeypatch.setitem(PROVIDERS, "sandbox", Dead())
    ids = {"tenant_id": payer.id, "payment_id": row["id"]}
    with pytest.raises(ProviderDown):
        await money.charge(house, **ids, last=False, now=NOW)
    assert await states(db, payer) == ("waiting", "waiting", 0)
    await money.charge(house, **ids, last=True, now=NOW)
    assert await states(db, payer) == ("failed", "failed", 0)
    assert (await the_payment(db, payer))["failure"] == "provider_unreachable"


# What is paid by itself


@pytest.fixture
def lapsed(payer: Tenant, db: Database, work_off: type_work_off, run: type_run) -> Tenant:
    """Contoso, whose renewal a card did not pay."""
    run(lapse(payer, db, work_off))
    return payer


async def lapse(payer: Tenant, db: Database, work_off: type_work_off) -> None:
    await order(db, payer, TestCard.FAILS_LATER)
    await work_off()
    await run_subscriptions(db, janitor(payer.id), now=NOW + 32 * DAY)
    await work_off()
    await run_subscriptions(db, janitor(payer.id), now=NOW + 32 * DAY)


async def newest(db: Database, tenant: Tenant) -> dict[str, Any]:
    return max(await rows_of(db, tenant.id, "payments"), key=lambda row: row["id"])


async def test_a_renewal_that_is_not_paid_waits_is_told_and_asked_for_again(
    lapsed: Tenant, db: Database, house: House, work_off: type_work_off
) -> None:
    (bought,) = await rows_of(db, lapsed.id, "subscriptions")
    assert bought["unpaid_at"] == bought["ends_at"]
    told = [row for row in await rows_of(db, lapsed.id, "notices") if row["kind"] == "payment_failed"]
    assert [row["ended_at"] for row in told] == [None]
    tries = []
    for day in (32, 34, 35, 36, 38, 80):
        asked = await chase_payments(db, janitor(lapsed.id), now=NOW + day * DAY)
        tries.append(asked.count)
        await work_off()
    assert tries == [0, 0, 1, 0, 1, 0]
    told = [row for row in await rows_of(db, lapsed.id, "notices") if row["kind"] == "payment_failed"]
    assert (len(told), [row["ended_at"] for row in told].count(None)) == (3, 1)
    assert lapsed.id in {tenant.id for tenant in await tenants_to_chase(house, now=NOW)}


async def test_it_is_paid_by_another_card_and_goes_on_where_it_ended(
    lapsed: Tenant, db: Database, work_off: type_work_off
) -> None:
    (before,) = await rows_of(db, lapsed.id, "subscriptions")
    failed, other = await newest(db, lapsed), await card(db, lapsed, TestCard.WORKS)
    terms = {"payment_id": failed["id"], "method_id": other, "now": NOW + 33 * DAY}
    await pay_again(db, lapsed.viewer(BILL), **terms)
    with pytest.raises(Refused, match="payment_not_owed"):
        await pay_again(db, lapsed.viewer(BILL), **terms)
    await work_off()
    (after,) = await rows_of(db, lapsed.id, "subscriptions")
    assert (after["term_at"], after["unpaid_at"], after["method_id"]) == (before["ends_at"], None, other)
    assert (await newest(db, lapsed))["state"] == "paid"
    told = [row for row in await rows_of(db, lapsed.id, "notices") if row["kind"] == "payment_failed"]
    assert None not in {row["ended_at"] for row in told}


async def test_a_term_that_went_on_otherwise_is_not_paid_twice(
    lapsed: Tenant, db: Database, work_off: type_work_off
) -> None:
    failed = await newest(db, lapsed)
    async with db.transaction(lapsed.id) as tx:
        await tx.execute(update(tables.subscriptions).values(ends_at=NOW + 90 * DAY, unpaid_at=None))
    assert (await chase_payments(db, janitor(lapsed.id), now=NOW + 40 * DAY)).count == 0
    await settle_payment(db, janitor(lapsed.id), payment_id=failed["id"], outcome=PAID, now=NOW + 40 * DAY)
    await work_off()
    assert (await newest(db, lapsed))["state"] == "refunded"
    assert len(await rows_of(db, lapsed.id, "charges")) == 1


async def test_a_card_that_expires_is_told(payer: Tenant, db: Database) -> None:
    await card(db, payer, TestCard.WORKS)
    await chase_payments(db, janitor(payer.id), now=NOW + 1000 * DAY)
    assert await rows_of(db, payer.id, "notices") == []
    await chase_payments(db, janitor(payer.id), now=NOW + 1080 * DAY)
    (told,) = await rows_of(db, payer.id, "notices")
    assert (told["kind"], told["params"]["label"]) == ("card_expires", "Sandbox •••• 4242")
