"""The billing account of a tenant: there is one, or none yet."""

from dataclasses import asdict, fields
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.billing_account import BillingAccount
from tenantry.store.tables import billing_accounts


async def find_account(tx: AsyncConnection) -> BillingAccount | None:
    """The account of the tenant whose fence `tx` stands in."""
    row = (await tx.execute(select(billing_accounts))).one_or_none()
    return BillingAccount(**{one.name: getattr(row, one.name) or "" for one in fields(BillingAccount)}) if row else None


async def put_account(tx: AsyncConnection, tenant_id: UUID, account: BillingAccount) -> None:
    """Makes it the tenant's account, in the place of the one before."""
    stored = {name: value or None for name, value in asdict(account).items()}
    row = insert(billing_accounts).values(tenant_id=tenant_id, **stored)
    await tx.execute(row.on_conflict_do_update(constraint="billing_accounts_pk", set_=stored))
