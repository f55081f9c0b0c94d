"""Orders: what is seen is what is paid, once, whatever happens at the same time."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert

from tenantry.commands.buy import Placed, place_order, start_trial
from tenantry.domain.orders import Deed, OrderWish, Quote
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.quotes import SEATS_LIMIT, quote_order
from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import ADELE, BASIC, BILL, DAY, LIDIA, NOW, PREMIUM
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


async def order(db: Database, tenant: Tenant, *wishes: OrderWish, key: str | None = None, who=BILL, **more) -> Placed:
    """Quoted, and ordered as quoted."""
    quote, _ = await quote_order(db, tenant.viewer(who), wishes=wishes, now=more.get("now", NOW))
    terms = {"method_id": None, "po_number": "", "now": NOW, "fingerprint": quote.fingerprint} | more
    return await place_order(db, tenant.viewer(who), wishes=wishes, key=key, **terms)


async def refusal(work) -> Refused:
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
