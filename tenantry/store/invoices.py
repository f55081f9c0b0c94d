"""Invoices: charges put together under a number, as sets, and when they are paid."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Text, TextClause, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.invoices import Seller
from tenantry.kit.settings import read_settings


@dataclass(frozen=True)
class Issued:
    """A new invoice; `net` and `tax` in minor units, negative in a credit note."""

    tenant_id: UUID
    id: UUID
    number: str
    state: str
    currency: str
    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


@cache
def seller() -> Seller:
    """Who sells here, as the environment of this process says: an invoice keeps it as it was on its day."""
    told = read_settings()
    lines = tuple(line.strip() for line in told.seller_address.split(";") if line.strip())
    return Seller(told.seller_name, lines, told.seller_country, told.seller_vat, told.seller_account)


# Parts of one statement, so that the numbers that are taken are the numbers that are used: what is `owed` becomes the
# invoices `made`. The year's row stays locked until the transaction ends: whoever rolls back gives its numbers back,
# and the next one waits for that. Sandboxes, whose clock is not ours, have numbers of their own: those of the year
# -2026.
_MADE = """
    due AS (
        SELECT owed.tenant_id, owed.currency, sum(net) AS net, sum(tax) AS tax, series.year,
            row_number() OVER (PARTITION BY series.year ORDER BY owed.tenant_id, owed.currency) AS place
        FROM owed JOIN tenants ON tenants.tenant_id = owed.tenant_id
        CROSS JOIN LATERAL (SELECT CASE WHEN test_clock IS NULL THEN :year ELSE -:year END AS year) series
        GROUP BY owed.tenant_id, owed.currency, series.year
    ), counter AS (
        INSERT INTO invoice_numbers AS kept (year, last) SELECT year, count(*) FROM due GROUP BY year ORDER BY year
        ON CONFLICT (year) DO UPDATE SET last = kept.last + excluded.last
        RETURNING year, last - (SELECT count(*) FROM due WHERE due.year = kept.year) AS before
    ), made AS (
        INSERT INTO invoices (tenant_id, id, number, state, currency, net, tax, buyer, seller, po_number, issued_at,
            due_at, paid_at)
        SELECT due.tenant_id, uuidv7(),
            CASE WHEN due.year < 0 THEN 'TEST-' ELSE '' END || abs(due.year) || '-'
                || lpad(digits, greatest(6, length(digits)), '0'),
            CASE sign(due.net + due.tax) WHEN 1 THEN 'open' WHEN 0 THEN 'paid' ELSE 'credited' END,
            due.currency, due.net, due.tax,
            jsonb_strip_nulls(jsonb_build_object(
                'name', coalesce(buyer.legal_name, tenants.name), 'street', coalesce(buyer.street, tenants.street),
                'postal_code', coalesce(buyer.postal_code, tenants.postal_code),
                'city', coalesce(buyer.city, tenants.city), 'country', coalesce(buyer.country, tenants.country),
                'vat_number', buyer.vat_number, 'email', buyer.email)),
            :seller, coalesce(:po_number, buyer.po_number), :now, :due_at,
            CASE WHEN due.net + due.tax = 0 THEN CAST(:now AS timestamptz) END
        FROM due JOIN counter ON counter.year = due.year
        CROSS JOIN LATERAL (SELECT (before + place)::text AS digits) numbered
        JOIN tenants ON tenants.tenant_id = due.tenant_id
        LEFT JOIN billing_accounts buyer ON buyer.tenant_id = due.tenant_id
        RETURNING tenant_id, id, number, state, currency, net, tax
    )
"""


def issuing(owed: str, put: str) -> TextClause:
    """A statement that makes invoices, one for each tenant and currency, and answers with them as `Issued`.

    owed: spells the common table `owed` (tenant_id, currency, net, tax); put: what becomes of it, as a statement over
    `made`. Its parameters are those of `issue_facts`.
    """
    spelled = f"WITH {owed}, {_MADE}, put AS ({put}) SELECT * FROM made ORDER BY number"  # noqa: S608 - texts of our own
    return text(spelled).bindparams(
        bindparam("year", type_=Integer),
        bindparam("seller", type_=JSONB),
        bindparam("po_number", type_=Text),
        bindparam("now", type_=DateTime(timezone=True)),
        bindparam("due_at", type_=DateTime(timezone=True)),
    )


def issue_facts(now: datetime, po_number: str | None = None) -> dict[str, Any]:
    """The parameters of `issuing`, beside those of its own parts."""
    due_at = now + timedelta(days=read_settings().invoice_days)
    return {"year": now.year, "seller": asdict(seller()), "po_number": po_number, "now": now, "due_at": due_at}


_ISSUE = issuing(
    """owed AS (
        SELECT tenant_id, currency, net, tax FROM charges WHERE tenant_id = ANY (:tenants) AND invoice_id IS NULL
    )""",
    """UPDATE charges SET invoice_id = made.id FROM made
        WHERE charges.tenant_id = made.tenant_id AND charges.currency = made.currency AND charges.invoice_id IS NULL""",
).bindparams(bindparam("tenants", type_=ARRAY(Uuid)))


async def issue_invoices(
    tx: AsyncConnection, tenants: Collection[UUID], *, now: datetime, po_number: str | None = None
) -> tuple[Issued, ...]:
    """Puts every charge of `tenants` that is on no invoice yet on a new one: one per tenant and currency, by number.

    Write the charges first, with invoice_id NULL, in the same transaction; call this late in it, for the year's numbers
    are held until it ends. It is 'open' and due as the settings say; 'paid' if it comes to nothing; 'credited' if it is
    negative, a credit note. po_number: of the order, instead of the billing account's. No charges, no invoice. What a
    sandbox gets is a test and numbered apart: TEST-2026-000001.
    """
    rows = await tx.execute(_ISSUE, {"tenants": list(tenants)} | issue_facts(now, po_number))
    return tuple(Issued(*row) for row in rows)


_SETTLE = text("""
    UPDATE invoices SET state = 'paid', paid_at = :now
    WHERE state = 'open' AND id = ANY (:ids) AND net + tax <= (
        SELECT sum(amount) FROM payments
        WHERE payments.tenant_id = invoices.tenant_id AND invoice_id = invoices.id AND payments.state = 'paid')
    RETURNING id
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("now", type_=DateTime(timezone=True)))


async def settle_invoices(tx: AsyncConnection, invoice_ids: Collection[UUID], *, now: datetime) -> frozenset[UUID]:
    """Marks those open invoices paid whose payments (state 'paid') reach their total, and returns their ids.

    Write the payments first; to call it twice changes nothing.
    """
    return frozenset((await tx.execute(_SETTLE, {"ids": list(invoice_ids), "now": now})).scalars())
