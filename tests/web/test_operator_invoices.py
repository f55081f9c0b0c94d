"""The operator's invoices: found by number or name, and payments booked on them."""

from datetime import UTC, datetime

from tenantry.queries.house import House
from tenantry.store.database import Database
from tests.web.conftest import Boss, desk_of, words
from tests.world import Tenant, make_invoice, query_count


async def test_an_invoice_is_found_by_its_number_and_by_whose_it_is(
    house: House, boss: Boss, contoso: Tenant, db: Database
) -> None:
    made = await make_invoice(db, contoso, 10_000)
    async with desk_of(house, boss) as desk:
        by_number, by_name = await desk.get(f"/invoices?q={made.number}"), await desk.get(f"/invoices?q={contoso.slug}")
        late, nothing = await desk.get(f"/invoices?only=overdue&q={made.number}"), await desk.get("/invoices?q=%25")
        with query_count(house.jobs) as asked:
            await desk.get("/invoices")
    assert all(made.number in words(page) for page in (by_number, by_name, late))
    assert "No invoice found" in words(nothing)
    assert asked.count == 1


async def test_a_payment_is_booked_in_parts_with_a_comma_too(
    house: House, boss: Boss, contoso: Tenant, db: Database
) -> None:
    made = await make_invoice(db, contoso, 10_000)
    place, today = f"/invoices/{contoso.id}/{made.id}", datetime.now(UTC).date().isoformat()
    async with desk_of(house, boss) as desk:
        assert 'value="125.00"' in (await desk.get(place)).text
        too_much = await desk.post(place, {"amount": "125,01", "paid_on": today})
        assert (await desk.post(place, {"amount": "100,00", "paid_on": today})).status_code == 303
        assert (await desk.post(place, {"amount": "25", "paid_on": today})).status_code == 303
        page = await desk.get(place)
        again = await desk.post(place, {"amount": "25", "paid_on": today})
    assert too_much.status_code == 409
    assert "Only DKK 125.00 is left to pay" in words(too_much)
    assert "Book a payment" not in words(page)
    assert "Bank transfer" in words(page)
    assert (again.status_code, "is not open" in again.text) == (409, True)
