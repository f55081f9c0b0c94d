"""The billing account, kept by those who may change it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.billing_account import BillingAccount, check_account, mark_of, normal_account
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.billing_accounts import find_account, put_account
from tenantry.store.tables import tenants
from tenantry.words.countries import country_codes


@dataclass(frozen=True)
class AccountSaved:
    """The names of the fields that are other than before, and the operation that made them so."""

    fields: tuple[str, ...]
    operation_id: UUID


@command(Permission.BILLING_CHANGE)
async def save_billing_account(
    tx: Tx, viewer: Viewer, *, account: BillingAccount, seen: str, now: datetime
) -> AccountSaved:
    """Who pays. seen: the mark (`mark_of`) of the account that the form was made from, "" where there was none.

    Invoices that are out stay as they are. Raises Refused with `field` what `check_account` finds, and
    "billing_account_changed".
    """
    for field, code, params in check_account(account, country_codes=country_codes().values()):
        raise Refused(code, Kind.INVALID, field=field, **params)
    account = normal_account(account)
    await tx.db.execute(select(tenants.c.tenant_id).with_for_update())
    before = await find_account(tx.db)
    if mark_of(before) != seen:
        raise Refused("billing_account_changed", Kind.CONFLICT)
    old = asdict(before) if before else {}
    changes = {name: value for name, value in asdict(account).items() if value != old.get(name, "")}
    if changes:
        await put_account(tx.db, viewer.tenant_id, account)
        tx.tell(account.legal_name, **changes, before={name: old[name] for name in changes if old.get(name)})
    return AccountSaved(tuple(changes), tx.operation_id)
