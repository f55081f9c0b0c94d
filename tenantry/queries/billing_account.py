"""The billing account, seen."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.billing_account import BillingAccount
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.queries.frame import query
from tenantry.store.billing_accounts import find_account
from tenantry.store.organization import profile_of
from tenantry.store.tables import tenants


@dataclass(frozen=True)
class BillingPage:
    """The account as it is kept, or None, and what a form may start from: it, or the organization's own address."""

    stored: BillingAccount | None
    start: BillingAccount
    currency: str


@query(Permission.BILLING_READ)
async def read_billing_account(tx: AsyncConnection, viewer: Viewer) -> BillingPage:
    """The page of the billing account, in two statements."""
    stored, row = await find_account(tx), (await tx.execute(select(tenants))).one()
    known = profile_of(row)
    start = stored or BillingAccount(known.name, known.street, known.postal_code, known.city, known.country)
    return BillingPage(stored, start, row.currency)
