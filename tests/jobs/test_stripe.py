"""Stripe, stood in for on this machine: cards kept, money taken once and given back, and its events believed once."""

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import update
from stripe import WebhookSignature

from tenantry.clients.payments import PROVIDERS, ProviderDown, provider
from tenantry.clients.payments.amounts import counted
from tenantry.commands.buy import Placed, place_order
from tenantry.commands.manage_methods import remove_method
from tenantry.commands.pay_again import chase_payments, pay_again
from tenantry.commands.run_subscriptions import run_subscriptions
from tenantry.commands.save_cards import ask_provider, begin_card
from tenantry.commands.take_stripe_event import forget_stripe_events
from tenantry.domain.orders import Deed, OrderWish
from tenantry.domain.viewers import janitor
from tenantry.jobs import money
from tenantry.kit.money import Money
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.queries.quotes import quote_order
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.web import create_app
from tests.cast import BASIC, BILL, DAY, NOW
from tests.conftest import type_run
from tests.jobs.conftest import type_work_off
from tests.stripe.stand_in import KEY, StandIn, open_stand_in
from tests.world import Tenant, make_invoice, make_payer, rows_of

SECRET = "whsec_tests"
type_work = Callable[[], Awaitable[None]]


@pytest.fixture(scope="module")
def opened() -> Iterator[StandIn]:
    with open_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def stripe(opened: StandIn) -> StandIn:
    """Stripe, that hears, answers and remembers."""
    opened.down = opened.deaf = opened.forgets_keys = False
    return opened


@pytest.fixture
def knobs(stripe: StandIn) -> dict[str, str]:
    keys = {"stripe_secret_key": KEY, "stripe_webhook_secret": SECRET, "stripe_url": stripe.url}
    return {"payment_provider": "stripe", "public_url": "https://tenantry.example", **keys}


@pytest.fixture
def work(work_off: type_work_off, knobs: dict[str, str]) -> type_work:
    return lambda: work_off(**knobs)


@pytest.fixture
def there(house: House, knobs: dict[str, str]) -> House:
    """The house with Stripe."""
    return replace(house, settings=replace(house.settings, **knobs))


@pytest.fixture
def payer(contoso: Tenant, db: Database, run: type_run) -> Tenant:
    run(make_payer(db, contoso))
    return contoso


async def the_row(db: Database, tenant: Tenant, table: str) -> dict[str, Any]:
    """The newest of a table."""
    return max(await rows_of(db, tenant.id, table), key=lambda row: str(row["id"]))


async def card(stripe: StandIn, db: Database, tenant: Tenant, work: type_work, digits: str = "4242") -> UUID:
    """A card, entered at Stripe's page."""
    page = await begin_card(db, tenant.viewer(BILL), now=NOW)
    await work()
    stripe.enter((await the_row(db, tenant, "card_setups"))["url"], digits)
    await ask_provider(db, tenant.viewer(BILL), setup_id=page.setup_id, now=NOW)
    await work()
    method_id = (await the_row(db, tenant, "payment_methods"))["id"]
    assert isinstance(method_id, UUID)
    return method_id


async def order(db: Database, tenant: Tenant, wish: OrderWish, method_id: UUID | None, day: int = 0) -> Placed:
    now, viewer = NOW + day * DAY, tenant.viewer(BILL)
    quote, _ = await quote_order(db, viewer, wishes=[wish], now=now)
    terms = {"method_id": method_id, "po_number": "", "fingerprint": quote.fingerprint}
    return await place_order(db, viewer, wishes=[wish], **terms, now=now)


BUY = OrderWish(Deed.NEW, sku_id=BASIC.sku_id, seats=10, term_months=1, frequency="monthly")


async def states(db: Database, tenant: Tenant) -> tuple[str, str, int]:
    """Of the newest payment and the order, and how many subscriptions there are."""
    payment, ordered = await the_row(db, tenant, "payments"), await the_row(db, tenant, "orders")
    return payment["state"], ordered["state"], len(await rows_of(db, tenant.id, "subscriptions"))


def taken(stripe: StandIn, payment: dict[str, Any]) -> list[dict[str, Any]]:
    """What Stripe has of a payment."""
    return [one for one in stripe.intents() if one["metadata"].get("payment_id") == str(payment["id"])]


# Cards


async def test_a_card_is_entered_at_stripe_and_kept_once(
    stripe: StandIn, payer: Tenant, db: Database, work: type_work
) -> None:
    method_id = await card(stripe, db, payer, work)
    setup = await the_row(db, payer, "card_setups")
    for _ in range(2):
        assert not await ask_provider(db, payer.viewer(BILL), setup_id=setup["id"], now=NOW)
    await work()
    (kept,) = await rows_of(db, payer.id, "payment_methods")
    assert (kept["label"], kept["is_default"], str(kept["expires_at"])[:10]) == ("Visa •••• 4242", True, "2030-12-31")
    (customer,) = await rows_of(db, payer.id, "payment_customers")
    await card(stripe, db, payer, work, "3155")
    assert [row["external_id"] for row in await rows_of(db, payer.id, "payment_customers")] == [customer["external_id"]]
    await remove_method(db, payer.viewer(BILL), method_id=method_id, instead=None, replace=False, now=NOW)
    await work()
    assert stripe.asked[-1][1] == f"/v1/payment_methods/{kept['external_id']}/detach"


async def test_a_page_that_cannot_be_opened_says_so(
    stripe: StandIn, payer: Tenant, db: Database, work_off: type_work_off
) -> None:
    await begin_card(db, payer.viewer(BILL), now=NOW)
    await work_off(payment_provider="stripe", stripe_secret_key="")
    assert (await the_row(db, payer, "card_setups"))["state"] == "failed"


# Payments


@pytest.mark.parametrize(
    ("digits", "ends"),
    [
        ("4242", ("paid", "done", 1)),
        ("3155", ("action", "action", 0)),
        ("0341", ("failed", "failed", 0)),
    ],
)
async def test_an_order_comes_true_when_stripe_has_the_money(
    digits: str, ends: tuple[str, str, int], stripe: StandIn, payer: Tenant, db: Database, work: type_work
) -> None:
    await order(db, payer, BUY, await card(stripe, db, payer, work, digits))
    await work()
    assert await states(db, payer) == ends
    payment = await the_row(db, payer, "payments")
    (intent,) = taken(stripe, payment)
    assert (intent["amount"], intent["currency"]) == (payment["amount"], "dkk")


@pytest.mark.parametrize(("agrees", "ends"), [(True, ("paid", "done", 1)), (False, ("failed", "failed", 0))])
async def test_a_second_step_is_made_at_stripe_and_leads_back(
    agrees: bool, ends: tuple[str, str, int], stripe: StandIn, payer: Tenant, db: Database, work: type_work
) -> None:
    await order(db, payer, BUY, await card(stripe, db, payer, work, "3155"))
    await work()
    payment = await the_row(db, payer, "payments")
    back = stripe.step(payment["action_url"], agrees=agrees)
    assert back == f"https://tenantry.example/t/{payer.slug}/billing/payments/{payment['id']}/second-step"
    await ask_provider(db, payer.viewer(BILL), payment_id=payment["id"], now=NOW)
    await work()
    assert await states(db, payer) == ends


async def test_a_second_step_that_nobody_makes_is_given_up(
    stripe: StandIn, payer: Tenant, db: Database, work: type_work
) -> None:
    await order(db, payer, BUY, await card(stripe, db, payer, work, "3155"))
    await work()
    for day, state in ((0, "action"), (1, "failed")):
        await chase_payments(db, janitor(payer.id), now=NOW + day * DAY)
        await work()
        assert (await the_row(db, payer, "payments"))["state"] == state
    assert [one["status"] for one in taken(stripe, await the_row(db, payer, "payments"))] == ["canceled"]


@pytest.mark.parametrize("forgets", [False, True], ids=["the key is known", "the key was forgotten"])
async def test_an_answer_that_was_lost_charges_nobody_twice(
    forgets: bool, stripe: StandIn, payer: Tenant, db: Database, there: House, work: type_work
) -> None:
    await order(db, payer, BUY, await card(stripe, db, payer, work))
    payment = await the_row(db, payer, "payments")
    ids = {"tenant_id": payer.id, "payment_id": payment["id"], "last": False}
    stripe.deaf, stripe.forgets_keys = True, forgets
    with pytest.raises(ProviderDown):
        await money.charge(there, **ids, now=NOW)
    stripe.deaf = False
    await money.charge(there, **ids, now=NOW + (DAY if forgets else 0 * DAY))
    assert await states(db, payer) == ("paid", "done", 1)
    assert len(taken(stripe, payment)) == 1


async def test_what_renews_by_itself_and_needs_a_second_step_is_paid_by_somebody(
    stripe: StandIn, payer: Tenant, db: Database, work: type_work
) -> None:
    await order(db, payer, BUY, await card(stripe, db, payer, work))
    await work()
    asking = await card(stripe, db, payer, work, "3155")
    async with db.transaction(payer.id) as tx:
        await tx.execute(update(tables.subscriptions).values(method_id=asking))
    await run_subscriptions(db, janitor(payer.id), now=NOW + 32 * DAY)
    await work()
    failed = await the_row(db, payer, "payments")
    assert (failed["state"], failed["failure"]) == ("failed", "second_step_needed")
    await pay_again(db, payer.viewer(BILL), payment_id=failed["id"], method_id=None, now=NOW + 33 * DAY)
    await work()
    payment = await the_row(db, payer, "payments")
    assert payment["state"] == "action"
    stripe.step(payment["action_url"], agrees=True)
    await ask_provider(db, payer.viewer(BILL), payment_id=payment["id"], now=NOW + 33 * DAY)
    await work()
    assert (await the_row(db, payer, "payments"))["state"] == "paid"


async def test_no_money_is_real_where_the_clock_is_moved_and_no_test_card_pays_real_seats() -> None:
    live, demo = Settings(payment_provider="stripe", stripe_secret_key=KEY), Settings(payment_provider="sandbox")
    assert provider(live, "stripe", is_test=True) is provider(live, "sandbox", is_test=False) is None
    assert provider(live, "sandbox", is_test=True) is provider(demo, "sandbox", is_test=False) is PROVIDERS["sandbox"]
    assert provider(live, "stripe", is_test=False) is not None
    assert provider(demo, "stripe", is_test=False) is None


@pytest.mark.parametrize(
    ("minor", "currency", "theirs"), [(1250, "DKK", 1250), (500, "JPY", 500), (5, "ISK", 500), (1250, "KWD", 1250)]
)
def test_amounts_are_counted_as_stripe_does(minor: int, currency: str, theirs: int) -> None:
    assert counted(Money(minor, currency)) == theirs


# Money back


async def canceled(stripe: StandIn, db: Database, tenant: Tenant, work: type_work) -> None:
    """Ten seats paid by card and canceled within their days."""
    await order(db, tenant, BUY, await card(stripe, db, tenant, work))
    await work()
    bought = await the_row(db, tenant, "subscriptions")
    await order(db, tenant, OrderWish(Deed.CANCEL, subscription_id=bought["id"]), None, day=1)


async def test_a_credit_goes_back_to_the_card_that_paid_and_only_once(
    stripe: StandIn, payer: Tenant, db: Database, work: type_work
) -> None:
    await canceled(stripe, db, payer, work)
    credit = next(row for row in await rows_of(db, payer.id, "invoices") if row["state"] == "credited")
    stripe.down = True
    await work()
    assert (await the_row(db, payer, "refunds"))["state"] == "waiting"
    stripe.down = False
    payment = await the_row(db, payer, "payments")
    async with db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
    await work()
    (refund,) = await rows_of(db, payer.id, "refunds")
    assert (refund["state"], refund["amount"], refund["credit_id"]) == (
        "done",
        -credit["net"] - credit["tax"],
        credit["id"],
    )
    (theirs,) = [one for one in stripe.refunds() if one["metadata"].get("refund_id") == str(refund["id"])]
    assert (theirs["amount"], payment["state"]) == (refund["amount"], "paid")
    used = next(row for row in await rows_of(db, payer.id, "invoices") if row["id"] == credit["id"])
    assert used["paid_at"] is not None


async def test_a_credit_pays_open_invoices_first(stripe: StandIn, payer: Tenant, db: Database, work: type_work) -> None:
    owed = await make_invoice(db, payer, 800)
    await canceled(stripe, db, payer, work)
    await work()
    rows = {row["id"]: row for row in await rows_of(db, payer.id, "invoices")}
    credit = next(row for row in rows.values() if row["state"] == "credited")
    (set_off,) = [row for row in await rows_of(db, payer.id, "payments") if row["provider"] == "credit"]
    (refund,) = await rows_of(db, payer.id, "refunds")
    assert (rows[owed.id]["state"], set_off["amount"], set_off["credit_id"]) == ("paid", owed.total, credit["id"])
    assert refund["amount"] + set_off["amount"] == -credit["net"] - credit["tax"]


async def test_a_refund_that_stripe_refuses_leaves_the_credit(
    stripe: StandIn, payer: Tenant, db: Database, work: type_work
) -> None:
    await canceled(stripe, db, payer, work)
    async with db.transaction(payer.id) as tx:
        await tx.execute(update(tables.payments).values(external_id="pi_gone"))
    for _ in range(2):
        await work()
    (refund,) = await rows_of(db, payer.id, "refunds")
    credit = next(row for row in await rows_of(db, payer.id, "invoices") if row["state"] == "credited")
    assert (refund["state"], credit["paid_at"]) == ("failed", None)


# Events


class Sink(BaseHTTPRequestHandler):
    """Where localstripe's events come in."""

    got: list[tuple[bytes, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((body, self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def next_event(server: HTTPServer) -> tuple[bytes, str]:
    server.timeout = 10
    server.handle_request()
    return Sink.got.pop()


async def tell(house: House, body: bytes, signature: str) -> int:
    async with AsyncTestClient(create_app(house)) as client:
        answer = await client.post("/webhooks/stripe", content=body, headers={"Stripe-Signature": signature})
    return answer.status_code


async def test_an_event_of_stripes_settles_what_nobody_came_back_to_tell_and_twice_is_once(
    stripe: StandIn, payer: Tenant, db: Database, there: House, work: type_work
) -> None:
    Sink.got = []
    with HTTPServer(("127.0.0.1", 0), Sink) as server:
        stripe.send_events_to(f"http://127.0.0.1:{server.server_port}/", SECRET, "payment_intent.succeeded")
        await order(db, payer, BUY, await card(stripe, db, payer, work, "3155"))
        await work()
        stepping = Thread(
            target=stripe.step, args=((await the_row(db, payer, "payments"))["action_url"],), kwargs={"agrees": True}
        )
        stepping.start()
        body, signature = next_event(server)
        stepping.join()
    assert await states(db, payer) == ("action", "action", 0)
    before = len(stripe.asked)
    for _ in range(3):
        assert await tell(there, body, signature) == 200
    assert len(stripe.asked) == before  # the door asks nobody
    await work()
    assert await states(db, payer) == ("paid", "done", 1)
    assert len(stripe.asked) == before + 1
    at = datetime.now(UTC)
    assert [await forget_stripe_events(db, now=at + days * DAY) for days in (1, 31, 31)] == [0, 1, 0]


@pytest.mark.parametrize("age", [0, 301])
async def test_an_event_that_is_forged_tampered_with_or_old_is_refused(age: int, there: House, db: Database) -> None:
    at = int(time.time()) - age
    body = '{"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"metadata": {}}}}'
    signed = WebhookSignature.generate_signature_header(body, SECRET, at)
    forged = WebhookSignature.generate_signature_header(body, "whsec_other", at)
    assert await tell(there, body.encode(), signed) == (400 if age else 200)
    for sent, signature in ((body, forged), (body, ""), (body.replace("evt_1", "evt_2"), signed), ("\udce6", signed)):
        assert await tell(there, sent.encode(errors="surrogateescape"), signature) == 400
    async with db.transaction() as tx:
        assert (await tx.execute(tables.webhook_events.select())).all() == []


async def test_without_stripe_there_is_no_such_door(house: House) -> None:
    assert await tell(house, b"{}", "") == 404
