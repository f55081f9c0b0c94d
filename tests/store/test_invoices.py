"""Charges become invoices: no charge is left over or counted twice, and no number is missing."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.invoices import Issued, issue_invoices, settle_invoices
from tenantry.store.tables import billing_accounts, payments
from tests.cast import BASIC, NOW
from tests.world import Tenant, charge, make_invoice, make_pool, make_sandbox, make_tenant, query_count, rows_of

LATER = NOW.replace(year=2031)  # a year of numbers that no other test takes


async def issued(db: Database, tenant: Tenant, *nets: int, **more: Any) -> Issued:
    return await make_invoice(db, tenant, *nets, now=LATER, **more)


async def test_every_charge_is_on_one_invoice_and_they_add_up(db: Database) -> None:
    tenant = await make_tenant(db)
    made = await issued(db, tenant, 10_000, -2_500, 333)
    lines = await rows_of(db, tenant.id, "charges")
    assert {line["invoice_id"] for line in lines} == {made.id}
    assert (made.net, made.tax) == (sum(line["net"] for line in lines), sum(line["tax"] for line in lines))
    assert (made.state, made.total) == ("open", 7_833 + 1_958)


async def test_there_is_nothing_to_send_twice(db: Database) -> None:
    tenant = await make_tenant(db)
    await issued(db, tenant, 100)
    async with db.transaction(tenant.id) as tx:
        assert await issue_invoices(tx, [tenant.id], now=LATER) == ()


async def test_each_currency_has_its_invoice_and_one_statement_makes_them_all(db: Database) -> None:
    tenant = await make_tenant(db)
    subscription_id = await make_pool(db, tenant.id, BASIC, 5)
    async with db.transaction(tenant.id) as tx:
        await charge(tx, tenant, subscription_id, 100)
        await charge(tx, tenant, subscription_id, 200, currency="EUR")
        with query_count(db) as asked:
            made = await issue_invoices(tx, [tenant.id], now=LATER)
    assert [(one.currency, one.net) for one in made] == [("DKK", 100), ("EUR", 200)]
    assert asked.count == 1


async def test_numbers_are_gapless_though_transactions_run_together_and_one_is_rolled_back(db: Database) -> None:
    tenants = [await make_tenant(db) for _ in range(4)]
    first = await issued(db, tenants[0], 100)
    with pytest.raises(RuntimeError):
        await _rolled_back(db, tenants[0])
    together = await asyncio.gather(*(issued(db, tenant, 100) for tenant in tenants))
    numbers = sorted(int(one.number.split("-")[1]) for one in together)
    start = int(first.number.split("-")[1]) + 1
    assert numbers == list(range(start, start + 4))


async def _rolled_back(db: Database, tenant: Tenant) -> None:
    subscription_id = await make_pool(db, tenant.id, BASIC, 5)
    async with db.transaction(tenant.id) as tx:
        await charge(tx, tenant, subscription_id, 100)
        await issue_invoices(tx, [tenant.id], now=LATER)
        raise RuntimeError


async def test_a_sandbox_takes_no_number_of_those_that_count(db: Database) -> None:
    tenant, sandbox = await make_tenant(db), await make_tenant(db)
    await make_sandbox(db, sandbox.id)
    numbers = [(await issued(db, one, 100)).number for one in (tenant, sandbox, tenant)]
    assert re.fullmatch(r"TEST-2031-\d{6}", numbers[1])
    assert int(numbers[2].split("-")[1]) == int(numbers[0].split("-")[1]) + 1


async def test_less_than_nothing_is_a_credit_note_and_nothing_is_paid(db: Database) -> None:
    tenant = await make_tenant(db)
    credit, even = await issued(db, tenant, -100), await issued(db, tenant, 100, -100)
    assert (credit.state, credit.total) == ("credited", -125)
    assert (even.state, even.total) == ("paid", 0)


async def test_who_buys_is_kept_as_it_was_on_the_day(db: Database) -> None:
    tenant = await make_tenant(db)
    account = {"legal_name": "Contoso A/S", "street": "Gade 1", "postal_code": "1000", "city": "København"}
    async with db.transaction(tenant.id) as tx:
        more = {"country": "DK", "vat_number": "DK13585628", "po_number": "PO 7"}
        await tx.execute(insert(billing_accounts).values(tenant_id=tenant.id, **account, **more))
    await issued(db, tenant, 100)
    await issued(db, tenant, 100, po_number="PO 8")
    first, second = sorted(await rows_of(db, tenant.id, "invoices"), key=lambda row: str(row["number"]))
    assert (first["po_number"], second["po_number"]) == ("PO 7", "PO 8")
    assert first["buyer"]["name"] == "Contoso A/S"  # type: ignore[index]
    assert first["due_at"] == LATER + timedelta(days=30)


async def test_an_invoice_is_paid_once_its_payments_reach_its_total(db: Database) -> None:
    tenant = await make_tenant(db)
    made = await issued(db, tenant, 100)

    async def pay(amount: int) -> frozenset[UUID]:
        paid = {"provider": "invoice", "state": "paid", "currency": "DKK", "made_at": NOW, "settled_at": NOW}
        async with db.transaction(tenant.id) as tx:
            row = {"tenant_id": tenant.id, "id": new_id(), "invoice_id": made.id, "amount": amount}
            await tx.execute(insert(payments), row | paid)
            return await settle_invoices(tx, [made.id], now=LATER)

    assert await pay(100) == frozenset()
    assert await pay(25) == {made.id}
    assert await pay(1) == frozenset()
