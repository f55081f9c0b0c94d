"""What time it is in a tenant, in SQL: a sandbox is ahead of the wall clock by its `test_clock`, in seconds."""

from datetime import datetime

from sqlalchemy import ColumnElement, DateTime, Uuid, cast, func, literal, select

from tenantry.store.tables import tenants


def there(now: datetime) -> ColumnElement[datetime]:
    """What time it is in the tenant of a row of `tenants`. now: of the wall clock."""
    return literal(now, DateTime(timezone=True)) + _interval(tenants.c.test_clock)


def wall(now: datetime) -> ColumnElement[datetime]:
    """What the wall clock says. now: of the tenant that the transaction is fenced to; without one it is the same."""
    fenced = tenants.c.tenant_id == cast(func.nullif(func.current_setting("app.tenant", True), ""), Uuid)
    mine = select(tenants.c.test_clock).where(fenced).scalar_subquery()
    return literal(now, DateTime(timezone=True)) - _interval(mine)


def _interval(seconds: ColumnElement[int]) -> ColumnElement[object]:
    return func.make_interval(0, 0, 0, 0, 0, 0, func.coalesce(seconds, 0))
