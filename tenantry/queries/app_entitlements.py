"""What a vendor's app is told of a person: asked at every sign-in there, so in few and small statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, literal_column, select, true

from tenantry.domain.catalog import Product
from tenantry.domain.entitlements import Entitlements
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.entitlements import quick_entitlements_of
from tenantry.queries.house import House
from tenantry.store.app_keys import is_untouched, key_hash, touch
from tenantry.store.catalog import catalog_at
from tenantry.store.quick_reads import prepared, read
from tenantry.store.tables import app_keys, catalog_version, moved_people, tenants, users


@dataclass(frozen=True)
class Told:
    """What a person may use. products: by their ids. moved_to: who they are since a takeover took them along.

    now: the moment that it holds for, in the tenant, which may have a clock of its own. ahead: how far that is ahead.
    """

    entitlements: Entitlements
    products: Mapping[UUID, Product]
    moved_to: UUID | None
    now: datetime
    ahead: timedelta


# Only the jobs role sees whose a person is; what is theirs is read behind the fence of that tenant.
_WAY = prepared(
    select(app_keys.c.id, app_keys.c.used_at, catalog_version.c.version)
    .add_columns(users.c.tenant_id, tenants.c.test_clock, tenants.c.merged_into)
    .select_from(app_keys)
    .join(catalog_version, true())
    .outerjoin(users, users.c.id == bindparam("user_id"))
    .outerjoin(tenants, tenants.c.tenant_id == users.c.tenant_id)
    .where(app_keys.c.hash == bindparam("hash"), app_keys.c.revoked_at.is_(None))
    .limit(literal_column("1"))
)


async def read_app_entitlements(house: House, *, key: str, user_id: UUID | None, now: datetime) -> Told:
    """What the person may use right now, for whoever has the `key` of an app. Two round trips.

    Raises Refused: "app_key_wrong" before anything else is told, "user_missing".
    """
    way = await _way(house, key, user_id, now)
    if user_id is None or way.tenant_id is None:
        raise Refused("user_missing", Kind.MISSING)
    ahead = timedelta(seconds=way.test_clock or 0)
    catalog = await catalog_at(house.db, way.version)
    found = await quick_entitlements_of(house.db, catalog, way.tenant_id, user_id, now + ahead)
    if found is None:  # gone in this moment
        raise Refused("user_missing", Kind.MISSING)
    moved_to = await _moved(house, way, user_id) if way.merged_into else None
    return Told(found, catalog.products, moved_to, now + ahead, ahead)


async def _way(house: House, key: str, user_id: UUID | None, now: datetime) -> Any:
    """The key, which is noted as used at most once a minute, and the tenant of the person, if there is such."""
    ways = await read(house.jobs, _WAY, {"hash": key_hash(key), "user_id": user_id})
    if not ways:
        raise Refused("app_key_wrong", Kind.DENIED)
    way = ways[0]
    if is_untouched(way.used_at, now):
        async with house.db.transaction() as tx:
            await touch(tx, way.id, now)
    return way


async def _moved(house: House, way: Any, user_id: UUID) -> UUID | None:
    """Who somebody is in the tenant that took theirs over."""
    mine = moved_people.c.old_tenant_id == way.tenant_id, moved_people.c.old_user_id == user_id
    async with house.db.transaction(way.merged_into) as tx:
        found: UUID | None = (await tx.execute(select(moved_people.c.user_id).where(*mine))).scalar_one_or_none()
        return found
