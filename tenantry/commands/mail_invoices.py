"""Invoices by mail: a letter with what there is to pay and a link, to the billing account's address or its admins."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission, Role, permissions_of
from tenantry.domain.viewers import Viewer
from tenantry.kit.money import Money
from tenantry.store.database import Database
from tenantry.store.letters import write_letter
from tenantry.store.people import ACTIVE
from tenantry.store.tables import accounts, invoices, role_assignments, tenants, users

AT_ONCE = 500

type_reader = tuple[str, str]  # an address, and its language

_NEW = (
    select(invoices, tenants.c.slug, tenants.c.name, tenants.c.language)
    .join(tenants, tenants.c.tenant_id == invoices.c.tenant_id)
    .where(invoices.c.mailed_at.is_(None))
    .order_by(invoices.c.id)
    .limit(AT_ONCE)
)
_ADMINS = (
    select(accounts.c.email, accounts.c.language, role_assignments.c.role)
    .select_from(users)
    .join(accounts, accounts.c.id == users.c.account_id)
    .join(role_assignments, role_assignments.c.user_id == users.c.id)
    .where(ACTIVE, users.c.blocked_at.is_(None), accounts.c.closed_at.is_(None))
    .order_by(accounts.c.email)
)


async def mail_invoices(db: Database, viewer: Viewer, *, site: str, now: datetime) -> int:
    """Writes the letters of a tenant's invoices that were not mailed, some hundred of them. Returns how many letters.

    site: where the house's pages begin. An invoice of nothing is mailed to nobody.
    """
    async with db.transaction(viewer.tenant_id) as tx:
        new = (await tx.execute(_NEW.with_for_update(of=invoices))).all()
        if not new:
            return 0
        admins = list(dict.fromkeys(_admins((await tx.execute(_ADMINS)).all(), new[0].language)))
        count = 0
        for one in new:
            for reader in _readers(one, admins) if one.net + one.tax else ():
                await _write(tx, one, reader, site, now)
                count += 1
        mailed = update(invoices).where(invoices.c.id.in_([one.id for one in new]))
        await tx.execute(mailed.values(mailed_at=now))
    return count


def _admins(people: Sequence[Any], language: str) -> Iterator[type_reader]:
    """Who may change how things are paid."""
    for one in people:
        if Permission.BILLING_CHANGE in permissions_of(frozenset({Role(one.role)})):
            yield one.email, one.language or language


def _readers(invoice: Row[Any], admins: Sequence[type_reader]) -> Sequence[type_reader]:
    """The address that the billing account had on the invoice's day; without one, the admins."""
    address = invoice.buyer.get("email")
    return [(address, invoice.language)] if address else admins


async def _write(tx: AsyncConnection, invoice: Row[Any], reader: type_reader, site: str, now: datetime) -> None:
    email, language = reader
    link = f"{site}/t/{invoice.slug}/billing/invoices/{invoice.id}"
    total = msgspec.to_builtins(Money(abs(invoice.net + invoice.tax), invoice.currency))
    facts = {"name": invoice.name, "number": invoice.number, "amount": total, "link": link}
    kind = {"credited": "credit_note", "paid": "invoice_paid"}.get(invoice.state, "invoice")
    params = facts | ({"due_date": invoice.due_at} if kind == "invoice" else {})
    await write_letter(tx, kind=kind, to=email, language=language, params=params, now=now)
