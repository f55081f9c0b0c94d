"""Data that apps keep of people after their license ended: until when, and that it goes."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.entitlements import MEETING_LIMIT
from tenantry.store.tables import license_history, licenses, plans, product_plans

# A license that ended is done with when the app that keeps its data longest has kept it long enough. An app's data goes
# only if the person has it from no license, and none that ended later still keeps it. Where only apps were switched,
# the license before is an ended one too: the apps that are still on are held, and stay. Meetings are an app of ours, by
# whatever app of a product one may hold them: its data goes right here.
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
    ), meeting_plans AS (
        SELECT DISTINCT plan_id FROM plan_limits WHERE name = :meeting_limit
    ), without AS (
        SELECT DISTINCT tenant_id, user_id FROM gone JOIN meeting_plans USING (plan_id)
        WHERE NOT EXISTS (
            SELECT FROM licenses JOIN product_plans AS held ON held.sku_id = licenses.sku_id
            JOIN meeting_plans AS other ON other.plan_id = held.plan_id
            WHERE licenses.tenant_id = gone.tenant_id AND licenses.user_id = gone.user_id
              AND (held.plan_id <> ALL (coalesce(disabled_plans, '{}')) OR group_ids <> '{}'))
        AND NOT EXISTS (
            SELECT FROM license_history AS later JOIN product_plans AS kept ON kept.sku_id = later.sku_id
            JOIN meeting_plans AS other ON other.plan_id = kept.plan_id
            WHERE later.tenant_id = gone.tenant_id AND later.user_id = gone.user_id
              AND later.purged_at IS NULL AND later.id <> ALL (SELECT id FROM ended))
    ), habits_gone AS (
        DELETE FROM meeting_settings USING without
        WHERE meeting_settings.tenant_id = without.tenant_id AND meeting_settings.user_id = without.user_id
    ), meetings_gone AS (
        DELETE FROM meetings USING without
        WHERE meetings.tenant_id = without.tenant_id AND organizer_id = without.user_id
        RETURNING meetings.tenant_id, meetings.id
    ), links_gone AS (
        DELETE FROM handles USING meetings_gone
        WHERE handles.tenant_id = meetings_gone.tenant_id AND kind = 'meeting' AND row_id = meetings_gone.id
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
    """Marks up to `most` ended licenses as done with, deletes what meetings kept, and tells the vendor's apps what to
    delete of whom.

    Returns the ended licenses and the data told of, one per person and app. One statement.
    """
    row = (await tx.execute(_PURGE, {"most": most, "now": now, "meeting_limit": MEETING_LIMIT})).one()
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


# Of somebody who is gone for good nothing is kept for the days of grace.
_PURGE_PERSON = text("""
    WITH done AS (
        UPDATE license_history SET purged_at = :now WHERE user_id = :user_id AND purged_at IS NULL
        RETURNING tenant_id, sku_id, coalesce(disabled_plans, '{}') AS disabled
    )
    INSERT INTO outbox (tenant_id, kind, payload, at)
    SELECT DISTINCT done.tenant_id, 'data.deleted',
        jsonb_build_object('user_id', CAST(:user_id AS uuid), 'plan_id', plan_id), :now
    FROM done JOIN product_plans ON product_plans.sku_id = done.sku_id AND plan_id <> ALL (disabled)
""").bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("user_id", type_=Uuid))


async def purge_person(tx: AsyncConnection, user_id: UUID, now: datetime) -> None:
    """Tells the vendor's apps at once to delete what they keep of somebody who has no license any more."""
    await tx.execute(_PURGE_PERSON, {"user_id": user_id, "now": now})
