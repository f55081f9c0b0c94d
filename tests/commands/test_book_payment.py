"""A payment that came by bank: in parts, whole, never more than is owed, never on a day that cannot be."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from tenantry.commands.book_payment import Booked, book_payment
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.store.database import Database
from tenantry.store.invoices import Issued
from tests.cast import DAY, NOW
from tests.world import Tenant, make_invoice, make_tenant, rows_of

OLGA = Operator(None, "Olga Operator", "cli")
LATER = NOW + 10 * DAY


async def book(db: Database, tenant: Tenant, made: Issued, amount: str, **more: Any) -> Booked:
    wish = {"tenant_id": tenant.id, "invoice_id": made.id, "amount": amount, "paid_on": LATER.date(), **more}
    return await book_payment(db, OLGA, **wish, now=LATER)


async def test_in_two_parts_it_is_paid_with_the_second(db: Database) -> None:
    tenant = await make_tenant(db)
    made = await make_invoice(db, tenant, 10_000)
    first = await book(db, tenant, made, "100.00")
    assert first == Booked(made.number, Money(10_000, "DKK"), Money(2500, "DKK"))
    assert (await rows_of(db, tenant.id, "invoices"))[0]["state"] == "open"
    await book(db, tenant, made, "25", paid_on=NOW.date() + timedelta(days=3))
    (invoice,) = await rows_of(db, tenant.id, "invoices")
    assert (invoice["state"], invoice["paid_at"].date()) == ("paid", NOW.date() + timedelta(days=3))  # type: ignore[attr-defined]
    told = [row["subject"] for row in await rows_of(db, tenant.id, "operations")]
    assert told == [made.number, made.number]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"amount": "125.01"}, "payment_too_much"),
        ({"amount": "0"}, "payment_amount_invalid"),
        ({"amount": "-5"}, "payment_amount_invalid"),
        ({"amount": "1.234"}, "payment_amount_invalid"),
        ({"amount": "9" * 40}, "payment_amount_invalid"),
        ({"paid_on": LATER.date() + timedelta(days=1)}, "payment_date_invalid"),
        ({"paid_on": NOW.date() - timedelta(days=1)}, "payment_date_invalid"),
        ({"paid_on": date.max}, "payment_date_invalid"),
        ({"invoice_id": new_id()}, "invoice_missing"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_booked(db: Database, wish: dict[str, Any], code: str) -> None:
    tenant = await make_tenant(db)
    made = await make_invoice(db, tenant, 10_000)
    with pytest.raises(Refused) as refused:
        await book(db, tenant, made, **{"amount": "125", **wish})
    assert refused.value.code == code
    assert await rows_of(db, tenant.id, "payments") == []


async def test_two_who_book_the_same_at_once_book_it_once(db: Database) -> None:
    tenant = await make_tenant(db)
    made = await make_invoice(db, tenant, 10_000)
    both = await asyncio.gather(*(book(db, tenant, made, "125") for _ in range(2)), return_exceptions=True)
    refused = [one for one in both if isinstance(one, Refused)]
    assert [one.code for one in refused] == ["invoice_not_open"]
    assert len(await rows_of(db, tenant.id, "payments")) == 1


async def test_a_credit_note_and_another_tenants_invoice_take_no_payment(db: Database) -> None:
    tenant, other = await make_tenant(db), await make_tenant(db)
    credit, foreign = await make_invoice(db, tenant, -100), await make_invoice(db, other, 100)
    for made, code in ((credit, "invoice_not_open"), (foreign, "invoice_missing")):
        with pytest.raises(Refused) as refused:
            await book(db, tenant, made, "1")
        assert refused.value.code == code
