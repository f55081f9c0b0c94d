"""What was decided, written as sets: a statement is the same for one subscription, for thousands, for many tenants.

It comes as two lists in JSON, fast to spell and two parameters however long they are: `:ones`, the subscriptions, each
with the place of its plan; and `:plans`, what becomes of those that are alike, once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.falling_due import Due, Step
from tenantry.domain.notices import NoticeKind
from tenantry.domain.roles import Permission
from tenantry.store.falling_due.load import Fate, One
from tenantry.store.invoices import Issued, issue_facts, issuing
from tenantry.store.notices import Notice, raise_notices

CHARGED_AS = {Due.PERIOD: "period", Due.RENEWAL: "renewal", Due.CONVERSION: "purchase", Due.SPLIT: "purchase"}
KINDS = (
    NoticeKind.WINDOW_SHUTS,
    NoticeKind.RENEWAL_AHEAD,
    NoticeKind.TRIAL_ENDS,
    NoticeKind.TRIAL_CONVERTS,
    NoticeKind.EXPIRED,
    NoticeKind.DISABLED,
    NoticeKind.DELETED_SOON,
)
type_plan = Callable[[Fate], Iterable[dict[str, Any]]]


_JSON = bindparam("ones", type_=JSONB), bindparam("plans", type_=JSONB)


def _told(ones: Iterable[One], plan: type_plan) -> dict[str, list[dict[str, Any]]]:
    """The parameters of `_of_plans`; `plan` is asked once for each fate."""
    places: dict[int, int] = {}
    rows: list[dict[str, Any]] = []
    plans: list[dict[str, Any]] = []
    for one in ones:
        if (place := places.get(id(one.fate))) is None:
            place = places[id(one.fate)] = len(places)
            plans += ({"place": place, **facts} for facts in plan(one.fate))
        rows.append({"tenant_id": one.tenant_id, "id": one.id, "place": place})
    return {"ones": rows, "plans": plans}


# With the batch that all its seats are now.
_TERMS = text("""
    WITH told AS (
        SELECT * FROM jsonb_to_recordset(:ones) AS one (tenant_id uuid, id uuid, place integer)
        JOIN jsonb_to_recordset(:plans) AS plan (place integer, sku_id uuid, seats integer, months integer,
            frequency text, unit bigint, anchor_at timestamptz, term_at timestamptz, ends_at timestamptz,
            billed_until timestamptz, due_at timestamptz) USING (place)
    ), dropped AS (
        DELETE FROM scheduled_changes USING told
        WHERE scheduled_changes.tenant_id = told.tenant_id AND subscription_id = told.id
    ), gone AS (
        DELETE FROM seat_batches USING told
        WHERE seat_batches.tenant_id = told.tenant_id AND subscription_id = told.id
    ), batches AS (
        INSERT INTO seat_batches (tenant_id, subscription_id, seats, bought_at)
        SELECT tenant_id, id, seats, term_at FROM told
    )
    UPDATE subscriptions mine SET sku_id = told.sku_id, seats = told.seats, term_months = told.months,
        frequency = told.frequency, unit_price = told.unit, anchor_at = told.anchor_at, term_at = told.term_at,
        ends_at = told.ends_at, billed_until = told.billed_until, due_at = told.due_at, trial = false, converts = false
    FROM told WHERE mine.tenant_id = told.tenant_id AND mine.id = told.id
""").bindparams(*_JSON)


async def begin_terms(tx: AsyncConnection, begun: Sequence[One]) -> None:
    """Terms that follow, with what was booked for them; all their seats can be taken back for some days."""
    if begun:
        await tx.execute(_TERMS, _told(begun, _term))


def _term(fate: Fate) -> Iterable[dict[str, Any]]:
    life = fate.after.life
    yield {
        "sku_id": life.terms.sku_id,
        "seats": life.terms.seats,
        "months": life.terms.months,
        "frequency": life.terms.price.frequency,
        "unit": life.terms.price.unit.minor,
        "anchor_at": life.anchor_at,
        "term_at": life.term_at,
        "ends_at": life.facts.ends_at,
        "billed_until": life.billed_until,
        "due_at": fate.due_at,
    }


# In the words of `_told`, and what each one was split off from. With the batch that all its seats are.
_PARTS = text("""
    WITH told AS (
        SELECT * FROM jsonb_to_recordset(:ones) AS one (tenant_id uuid, id uuid, place integer)
        JOIN jsonb_to_recordset(:plans) AS plan (place integer, sku_id uuid, seats integer, months integer,
            frequency text, unit bigint, starts_at timestamptz, anchor_at timestamptz, term_at timestamptz,
            ends_at timestamptz, billed_until timestamptz, due_at timestamptz) USING (place)
        JOIN jsonb_to_recordset(:origins) AS origin (id uuid, origin uuid) USING (id)
    ), made AS (
        INSERT INTO subscriptions (tenant_id, id, sku_id, seats, channel, term_months, frequency, currency, unit_price,
            starts_at, ends_at, created_at, anchor_at, term_at, billed_until, due_at, method_id, po_number)
        SELECT told.tenant_id, told.id, told.sku_id, told.seats, whole.channel, months, told.frequency, whole.currency,
            unit, told.starts_at, told.ends_at, :now, told.anchor_at, told.term_at, told.billed_until, told.due_at,
            whole.method_id, whole.po_number
        FROM told JOIN subscriptions whole ON whole.tenant_id = told.tenant_id AND whole.id = told.origin
    )
    INSERT INTO seat_batches (tenant_id, subscription_id, seats, bought_at)
    SELECT tenant_id, id, seats, term_at FROM told
""").bindparams(*_JSON, bindparam("origins", type_=JSONB))


async def bring_parts(tx: AsyncConnection, parts: Sequence[One], now: datetime) -> None:
    """The subscriptions that were split off, paid as the whole was; nobody has a license of them yet."""
    if parts:
        origins = [{"id": one.id, "origin": one.origin} for one in parts]
        await tx.execute(_PARTS, _told(parts, _begun) | {"origins": origins, "now": now})


def _begun(fate: Fate) -> Iterable[dict[str, Any]]:
    return ({"starts_at": fate.after.life.facts.starts_at, **term} for term in _term(fate))


_MOVE = text("""
    UPDATE subscriptions mine SET billed_until = plan.billed_until, due_at = plan.due_at
    FROM jsonb_to_recordset(:ones) AS one (tenant_id uuid, id uuid, place integer)
    JOIN jsonb_to_recordset(:plans) AS plan (place integer, billed_until timestamptz, due_at timestamptz) USING (place)
    WHERE mine.tenant_id = one.tenant_id AND mine.id = one.id
""").bindparams(*_JSON)


async def move_on(tx: AsyncConnection, others: Sequence[One]) -> None:
    """How far each of the other terms is charged, and when to look at it again."""
    if others:
        await tx.execute(_MOVE, _told(others, _moved))


def _moved(fate: Fate) -> Iterable[dict[str, Any]]:
    yield {"billed_until": fate.after.life.billed_until, "due_at": fate.due_at}


# A warning that begins anew, as the second one before a renewal, is told anew.
_END = text("""
    UPDATE notices SET ended_at = :now
    FROM jsonb_to_recordset(:ones) AS one (tenant_id uuid, id uuid)
    WHERE notices.tenant_id = one.tenant_id AND subject_id = one.id AND kind = ANY (:kinds) AND ended_at IS NULL
        AND NOT EXISTS (
            SELECT FROM jsonb_to_recordset(:holds) AS held (id uuid, kind text, since timestamptz)
            WHERE held.kind = notices.kind AND held.id = notices.subject_id AND held.since <= notices.at)
""").bindparams(bindparam("ones", type_=JSONB), bindparam("holds", type_=JSONB), bindparam("kinds", type_=ARRAY(Text)))


async def warn(tx: AsyncConnection, swept: Iterable[One], now: datetime) -> None:
    """Raises the warnings that hold now, and ends those that do not."""
    ones = [{"tenant_id": one.tenant_id, "id": one.id} for one in swept]
    holds = [(one, warned) for one in swept for warned in one.fate.warned]
    rows = [{"id": one.id, "kind": warned.kind.value, "since": warned.since} for one, warned in holds]
    await tx.execute(_END, {"ones": ones, "holds": rows, "kinds": [kind.value for kind in KINDS], "now": now})
    permission = Permission.SUBSCRIPTION_CHANGE.value
    raised = (Notice(one.tenant_id, warned.kind.value, permission, one.id, warned.params) for one, warned in holds)
    await raise_notices(tx, raised, now)


# Put on an invoice as it is written. `operations`: in which one of each tenant it was charged.
_CHARGE = issuing(
    """owed AS (
        SELECT * FROM jsonb_to_recordset(:ones) AS one (tenant_id uuid, id uuid, place integer)
        JOIN jsonb_to_recordset(:plans) AS plan (place integer, kind text, product text, seats integer, unit bigint,
            frequency text, from_at timestamptz, until_at timestamptz, currency text, net bigint, tax bigint,
            permille numeric) USING (place)
    )""",
    """INSERT INTO charges (tenant_id, invoice_id, subscription_id, operation_id, kind, product, seats, unit_price,
            frequency, from_at, until_at, currency, net, tax, tax_permille, at)
        SELECT owed.tenant_id, made.id, owed.id, operation.id, kind, product, seats, unit, frequency, from_at, until_at,
            owed.currency, owed.net, owed.tax, permille, from_at
        FROM owed JOIN made ON made.tenant_id = owed.tenant_id AND made.currency = owed.currency
        JOIN jsonb_to_recordset(:operations) AS operation (tenant_id uuid, id uuid)
            ON operation.tenant_id = owed.tenant_id""",
).bindparams(*_JSON, bindparam("operations", type_=JSONB))


async def charge(
    tx: AsyncConnection, swept: Sequence[One], operations: Mapping[UUID, UUID], now: datetime
) -> tuple[Issued, ...]:
    """Charges every step on an invoice, one for each tenant and currency. operations: of each tenant.

    Call it last: from here on all others wait for the year's numbers. One statement.
    """
    told = _told([one for one in swept if one.fate.after.steps], _lines)
    if not told["plans"]:
        return ()
    named = [{"tenant_id": tenant_id, "id": id} for tenant_id, id in operations.items()]
    rows = await tx.execute(_CHARGE, told | {"operations": named} | issue_facts(now))
    return tuple(Issued(*row) for row in rows)


def _lines(fate: Fate) -> Iterable[dict[str, Any]]:
    """What is charged; a step that costs nothing stands on no invoice."""
    return (_line(step) for step in fate.after.steps if step.amount.total.minor)


def _line(step: Step) -> dict[str, Any]:
    price = step.terms.price
    return {
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
