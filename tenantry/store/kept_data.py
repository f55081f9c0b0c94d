"""Data that apps keep of people after their license ended: until when, and that it goes."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.store.tables import license_history, licenses, plans, product_plans

# A license that ended is done with when the app that keeps its data longest has kept it long enough. An app's data goes
# only if the person has it from no license, and none that ended later still keeps it. Where only apps were switched,
# the license before is an ended one too: the apps that are still on are held, and stay.
_PURGE = text("""
    WITH ended AS (
        SELECT tenant_id, id, sku_id, user_id, coalesce(disabled_plans, '{}') AS disabled, ended_at
        FROM license_history
        WHERE purged_at IS NULL AND ended_at <= :now - make_interval(days => (
            SELECT max(retention_days) FROM product_plans JOIN plans ON plans.id = plan_id
            WHERE product_plans.sku_id = license_history.sku_id))
        ORDER BY ended_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    ), gone AS (
        SELECT DISTINCT ended.tenant_id, ended.user_id, plan_id
        FROM ended JOIN product_plans ON product_plans.sku_id = ended.sku_id AND plan_id <> ALL (disabled)
        WHERE NOT EXISTS (
            SELECT FROM licenses JOIN product_plans AS held ON held.sku_id = licenses.sku_id
            WHERE licenses.tenant_id = ended.tenant_id AND licenses.user_id = ended.user_id
              AND held.plan_id = product_plans.plan_id
              AND (held.plan_id <> ALL (coalesce(disabled_plans, '{}')) OR group_ids <> '{}'))
        AND NOT EXISTS (
            SELECT FROM license_history AS later JOIN product_plans AS kept ON kept.sku_id = later.sku_id
            WHERE later.tenant_id = ended.tenant_id AND later.user_id = ended.user_id
              AND kept.plan_id = product_plans.plan_id
              AND later.purged_at IS NULL AND later.id <> ALL (SELECT id FROM ended))
    ), told AS (
        INSERT INTO outbox (tenant_id, kind, payload, at)
        SELECT tenant_id, 'data.deleted', jsonb_build_object('user_id', user_id, 'plan_id', plan_id), :now FROM gone
        RETURNING 1
    ), done AS (
        UPDATE license_history SET purged_at = :now FROM ended
        WHERE license_history.tenant_id = ended.tenant_id AND license_history.id = ended.id RETURNING 1
    )
    SELECT (SELECT count(*) FROM done) AS ended, (SELECT count(*) FROM told) AS deleted
""").bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("most", type_=Integer))


async def purge(tx: AsyncConnection, most: int, now: datetime) -> tuple[int, int]:
    """Marks up to `most` ended licenses as done with, and tells the vendor's apps what to delete of whom.

    Returns the ended licenses and the data told of, one per person and app. One statement.
    """
    row = (await tx.execute(_PURGE, {"most": most, "now": now})).one()
    return row.ended, row.deleted


async def kept_until(tx: AsyncConnection, user_id: UUID, now: datetime) -> Mapping[UUID, datetime]:
    """Product -> until when the first of its data is kept, of those that a person had and has no longer."""
    c = license_history.c
    days = (
        select(product_plans.c.sku_id, func.min(plans.c.retention_days).label("days"))
        .join(plans, plans.c.id == product_plans.c.plan_id)
        .group_by(product_plans.c.sku_id)
        .subquery()
    )
    until = func.max(c.ended_at) + func.make_interval(0, 0, 0, days.c.days)
    held = select(licenses.c.sku_id).where(licenses.c.user_id == user_id, licenses.c.sku_id == c.sku_id)
    gone = select(c.sku_id, until.label("until")).join(days, days.c.sku_id == c.sku_id)
    ended = gone.where(c.user_id == user_id, c.purged_at.is_(None), ~held.exists()).group_by(c.sku_id, days.c.days)
    rows = await tx.execute(ended)
    return {row.sku_id: row.until for row in rows if row.until > now}
