"""All invoices of all tenants, as the operator sees them: who owes what since when, and nobody's people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.invoices import Standing
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.invoices import Invoice, InvoiceRow, invoice_of, invoice_row, paid_sum, standing_is
from tenantry.queries.operator_frame import operator_query
from tenantry.store.tables import invoices, tenants


@dataclass(frozen=True)
class HouseInvoice:
    """An invoice and whose it is."""

    tenant_id: UUID
    tenant: str
    row: InvoiceRow


@operator_query
async def list_all_invoices(
    tx: AsyncConnection,
    operator: Operator,
    *,
    q: str,
    only: Standing | None,
    cursor: Cursor | None,
    limit: int,
    now: datetime,
) -> Page[HouseInvoice]:
    """A page of invoices, newest first, in one statement. q: how a number begins, or a part of a tenant's name."""
    backward = cursor is not None and cursor.backward
    wanted = _found(q.strip(), only, now)
    if cursor is not None:
        wanted = wanted.where(invoices.c.id > cursor.id if backward else invoices.c.id < cursor.id)
    order = invoices.c.id if backward else invoices.c.id.desc()
    rows = (await tx.execute(wanted.order_by(order).limit(limit + 1))).all()
    return cut([_house_invoice(row, now) for row in rows], limit, cursor, lambda one: (b"", one.row.id))


def _found(q: str, only: Standing | None, now: datetime) -> Select[Any]:
    same = tenants.c.tenant_id == invoices.c.tenant_id
    wanted = select(invoices, tenants.c.name, paid_sum().label("paid")).join(tenants, same)
    if only is not None:
        wanted = wanted.where(standing_is(only, now))
    if q:
        named = func.strpos(tenants.c.name_key, func.casefold(q)) > 0
        wanted = wanted.where(or_(invoices.c.number.startswith(q, autoescape=True), named))
    return wanted


def _house_invoice(row: Any, now: datetime) -> HouseInvoice:
    return HouseInvoice(row.tenant_id, row.name, invoice_row(row, now))


@operator_query
async def read_house_invoice(
    tx: AsyncConnection, operator: Operator, *, tenant_id: UUID, invoice_id: UUID, now: datetime
) -> tuple[str, Invoice]:
    """The tenant's name and one of its invoices. Raises Refused("invoice_missing")."""
    mine = and_(tenants.c.tenant_id == invoices.c.tenant_id, invoices.c.tenant_id == tenant_id)
    named = select(tenants.c.name).join(invoices, mine).where(invoices.c.id == invoice_id)
    name = (await tx.execute(named)).scalar_one_or_none()
    if name is None:
        raise Refused("invoice_missing", Kind.MISSING)
    return name, await invoice_of(tx, invoice_id, now, lines=0)
