"""What has fallen due in a tenant, done as sets: subscriptions are read, the domain decides, and it is written.

A statement is the same for one subscription and for thousands. The pools are locked first, in key order, as everything
does that changes seats; so two sweeps of one tenant come one after the other, and the second finds nothing due.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Text, TextClause, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.charges import Price
from tenantry.domain.falling_due import Advanced, Due, Life, Step, Terms, Warned, advance, outlook
from tenantry.domain.notices import NoticeKind
from tenantry.domain.roles import Permission
from tenantry.domain.seat_changes import WINDOW
from tenantry.domain.seat_conflicts import REDUCED_GRACE
from tenantry.domain.subscriptions import Facts
from tenantry.kit.money import Money
from tenantry.store.invoices import issue_invoices
from tenantry.store.licenses.follow import follow
from tenantry.store.licenses.write import Stamp
from tenantry.store.notices import Notice, raise_notices
from tenantry.store.pool_news import AHEAD
from tenantry.store.pools import after_change, reduce_pools
from tenantry.store.prices import Buyer, load_buyer, load_prices, type_prices
from tenantry.store.renewal_payments import Asked, Payer, ask_for_invoices, ask_for_terms

AT_ONCE = 2000  # subscriptions in one transaction
LOOKED_AT = REDUCED_GRACE - AHEAD  # after a reduction: from then on its pool nears the deadline
CHARGED_AS = {Due.PERIOD: "period", Due.RENEWAL: "renewal", Due.CONVERSION: "purchase"}
KINDS = (
    NoticeKind.WINDOW_SHUTS,
    NoticeKind.RENEWAL_AHEAD,
    NoticeKind.TRIAL_ENDS,
    NoticeKind.TRIAL_CONVERTS,
    NoticeKind.EXPIRED,
    NoticeKind.DISABLED,
    NoticeKind.DELETED_SOON,
)


@dataclass(frozen=True)
class Ran:
    """What a sweep did. charged: stretches; renewed: terms begun; asked: terms that a payment was asked for.

    products: their names, of what was charged or asked; more: something due is left for another transaction.
    """

    seen: int = 0
    charged: int = 0
    renewed: int = 0
    asked: int = 0
    products: frozenset[str] = frozenset()
    more: bool = False


@dataclass(frozen=True)
class _One:
    """A subscription of a sweep, before and after."""

    id: UUID
    payer: Payer | None
    po_number: str | None
    before: Life
    after: Advanced
    due_at: datetime
    warned: tuple[Warned, ...]

    @property
    def begun(self) -> bool:
        return self.after.life.facts.ends_at != self.before.facts.ends_at

    @property
    def switched(self) -> tuple[UUID, UUID] | None:
        """The product before and after, where a renewal changed it."""
        old, new = self.before.terms.sku_id, self.after.life.terms.sku_id
        return (old, new) if old != new else None

    @property
    def reduced(self) -> bool:
        """Whether a renewal took seats of the pool that it was in."""
        fewer = self.after.life.terms.seats < self.before.terms.seats
        return self.begun and (fewer or self.switched is not None)


async def run_due(tx: AsyncConnection, tenant_id: UUID, stamp: Stamp) -> Ran:
    """Does everything of the tenant that fell due until the stamp's moment, of at most `AT_ONCE` subscriptions."""
    now = stamp.now
    skus = await _lock_due(tx, now)
    if not skus:
        return Ran()
    swept = await _load(tx, now)
    await _begin_terms(tx, [one for one in swept if one.begun])
    for old, new in sorted({one.switched for one in swept if one.switched}):
        await follow(tx, old, new, stamp)
    await _move_on(tx, [one for one in swept if not one.begun])
    await reduce_pools(tx, {one.before.terms.sku_id for one in swept if one.reduced}, now)
    await _warn(tx, tenant_id, swept, now)
    await after_change(tx, skus, now)
    asked = await _ask(tx, tenant_id, swept, stamp)
    await _charge(tx, tenant_id, swept, stamp)
    return _ran(swept, asked)


def _ran(swept: Sequence[_One], asked: int) -> Ran:
    told = [one for one in swept if one.after.steps or (asked and one.after.asked)]
    return Ran(
        seen=len(swept),
        charged=sum(len(one.after.steps) for one in swept),
        renewed=sum(step.due is not Due.PERIOD for one in swept for step in one.after.steps),
        asked=asked,
        products=frozenset(one.after.life.terms.product for one in told),
        more=len(swept) == AT_ONCE,
    )


def told_of(products: Iterable[str]) -> str:
    """The products as the subject of an operation: the first by name, and that there are others."""
    names = sorted(products)
    return names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"


# Reading

_LOCK = text("""
    SELECT sku_id FROM seat_pools WHERE sku_id IN (
        SELECT sku_id FROM subscriptions WHERE due_at <= :now
        UNION SELECT scheduled_changes.sku_id FROM scheduled_changes
            JOIN subscriptions ON subscriptions.id = subscription_id WHERE due_at <= :now
    ) OR (reduced > 0 AND reduced_at <= :graced)
    ORDER BY sku_id FOR NO KEY UPDATE
""")
_POOLS = text("""
    INSERT INTO seat_pools (tenant_id, sku_id)
    SELECT DISTINCT subscriptions.tenant_id, scheduled_changes.sku_id FROM scheduled_changes
    JOIN subscriptions ON subscriptions.id = subscription_id
    WHERE due_at <= :now AND scheduled_changes.sku_id IS NOT NULL
    ON CONFLICT DO NOTHING
""")
_LOAD = text("""
    SELECT mine.*, products.name, new.name AS new_name,
        planned.sku_id AS new_sku_id, planned.seats AS new_seats, planned.term_months AS new_months,
        planned.frequency AS new_frequency, planned.unit_price AS new_price, method.id AS payer_id, method.provider,
        (SELECT max(bought_at) FROM seat_batches WHERE subscription_id = mine.id) AS bought_at
    FROM subscriptions mine
    JOIN products ON products.sku_id = mine.sku_id
    LEFT JOIN scheduled_changes planned ON planned.subscription_id = mine.id
    LEFT JOIN products new ON new.sku_id = planned.sku_id
    LEFT JOIN payment_methods main ON main.is_default AND main.removed_at IS NULL
    LEFT JOIN payment_methods own ON own.id = mine.method_id AND own.removed_at IS NULL
    LEFT JOIN payment_methods method ON method.id = coalesce(own.id, main.id) AND method.provider <> 'invoice'
    WHERE mine.due_at <= :now ORDER BY mine.due_at, mine.id LIMIT :most FOR NO KEY UPDATE OF mine
""")


async def _lock_due(tx: AsyncConnection, now: datetime) -> set[UUID]:
    """The products with something due, their pools locked; those that a renewal leads to among them."""
    await tx.execute(_POOLS, {"now": now})
    return set((await tx.execute(_LOCK, {"now": now, "graced": now - LOOKED_AT})).scalars())


async def _load(tx: AsyncConnection, now: datetime) -> list[_One]:
    """What is due, advanced to `now`."""
    rows = (await tx.execute(_LOAD, {"now": now, "most": AT_ONCE})).all()
    buyer = await load_buyer(tx)
    catalog = await load_prices(tx, {row.sku_id for row in rows if row.trial}, buyer)
    return [_one(row, _life(row, buyer, catalog), now) for row in rows]


def _one(row: Row[Any], life: Life, now: datetime) -> _One:
    payer, after = Payer(row.payer_id, row.provider) if row.payer_id else None, advance(life, now)
    return _One(row.id, payer, row.po_number, life, after, *outlook(after, now))


def _life(row: Row[Any], buyer: Buyer, catalog: type_prices) -> Life:
    """A row of `_LOAD`. A trial that has no price is bought at the catalog's, and lapses if there is none."""
    price = Price(Money(row.unit_price, row.currency), row.frequency, buyer.tax_permille)
    months, frequency = row.new_months or row.term_months, row.new_frequency or row.frequency
    unit = price.unit if row.new_price is None else Money(row.new_price, row.currency)
    later, converts = Price(unit, frequency, buyer.tax_permille), row.converts
    if row.trial and not unit.minor:
        listed = catalog.get((row.sku_id, months, frequency))
        later, converts = listed or later, converts and listed is not None
    moments = row.unpaid_at, row.canceled_at, row.delete_at
    known = row.starts_at, row.ends_at, row.recurring, row.trial, row.channel, row.term_months
    product = (row.new_sku_id, row.new_name) if row.new_sku_id else (row.sku_id, row.name)
    return Life(
        facts=Facts(*known, converts, *moments),
        terms=Terms(row.sku_id, row.name, row.seats, row.term_months, price),
        following=Terms(*product, row.new_seats or row.seats, months, later),
        anchor_at=row.anchor_at,
        term_at=row.term_at,
        billed_until=row.billed_until,
        window_at=(row.bought_at or row.term_at) + WINDOW,
        trusted=row.payer_id is None,
    )


# Writing


def _of_rows(statement: str, **lists: Any) -> TextClause:
    """A statement over `:rows`, which come as one JSON text: fast to spell, and one parameter however many they are."""
    told = (bindparam(name, type_=ARRAY(kind)) for name, kind in lists.items())
    return text(statement).bindparams(bindparam("rows", type_=JSONB), *told)


# With the batch that all its seats are now.
_TERMS = _of_rows("""
    WITH told AS (
        SELECT * FROM jsonb_to_recordset(:rows) AS told (id uuid, sku_id uuid, seats integer, months integer,
            frequency text, unit bigint, anchor_at timestamptz, term_at timestamptz, ends_at timestamptz,
            billed_until timestamptz, due_at timestamptz)
    ), dropped AS (
        DELETE FROM scheduled_changes WHERE subscription_id IN (SELECT id FROM told)
    ), gone AS (
        DELETE FROM seat_batches WHERE subscription_id IN (SELECT id FROM told)
    ), batches AS (
        INSERT INTO seat_batches (tenant_id, subscription_id, seats, bought_at)
        SELECT current_setting('app.tenant')::uuid, id, seats, term_at FROM told
    )
    UPDATE subscriptions mine SET sku_id = told.sku_id, seats = told.seats, term_months = told.months,
        frequency = told.frequency, unit_price = told.unit, anchor_at = told.anchor_at, term_at = told.term_at,
        ends_at = told.ends_at, billed_until = told.billed_until, due_at = told.due_at, trial = false, converts = false
    FROM told WHERE mine.id = told.id
""")


async def _begin_terms(tx: AsyncConnection, begun: Iterable[_One]) -> None:
    """Terms that follow, with what was booked for them; all their seats can be taken back for some days."""
    rows = [
        {
            "id": one.id,
            "sku_id": life.terms.sku_id,
            "seats": life.terms.seats,
            "months": life.terms.months,
            "frequency": life.terms.price.frequency,
            "unit": life.terms.price.unit.minor,
            "anchor_at": life.anchor_at,
            "term_at": life.term_at,
            "ends_at": life.facts.ends_at,
            "billed_until": life.billed_until,
            "due_at": one.due_at,
        }
        for one in begun
        for life in [one.after.life]
    ]
    if rows:
        await tx.execute(_TERMS, {"rows": rows})


_MOVE = _of_rows("""
    UPDATE subscriptions mine SET billed_until = told.billed_until, due_at = told.due_at
    FROM jsonb_to_recordset(:rows) AS told (id uuid, billed_until timestamptz, due_at timestamptz)
    WHERE mine.id = told.id
""")


async def _move_on(tx: AsyncConnection, others: Iterable[_One]) -> None:
    """How far each of the other terms is charged, and when to look at it again."""
    rows = [{"id": one.id, "billed_until": one.after.life.billed_until, "due_at": one.due_at} for one in others]
    if rows:
        await tx.execute(_MOVE, {"rows": rows})


# A warning that begins anew, as the second one before a renewal, is told anew.
_END = _of_rows(
    """
    UPDATE notices SET ended_at = :now
    WHERE ended_at IS NULL AND kind = ANY (:kinds) AND subject_id = ANY (:swept) AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(:rows) AS told (id uuid, kind text, since timestamptz)
        WHERE told.kind = notices.kind AND told.id = notices.subject_id AND told.since <= notices.at)
    """,
    kinds=Text,
    swept=Uuid,
)


async def _warn(tx: AsyncConnection, tenant_id: UUID, swept: Sequence[_One], now: datetime) -> None:
    """Raises the warnings that hold now, and ends those that do not."""
    holds = [(one.id, warned) for one in swept for warned in one.warned]
    rows = [{"id": place, "kind": warned.kind.value, "since": warned.since} for place, warned in holds]
    about = {"swept": [one.id for one in swept], "kinds": [kind.value for kind in KINDS]}
    await tx.execute(_END, {"rows": rows, "now": now} | about)
    permission = Permission.SUBSCRIPTION_CHANGE.value
    raised = (Notice(tenant_id, warned.kind.value, permission, place, warned.params) for place, warned in holds)
    await raise_notices(tx, raised, now)


async def _ask(tx: AsyncConnection, tenant_id: UUID, swept: Sequence[_One], stamp: Stamp) -> int:
    """Has the terms paid that go on only then. Returns how many were not asked for before."""
    asked = [
        Asked(one.id, one.payer, one.po_number, one.before.terms.seats, step)
        for one in swept
        if one.payer and (step := one.after.asked)
    ]
    return await ask_for_terms(tx, tenant_id, asked, stamp.operation_id, stamp.now)


_CHARGE = _of_rows("""
    INSERT INTO charges (tenant_id, subscription_id, operation_id, kind, product, seats, unit_price, frequency,
        from_at, until_at, currency, net, tax, tax_permille, at)
    SELECT :tenant_id, id, :operation_id, kind, product, seats, unit, frequency, from_at, until_at, currency, net, tax,
        permille, from_at
    FROM jsonb_to_recordset(:rows) AS told (id uuid, kind text, product text, seats integer, unit bigint,
        frequency text, from_at timestamptz, until_at timestamptz, currency text, net bigint, tax bigint,
        permille numeric)
""")


async def _charge(tx: AsyncConnection, tenant_id: UUID, swept: Sequence[_One], stamp: Stamp) -> None:
    """Charges on invoices, one for each way to pay. Late: from the first on, all others wait for the year's numbers."""
    owed: dict[Payer | None, list[dict[str, Any]]] = defaultdict(list)
    for one in swept:
        owed[one.payer] += [_line(one.id, step) for step in one.after.steps if step.amount.total.minor]
    for payer, rows in owed.items():
        if rows:
            by = {"tenant_id": tenant_id, "operation_id": stamp.operation_id}
            await tx.execute(_CHARGE, {"rows": rows} | by)
            issued = await issue_invoices(tx, [tenant_id], now=stamp.now)
            if payer is not None:
                await ask_for_invoices(tx, issued, payer, stamp.now)


def _line(subscription_id: UUID, step: Step) -> dict[str, Any]:
    """A charge as a row of `_CHARGE`."""
    price = step.terms.price
    return {
        "id": subscription_id,
        "kind": CHARGED_AS[step.due],
        "product": step.terms.product,
        "seats": step.terms.seats,
        "unit": price.unit.minor,
        "frequency": price.frequency,
        "from_at": step.from_at,
        "until_at": step.until_at,
        "currency": price.unit.currency,
        "net": step.amount.net.minor,
        "tax": step.amount.tax.minor,
        "permille": price.tax_permille,
    }
