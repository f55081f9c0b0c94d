"""Changes of a subscription without an order: at the same moment, twice, and told in the log."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tenantry.commands.book_changes import book_change, drop_booking
from tenantry.commands.change_subscriptions import set_po_number, set_recurring
from tenantry.domain.bookings import Booking
from tenantry.kit.errors import Refused
from tenantry.queries.subscription import read_subscription
from tenantry.store.database import Database
from tests.cast import BASIC, BILL, NOW, PREMIUM
from tests.world import Tenant, make_pool, rows_of


async def mark_of(db: Database, tenant: Tenant, subscription_id: UUID) -> str:
    """What a preview of now is marked with."""
    seen = await read_subscription(db, tenant.viewer(BILL), subscription_id=subscription_id, now=NOW)
    return seen.held.mark


async def test_of_two_bookings_at_once_one_is_told_that_something_changed(db: Database, contoso: Tenant) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10)
    facts: dict[str, Any] = {"subscription_id": id, "mark": await mark_of(db, contoso, id), "now": NOW}
    viewer = contoso.viewer(BILL)
    wishes = [book_change(db, viewer, booking=Booking(seats=seats), **facts) for seats in (7, 8)]
    answers = await asyncio.gather(*wishes, return_exceptions=True)
    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert refused.code == "subscription_changed"
    assert len(await rows_of(db, contoso.id, "scheduled_changes")) == 1


async def test_a_double_click_gets_the_first_answer(db: Database, contoso: Tenant) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10)
    facts: dict[str, Any] = {"subscription_id": id, "mark": await mark_of(db, contoso, id), "now": NOW, "key": "one"}
    clicks = [book_change(db, contoso.viewer(BILL), booking=Booking(seats=7), **facts) for _ in range(3)]
    answers = await asyncio.gather(*clicks)
    assert len({answer.operation_id for answer in answers}) == 1
    assert len(await rows_of(db, contoso.id, "operations")) == 1


async def test_a_booking_of_another_product_keeps_the_price_of_today(db: Database, contoso: Tenant) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10)
    booking = Booking(seats=8, sku_id=PREMIUM.sku_id)
    mark = await mark_of(db, contoso, id)
    await book_change(db, contoso.viewer(BILL), subscription_id=id, booking=booking, mark=mark, now=NOW)
    (row,) = await rows_of(db, contoso.id, "scheduled_changes")
    assert (row["seats"], row["sku_id"], row["unit_price"]) == (8, PREMIUM.sku_id, 7000)
    await drop_booking(db, contoso.viewer(BILL), subscription_id=id, mark=await mark_of(db, contoso, id), now=NOW)
    assert await rows_of(db, contoso.id, "scheduled_changes") == []


async def test_a_part_is_booked_beside_other_wishes_and_gives_way_to_another_product_for_all(
    db: Database, contoso: Tenant
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10)
    part = {"part_sku_id": PREMIUM.sku_id, "part_seats": 3}
    wishes = [Booking(seats=7, **part), Booking(frequency="yearly"), Booking(seats=9, sku_id=PREMIUM.sku_id)]
    rows = []
    for booking in wishes:
        mark = await mark_of(db, contoso, id)
        await book_change(db, contoso.viewer(BILL), subscription_id=id, booking=booking, mark=mark, now=NOW)
        rows += await rows_of(db, contoso.id, "scheduled_changes")
    told = [[row[name] for name in ("seats", "sku_id", "part_sku_id", "part_seats", "part_price")] for row in rows]
    assert told[0] == [7, None, PREMIUM.sku_id, 3, 7000]
    assert told[1][:4] == told[0][:4]
    assert told[1][4] > 7000 * 10
    assert told[2] == [9, PREMIUM.sku_id, None, None, None]


@pytest.mark.parametrize(
    ("booking", "code"),
    [
        (Booking(seats=7, part_sku_id=BASIC.sku_id, part_seats=3), "booking_same"),
        (Booking(seats=7, part_sku_id=UUID(int=5), part_seats=3), "product_unknown"),
        (Booking(seats=10), "booking_same"),
        (Booking(seats=0), "seats_out_of_range"),
        (Booking(term_months=36, frequency="monthly"), "price_missing"),
        (Booking(sku_id=UUID(int=5)), "product_unknown"),
    ],
)
async def test_what_cannot_be_booked_is_refused(db: Database, contoso: Tenant, booking: Booking, code: str) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10)
    mark = await mark_of(db, contoso, id)
    with pytest.raises(Refused) as refused:
        await book_change(db, contoso.viewer(BILL), subscription_id=id, booking=booking, mark=mark, now=NOW)
    assert refused.value.code == code
    assert await rows_of(db, contoso.id, "scheduled_changes") == []


async def test_what_is_so_already_leaves_no_operation(db: Database, contoso: Tenant) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10)
    viewer, mark = contoso.viewer(BILL), await mark_of(db, contoso, id)
    await set_recurring(db, viewer, subscription_id=id, recurring=True, mark=mark, now=NOW)
    await set_po_number(db, viewer, subscription_id=id, po_number="", now=NOW)
    assert await rows_of(db, contoso.id, "operations") == []
