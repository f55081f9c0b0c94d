"""The old tenant: its rows put aside, and closed, in the same statements. The transaction is fenced to it.

The moments are of the old tenant's clock, which is the wall's: only the new one may be a sandbox.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, TextClause, Uuid, bindparam, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.subscriptions import Status
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import domains, role_assignments, seat_batches, subscriptions, tenants, upgrades
from tenantry.store.takeovers.look import Claim

# Tables of the transaction's own, with the columns of the tables that they are taken from. `to_id`: who a person is in
# the new tenant; `merged`: they were there before.
_ASIDE = (
    "moving AS SELECT users.*, id AS to_id, false AS merged FROM users",
    "moving_licenses AS SELECT * FROM licenses",
    "moving_history AS SELECT * FROM license_history",
    "moving_settings AS SELECT * FROM meeting_settings",
    "moving_meetings AS SELECT * FROM meetings",
    "moving_visits AS SELECT * FROM meeting_people",
)


_KINDS: dict[str, Any] = {"now": DateTime(timezone=True), "barred": ARRAY(Uuid)}
_KINDS |= dict.fromkeys(("operation", "old", "new"), Uuid)


def _sql(statement: str) -> TextClause:
    """A statement with those of the values that it names; barred: products."""
    return text(statement).bindparams(*(bindparam(n, type_=k) for n, k in _KINDS.items() if f":{n}" in statement))


# What was deleted before is not taken along: it ends with the tenant.
_PEOPLE = _sql("""
    WITH closed AS (
        UPDATE users SET deleted_at = :now, account_id = NULL WHERE deleted_at IS NULL RETURNING old.*
    )
    INSERT INTO moving SELECT closed.*, uuidv7(), false FROM closed
""")
_HISTORY = _sql("""
    WITH told AS (
        UPDATE license_history SET purged_at = :now
        WHERE purged_at IS NULL AND sku_id <> ALL (:barred) AND user_id IN (SELECT id FROM moving) RETURNING old.*
    )
    INSERT INTO moving_history SELECT * FROM told
""")
# Their history is closed at once: the data has moved, and no app is to delete it.
_LICENSES = _sql("""
    WITH ended AS (
        DELETE FROM licenses WHERE sku_id <> ALL (:barred) RETURNING *
    ), kept AS (
        INSERT INTO license_history (tenant_id, sku_id, user_id, disabled_plans, group_ids, operation_id, assigned_at,
            ended_by, ended_at, purged_at)
        SELECT tenant_id, sku_id, user_id, disabled_plans, group_ids, operation_id, assigned_at, :operation, :now, :now
        FROM ended
    )
    INSERT INTO moving_licenses SELECT * FROM ended
""")
_POOLS = _sql("""
    UPDATE seat_pools SET consumed = 0, reduced = 0, reduced_at = NULL, conflict_at = NULL
    WHERE sku_id <> ALL (:barred)
""")
_SPECIAL = (
    _sql("DELETE FROM pins WHERE sku_id <> ALL (:barred)"),
    _sql("DELETE FROM service_cuts WHERE sku_id <> ALL (:barred)"),
)
_WAYS_IN = _sql("""
    DELETE FROM handles USING moving
    WHERE handles.kind = 'member' AND handles.tenant_id = :old AND hash = sha256(uuid_send(moving.account_id))
""")
_SETTINGS = _sql("INSERT INTO moving_settings SELECT * FROM meeting_settings")
_MEETINGS = _sql("""
    WITH ended AS (
        UPDATE meetings SET ended_at = coalesce(ended_at, :now), present = 0
        WHERE organizer_id IN (SELECT id FROM moving) RETURNING old.*
    )
    INSERT INTO moving_meetings SELECT * FROM ended
""")
_VISITS = _sql("""
    WITH left_now AS (
        UPDATE meeting_people SET state = 'left', left_at = coalesce(left_at, :now)
        WHERE meeting_id IN (SELECT id FROM moving_meetings) RETURNING old.*
    )
    INSERT INTO moving_visits SELECT * FROM left_now
""")
_LINKS = _sql("""
    UPDATE handles SET tenant_id = :new FROM moving_meetings
    WHERE handles.kind = 'meeting' AND handles.tenant_id = :old AND row_id = moving_meetings.id
        AND hash = sha256(convert_to(casefold(moving_meetings.token COLLATE pg_unicode_fast), 'UTF8'))
""")


async def take(
    tx: AsyncConnection, claim: Claim, *, barred: Collection[UUID], meetings: bool, operation_id: UUID, now: datetime
) -> None:
    """Puts people, licenses and what belongs to them aside, and ends them here.

    barred: products that stay behind with their licenses. meetings: whether these go along.
    """
    for aside in _ASIDE:
        await tx.execute(text(f"CREATE TEMPORARY TABLE {aside.replace(' AS ', ' ON COMMIT DROP AS ', 1)} WITH NO DATA"))
    told = {"now": now, "barred": sorted(barred), "operation": operation_id, "old": claim.old_id, "new": claim.new_id}
    steps = [_PEOPLE, _HISTORY, _LICENSES, _POOLS, *_SPECIAL, _WAYS_IN, _SETTINGS]
    for step in steps + ([_MEETINGS, _VISITS, _LINKS] if meetings else []):
        await tx.execute(step, told)
    await tx.execute(text("ANALYZE moving"))
    await tx.execute(text("ANALYZE moving_licenses"))


async def take_seats(tx: AsyncConnection, barred: Collection[UUID], now: datetime) -> list[dict[str, Any]]:
    """The subscriptions that move, each with its `batches`; here they are gone from now on."""
    living = subscriptions.c.sku_id.not_in(list(barred)), STATUS.not_in([Status.DELETED.value])
    rows = (
        await tx.execute(select(subscriptions).where(*living).order_by(subscriptions.c.id), {"now": now})
    ).mappings()
    taken: list[dict[str, Any]] = [dict(row) for row in rows]
    mine = subscriptions.c.id.in_([one["id"] for one in taken])
    batches = select(seat_batches).where(seat_batches.c.subscription_id.in_([one["id"] for one in taken]))
    bought = [dict(row) for row in (await tx.execute(batches)).mappings()]
    await tx.execute(update(subscriptions).where(mine).values(delete_at=now, recurring=False))
    return [one | {"batches": [b for b in bought if b["subscription_id"] == one["id"]]} for one in taken]


async def close(tx: AsyncConnection, claim: Claim, now: datetime) -> None:
    """The old tenant is emptied: nobody gets in, its domain is gone, and it ends some days from now."""
    await tx.execute(delete(role_assignments))
    await tx.execute(delete(domains).where(domains.c.name == claim.domain))
    open_ = upgrades.c.finished_at.is_(None), upgrades.c.left_at.is_(None)
    await tx.execute(update(upgrades).where(*open_).values(left_at=now))
    await tx.execute(update(tenants).values(merged_into=claim.new_id, deleted_at=now))
