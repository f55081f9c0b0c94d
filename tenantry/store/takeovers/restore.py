"""An old tenant had back: what stayed behind, for the people who came from it. They stay where they are now.

The domain and everything that moved stay in the new tenant. In the old one they become guests, whose accounts are not
its own: it closes nobody's sign-in when it ends. It has no domain any more, so nobody signs up into it and nobody can
become its admin: it is left to the operator.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.store.tables import tenants
from tenantry.store.takeovers.bring import lead_address


@dataclass(frozen=True)
class Restored:
    """The tenant that is back, and how many people got in again."""

    name: str
    people: int


_ASIDE = text("""
    CREATE TEMPORARY TABLE returning_people ON COMMIT DROP AS
    SELECT id AS old_id, account_id, usage_location FROM users WITH NO DATA
""")
_PEOPLE = text("""
    INSERT INTO returning_people
    SELECT old_user_id, users.account_id, usage_location FROM moved_people JOIN users ON users.id = user_id
    WHERE old_tenant_id = :old AND deleted_at IS NULL AND account_id IS NOT NULL
""").bindparams(bindparam("old", type_=Uuid))
_BACK = text("""
    UPDATE users SET deleted_at = NULL, kind = 'guest', account_id = returning_people.account_id
    FROM returning_people, tenants
    WHERE users.id = old_id AND users.deleted_at = tenants.deleted_at
""")
_WAYS_IN = text("""
    INSERT INTO handles (kind, hash, tenant_id, row_id)
    SELECT 'member', sha256(uuid_send(account_id)), :old, id FROM users
    WHERE deleted_at IS NULL AND account_id IS NOT NULL
    ON CONFLICT DO NOTHING
""").bindparams(bindparam("old", type_=Uuid))
# Who did not come back holds nothing any more.
_LICENSES = text("""
    WITH ended AS (
        DELETE FROM licenses USING users WHERE users.id = user_id AND users.deleted_at IS NOT NULL RETURNING licenses.*
    ), kept AS (
        INSERT INTO license_history (tenant_id, sku_id, user_id, disabled_plans, group_ids, operation_id, assigned_at,
            ended_by, ended_at)
        SELECT tenant_id, sku_id, user_id, disabled_plans, group_ids, operation_id, assigned_at, :operation, :now
        FROM ended
    ), counted AS (SELECT sku_id, count(*) AS n FROM ended GROUP BY sku_id)
    UPDATE seat_pools SET consumed = consumed - n FROM counted WHERE seat_pools.sku_id = counted.sku_id
""").bindparams(bindparam("operation", type_=Uuid), bindparam("now", type_=DateTime(timezone=True)))


async def put_people_aside(tx: AsyncConnection, old_id: UUID) -> None:
    """Notes who of the new tenant's people came from `old_id` and can sign in. Fenced to the new tenant."""
    await tx.execute(_ASIDE)
    await tx.execute(_PEOPLE, {"old": old_id})


async def restore(tx: AsyncConnection, old_id: UUID, *, operation_id: UUID, now: datetime) -> Restored | None:
    """Brings the old tenant back, with whom `put_people_aside` noted. Fenced to it; None if it is gone for good."""
    row: Any = (await tx.execute(select(tenants).with_for_update())).one_or_none()
    if row is None or row.merged_into is None:
        return None
    people = (await tx.execute(_BACK)).rowcount
    await tx.execute(_WAYS_IN, {"old": old_id})
    await tx.execute(_LICENSES, {"operation": operation_id, "now": now})
    shut = {"kind": "managed", "join_by_email": False, "self_licensing": False}
    await tx.execute(update(tenants).values(merged_into=None, deleted_at=None, **shut))
    await lead_address(tx, row.slug, old_id)
    return Restored(row.name, people)
