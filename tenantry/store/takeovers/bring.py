"""The new tenant: its rows written from what `take` put aside. The transaction is fenced to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Table,
    TextClause,
    Uuid,
    bindparam,
    column,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.domains import WEEK, Method, Outcome
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.domain.subscriptions import Status
from tenantry.domain.takeovers import room_for
from tenantry.kit.ids import new_id
from tenantry.store.domains import claim as claim_names
from tenantry.store.domains import mark_verified, waiting_below
from tenantry.store.handles import handle_hash
from tenantry.store.letters import write_letters
from tenantry.store.licenses import Stamp, give
from tenantry.store.pools import after_change
from tenantry.store.subscriptions import STATUS, lock_pools
from tenantry.store.tables import (
    accounts,
    domain_registry,
    domains,
    handles,
    license_history,
    licenses,
    meeting_people,
    meeting_settings,
    meetings,
    seat_batches,
    seat_pools,
    subscriptions,
    users,
)
from tenantry.store.takeovers.look import Claim

_NEW = bindparam("new", type_=Uuid)
_KINDS: dict[str, Any] = {"new": Uuid, "old": Uuid, "operation": Uuid, "now": DateTime(timezone=True)}


def _sql(statement: str) -> TextClause:
    """A statement with those of the values that it names."""
    return text(statement).bindparams(*(bindparam(n, type_=k) for n, k in _KINDS.items() if f":{n}" in statement))


def _copied(into: Table, source: str, *, without: str = "", order: str = "", **anew: ColumnElement[Any]) -> Insert:
    """The rows of `source`, called `told`, `into` a table: each column that can be written, as it is or as `anew` says.

    without: a column that gets its default. Rows that are there already stay as they are.
    """
    anew = {"tenant_id": _NEW, **anew}
    names = [c.name for c in into.c if c.computed is None and c.name != without]
    rows = select(*(anew.get(name, literal_column(f"told.{name}")).label(name) for name in names))
    rows = rows.select_from(text(source)).order_by(*([text(order)] if order else []))
    return insert_new(into).from_select(names, rows, include_defaults=False).on_conflict_do_nothing()


_TO = literal_column("to_id", Uuid)

# Who is here already: by the account that leads in, else by the username, if that person has no account of their own.
_BY_ACCOUNT = _sql("""
    UPDATE moving SET to_id = users.id, merged = true FROM handles JOIN users ON users.id = row_id
    WHERE handles.kind = 'member' AND handles.tenant_id = :new
        AND hash = sha256(uuid_send(moving.account_id)) AND users.deleted_at IS NULL
""")
_BY_NAME = _sql("""
    UPDATE moving SET to_id = users.id, merged = true FROM users
    WHERE NOT merged AND users.user_key = moving.user_key AND users.deleted_at IS NULL AND users.account_id IS NULL
""")
_MERGE = _sql("""
    UPDATE users SET kind = CASE moving.kind WHEN 'member' THEN 'member' ELSE users.kind END,
        account_id = coalesce(users.account_id, moving.account_id),
        usage_location = coalesce(users.usage_location, moving.usage_location),
        seen_at = greatest(users.seen_at, moving.seen_at)
    FROM moving WHERE merged AND users.id = to_id
""")
_NEWCOMERS = _copied(
    users,
    "(SELECT * FROM moving WHERE NOT merged) AS told",
    order="to_id",
    id=_TO,
    origin=literal("moved"),
    deleted_at=null(),
)
_WORDS = _sql("""
    INSERT INTO search_tokens (tenant_id, token, user_id)
    SELECT :new, said.token, to_id FROM moving CROSS JOIN unnest(words) AS said (token)
    WHERE NOT merged ORDER BY said.token, to_id
""")
_WAYS_IN = _sql("""
    INSERT INTO handles (kind, hash, tenant_id, row_id)
    SELECT 'member', sha256(uuid_send(account_id)), :new, to_id FROM moving WHERE account_id IS NOT NULL
    ON CONFLICT DO NOTHING
""")
_WHO_IS_WHO = _sql("""
    INSERT INTO moved_people (tenant_id, old_tenant_id, old_user_id, user_id) SELECT :new, :old, id, to_id FROM moving
""")
_POOLS = _sql("""
    INSERT INTO seat_pools (tenant_id, sku_id) SELECT DISTINCT :new, sku_id FROM moving_licenses ON CONFLICT DO NOTHING
""")
_COMING = text("""
    SELECT sku_id, count(*) FROM moving_licenses JOIN moving ON moving.id = user_id WHERE NOT merged GROUP BY sku_id
""")
# A license by a group becomes one by itself: groups stay where they are.
_LICENSES = _copied(
    licenses,
    "moving_licenses AS told JOIN moving ON moving.id = user_id AND NOT merged",
    order="sku_id, to_id",
    user_id=_TO,
    disabled_plans=func.coalesce(literal_column("told.disabled_plans"), literal([], ARRAY(Uuid))),
    group_ids=literal([], ARRAY(Uuid)),
    operation_id=bindparam("operation", type_=Uuid),
)
_OF_MERGED = text("""
    SELECT sku_id, coalesce(disabled_plans, '{}') AS off, array_agg(to_id ORDER BY to_id) AS people
    FROM moving_licenses AS held JOIN moving ON moving.id = user_id
    WHERE merged AND NOT EXISTS (
        SELECT FROM licenses WHERE licenses.sku_id = held.sku_id AND licenses.user_id = to_id)
    GROUP BY 1, 2 ORDER BY 1, 2
""")
_HISTORY = _copied(
    license_history, "moving_history AS told JOIN moving ON moving.id = user_id", without="id", user_id=_TO
)
_SETTINGS = _copied(meeting_settings, "moving_settings AS told JOIN moving ON moving.id = user_id", user_id=_TO)
_MEETINGS = _copied(meetings, "moving_meetings AS told JOIN moving ON moving.id = organizer_id", organizer_id=_TO)
_VISITS = _copied(meeting_people, "moving_visits AS told LEFT JOIN moving ON moving.id = user_id", user_id=_TO)
# So that the vendor's apps keep what they hold of them.
_TOLD = _sql("""
    INSERT INTO outbox (tenant_id, kind, payload, at)
    SELECT :new, 'person.moved',
        jsonb_build_object('user_id', to_id, 'old_user_id', id, 'old_tenant_id', CAST(:old AS uuid)), :now
    FROM moving
""")


@dataclass(frozen=True)
class Brought:
    """What came: people, those of them who were here already, licenses per product, and whom no license reached."""

    people: int
    merged: int
    licenses: Mapping[UUID, int]
    meetings: int
    settings: int


async def bring(
    tx: AsyncConnection, claim: Claim, seats: Sequence[Mapping[str, Any]], *, operation_id: UUID, now: datetime
) -> Brought:
    """Writes the people who were put aside, and everything that came with them. seats: of `take.take_seats`."""
    told = {"new": claim.new_id, "old": claim.old_id, "operation": operation_id, "now": now}
    for step in (_BY_ACCOUNT, _BY_NAME, _MERGE, _NEWCOMERS, _WORDS, _WAYS_IN, _WHO_IS_WHO):
        await tx.execute(step, told)
    given = await _bring_licenses(tx, seats, Stamp(operation_id, now), told)
    for step in (_HISTORY, _SETTINGS, _TOLD):
        await tx.execute(step, told)
    meetings_came = (await tx.execute(_MEETINGS, told)).rowcount
    await tx.execute(_VISITS, told)
    row = (await tx.execute(_SUMS)).one()
    return Brought(row.people, row.merged, given, meetings_came, row.settings)


_SUMS = text("""
    SELECT count(*) AS people, count(*) FILTER (WHERE merged) AS merged,
        (SELECT count(*) FROM moving_settings) AS settings FROM moving
""")


async def _bring_licenses(
    tx: AsyncConnection, seats: Sequence[Mapping[str, Any]], stamp: Stamp, told: Mapping[str, Any]
) -> dict[UUID, int]:
    """Seats and licenses. What is free comes only as far as the free seats here do not reach.

    Newcomers bring theirs as they are: what was allowed together there is allowed here. Who was here before may
    hold what excludes them: the engine decides for each, and leaves a fault on the operation for those it refuses.
    """
    await tx.execute(_POOLS, told)
    extra = [{"tenant_id": told["new"], "sku_id": one["sku_id"]} for one in seats]
    if extra:
        await tx.execute(insert_new(seat_pools).on_conflict_do_nothing(), extra)
    coming = {row[0]: row[1] for row in await tx.execute(_COMING)}
    skus = coming.keys() | {one["sku_id"] for one in seats}
    if not skus:
        return {}
    await _bring_seats(tx, seats, coming, skus, stamp.now, told["new"])
    await tx.execute(_LICENSES, told)
    counted = [{"sku": sku, "n": n} for sku, n in sorted(coming.items())]
    if counted:
        moved = update(seat_pools).where(seat_pools.c.sku_id == bindparam("sku"))
        await tx.execute(moved.values(consumed=seat_pools.c.consumed + bindparam("n")), counted)
    given = dict(coming)
    for row in (await tx.execute(_OF_MERGED)).all():
        wish = Wish(assign={row.sku_id: frozenset(row.off)})
        done = await give(tx, Selection(ids=tuple(row.people)), wish, stamp, all_or_none=False)
        given[row.sku_id] = given.get(row.sku_id, 0) + done.written.gains.get(row.sku_id, 0)
    await after_change(tx, skus, stamp.now)
    return given


async def _bring_seats(
    tx: AsyncConnection,
    seats: Sequence[Mapping[str, Any]],
    coming: Mapping[UUID, int],
    skus: Any,
    now: datetime,
    new_tenant: UUID,
) -> None:
    """The subscriptions that are needed here. Bought ones come as they are and end with their term."""
    pools = await lock_pools(tx, skus, now)
    free = select(subscriptions.c.sku_id).where(
        subscriptions.c.channel == "free", STATUS.in_([Status.ACTIVE.value]), subscriptions.c.sku_id.in_(list(skus))
    )
    here = frozenset((await tx.execute(free, {"now": now})).scalars())
    rows, batches = [], []
    for one in seats:
        pool = pools[one["sku_id"]]
        if one["sku_id"] in here and room_for(pool.enabled, pool.consumed, coming.get(one["sku_id"], 0)):
            continue
        mine = {"tenant_id": new_tenant, "id": new_id(), "method_id": None, "order_id": None, "po_number": None}
        row = {**one, **mine, "recurring": one["recurring"] and not one["unit_price"]}
        batches += [
            {**b, "tenant_id": new_tenant, "id": new_id(), "subscription_id": row["id"]} for b in row["batches"]
        ]
        rows.append({name: value for name, value in row.items() if name != "batches"})
    if rows:
        await tx.execute(insert(subscriptions), rows)
    if batches:
        await tx.execute(insert(seat_batches), batches)


async def claim_domain(tx: AsyncConnection, claim: Claim, now: datetime) -> bool:
    """Makes the domain the new tenant's, if nobody has proven it by now, and the old address lead here."""
    c = domain_registry.c
    mine = update(domain_registry).where(c.name == claim.domain, c.tenant_id == claim.old_id, c.proven_at.is_(None))
    if not (await tx.execute(mine.values(tenant_id=claim.new_id, proven_at=now))).rowcount:
        return False
    await mark_verified(tx, [claim.domain], claim.method, now)
    if below := await waiting_below(tx, claim.domain):
        claimed = await claim_names(tx, claim.new_id, below, now)
        mine_too = [name for name, became in claimed.items() if became is Outcome.PROVEN]
        await mark_verified(tx, mine_too, Method.INHERITED, now)
    seen = {"outcome": Outcome.PROVEN.value, "tries": 0, "check_at": now + WEEK}
    await tx.execute(update(domains).where(domains.c.name == claim.domain).values(seen))
    await lead_address(tx, claim.old_slug, claim.new_id)
    return True


async def lead_address(tx: AsyncConnection, slug: str, tenant_id: UUID) -> None:
    """Has a tenant's address lead to `tenant_id`: links of the old one go to the new one, and never to anybody else."""
    address = update(handles).where(handles.c.kind == "tenant", handles.c.hash == handle_hash(slug))
    await tx.execute(address.values(tenant_id=tenant_id, row_id=tenant_id))


async def write_to_people(tx: AsyncConnection, *, kind: str, params: Mapping[str, Any], now: datetime) -> int:
    """A letter to everybody who came and can sign in, where they sign in. Returns how many; one statement."""
    moving = table("moving", column("account_id", Uuid))
    people = select(accounts.c.email, accounts.c.language).join(moving, moving.c.account_id == accounts.c.id)
    return await write_letters(tx, people.where(accounts.c.closed_at.is_(None)), kind=kind, params=params, now=now)
