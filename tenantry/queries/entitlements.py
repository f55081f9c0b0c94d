"""What somebody may use right now, read for the rules of `domain.entitlements`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog
from tenantry.domain.entitlements import Barred, Entitlements, Holder, Holding, entitle
from tenantry.domain.subscriptions import Facts
from tenantry.store.catalog import load_catalog
from tenantry.store.database import Database
from tenantry.store.quick_reads import prepared, read
from tenantry.store.tables import licenses, seat_pools, service_cuts, subscriptions, tenants, users

_FACTS = [subscriptions.c[name] for name in Facts.__dataclass_fields__]

# A license is found by its pool: its key begins with the product, and a tenant has few pools.
_HELD = select(licenses).join(
    seat_pools, and_(seat_pools.c.tenant_id == licenses.c.tenant_id, seat_pools.c.sku_id == licenses.c.sku_id)
)
_HELD_BY = _HELD.where(licenses.c.user_id == bindparam("user_id")).subquery("held")
_CUT = and_(
    service_cuts.c.tenant_id == users.c.tenant_id,
    service_cuts.c.sku_id == _HELD_BY.c.sku_id,
    service_cuts.c.user_id == users.c.id,
)
_ENTITLED = (
    select(users.c.created_at, users.c.deleted_at, users.c.blocked_at)
    .add_columns(tenants.c.suspended_at, tenants.c.deleted_at.label("tenant_deleted_at"))
    .add_columns(_HELD_BY.c.sku_id, _HELD_BY.c.disabled_plans, _HELD_BY.c.group_ids, service_cuts.c.since)
    .add_columns(*_FACTS)
    .select_from(users)
    .join(tenants, tenants.c.tenant_id == users.c.tenant_id)
    .outerjoin(_HELD_BY, _HELD_BY.c.tenant_id == users.c.tenant_id)
    .outerjoin(
        subscriptions,
        and_(subscriptions.c.tenant_id == users.c.tenant_id, subscriptions.c.sku_id == _HELD_BY.c.sku_id),
    )
    .outerjoin(service_cuts, _CUT)
    .where(users.c.id == bindparam("user_id"))
    .order_by(_HELD_BY.c.sku_id, subscriptions.c.id)
)

_PREPARED = prepared(_ENTITLED)


async def entitlements_of(tx: AsyncConnection, user_id: UUID, now: datetime) -> Entitlements | None:
    """What a person of the tenant may use at `now`; None if there is no such person. Two statements, one of them small.

    now: in the tenant, which may have a clock of its own.
    """
    rows = (await tx.execute(_ENTITLED, {"user_id": user_id})).all()
    return _entitled(rows, await load_catalog(tx), user_id, now) if rows else None


async def quick_entitlements_of(
    db: Database, catalog: Catalog, tenant_id: UUID, user_id: UUID, now: datetime
) -> Entitlements | None:
    """The same for whoever is in no transaction and has the catalog: one round trip."""
    rows = await read(db, _PREPARED, {"user_id": user_id}, tenant_id)
    return _entitled(rows, catalog, user_id, now) if rows else None


def _entitled(rows: Sequence[Any], catalog: Catalog, user_id: UUID, now: datetime) -> Entitlements:
    holder = Holder(user_id, rows[0].created_at, _barred(rows[0]))
    return entitle(catalog, holder, _holdings(rows), now)


def _barred(row: Any) -> Barred:
    reasons = {
        Barred.TENANT_DELETED: row.tenant_deleted_at,
        Barred.TENANT_SUSPENDED: row.suspended_at,
        Barred.USER_DELETED: row.deleted_at,
        Barred.USER_BLOCKED: row.blocked_at,
    }
    return next((reason for reason, at in reasons.items() if at is not None), Barred.NOT)


def _holdings(rows: Sequence[Any]) -> list[Holding]:
    """The licenses in rows of a license and a subscription of its pool each."""
    licensed = {row.sku_id: row for row in rows if row.sku_id is not None}
    bought: dict[UUID, list[Facts]] = {sku_id: [] for sku_id in licensed}
    for row in rows:
        if row.starts_at is not None:
            bought[row.sku_id].append(Facts(*(getattr(row, name) for name in Facts.__dataclass_fields__)))
    return [
        Holding(
            sku_id,
            None if row.disabled_plans is None else frozenset(row.disabled_plans),
            tuple(row.group_ids),
            row.since is not None,
            tuple(bought[sku_id]),
        )
        for sku_id, row in licensed.items()
    ]
