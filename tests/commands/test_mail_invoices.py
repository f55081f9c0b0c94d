"""Invoices by mail: one letter each, to whom the billing account names, or to those who can pay."""

from typing import Any

from sqlalchemy import select, update

from tenantry.commands.mail_invoices import mail_invoices
from tenantry.domain.viewers import janitor
from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import ADELE, BILL, NOW, PREMIUM
from tests.world import Tenant, make_invoice, make_payer

SITE = "https://tenantry.example"


async def mailed(db: Database, tenant: Tenant) -> list[dict[str, Any]]:
    """What a tenant's invoices had written: the letters that lead to its pages."""
    await mail_invoices(db, janitor(tenant.id), site=SITE, now=NOW)
    async with db.transaction() as tx:
        rows = (await tx.execute(select(tables.letters).order_by(tables.letters.c.id))).mappings()
        return [dict(row) for row in rows if f"/t/{tenant.slug}/" in row["params"].get("link", "")]


async def test_an_invoice_is_mailed_once_to_those_who_can_pay_it(db: Database, contoso: Tenant) -> None:
    invoice = await make_invoice(db, contoso, 7000)
    await mailed(db, contoso)
    letters = await mailed(db, contoso)
    assert [row["recipient"] for row in letters] == [contoso.email(ADELE), contoso.email(BILL)]
    assert {row["kind"] for row in letters} == {"invoice"}
    params = letters[0]["params"]
    assert (params["number"], params["amount"]["minor"]) == (invoice.number, invoice.total)
    assert params["link"] == f"{SITE}/t/{contoso.slug}/billing/invoices/{invoice.id}"


async def test_the_billing_account_names_who_gets_it(db: Database, contoso: Tenant) -> None:
    await make_payer(db, contoso)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tables.billing_accounts).values(email="ap@contoso.example"))
    await make_invoice(db, contoso, 7000)
    await make_invoice(db, contoso, -3000, product=PREMIUM)
    letters = await mailed(db, contoso)
    assert [(row["recipient"], row["kind"]) for row in letters] == [
        ("ap@contoso.example", "invoice"),
        ("ap@contoso.example", "credit_note"),
    ]
    assert letters[1]["params"]["amount"]["minor"] == 3750


async def test_what_is_paid_says_so_and_nothing_is_mailed_of_nothing(db: Database, contoso: Tenant) -> None:
    invoice = await make_invoice(db, contoso, 7000)
    await make_invoice(db, contoso, 500, -500, product=PREMIUM)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tables.invoices).where(tables.invoices.c.id == invoice.id).values(state="paid"))
    assert {row["kind"] for row in await mailed(db, contoso)} == {"invoice_paid"}
