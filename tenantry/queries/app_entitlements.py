"""What a vendor's app is told of a person: asked at every sign-in there, so in few and small statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select

from tenantry.domain.catalog import Product
from tenantry.domain.entitlements import Entitlements
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.entitlements import entitlements_in
from tenantry.queries.house import House
from tenantry.store.app_keys import is_untouched, key_hash, touch
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import app_keys, moved_people, tenants, users

type_way = Row[Any, Any, Any, Any, Any]  # key, its last use, tenant, its clock, the one that took it over


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
_WAY = (
    select(app_keys.c.id, app_keys.c.used_at, users.c.tenant_id, tenants.c.test_clock, tenants.c.merged_into)
    .select_from(app_keys)
    .outerjoin(users, users.c.id == bindparam("user_id"))
    .outerjoin(tenants, tenants.c.tenant_id == users.c.tenant_id)
    .where(app_keys.c.hash == bindparam("hash"), app_keys.c.revoked_at.is_(None))
    .limit(1)
)


async def read_app_entitlements(house: House, *, key: str, user_id: UUID | None, now: datetime) -> Told:
    """What the person may use right now, for whoever has the `key` of an app.

    Raises Refused: "app_key_wrong" before anything else is told, "user_missing".
    """
    way = await _way(house, key, user_id, now)
    if user_id is None or way.tenant_id is None:
        raise Refused("user_missing", Kind.MISSING)
    ahead = timedelta(seconds=way.test_clock or 0)
    async with house.db.transaction(way.tenant_id) as tx:
        catalog = await load_catalog(tx)
        found = await entitlements_in(tx, catalog, user_id, now + ahead)
    if found is None:  # gone in this moment
        raise Refused("user_missing", Kind.MISSING)
    moved_to = await _moved(house, way, user_id) if way.merged_into else None
    return Told(found, catalog.products, moved_to, now + ahead, ahead)


async def _way(house: House, key: str, user_id: UUID | None, now: datetime) -> type_way:
    """The key, which is noted as used at most once a minute, and the tenant of the person, if there is such."""
    async with house.jobs.transaction() as tx:
        way = (await tx.execute(_WAY, {"hash": key_hash(key), "user_id": user_id})).one_or_none()
    if way is None:
        raise Refused("app_key_wrong", Kind.DENIED)
    if is_untouched(way.used_at, now):
        async with house.db.transaction() as tx:
            await touch(tx, way.id, now)
    return way


async def _moved(house: House, way: type_way, user_id: UUID) -> UUID | None:
    """Who somebody is in the tenant that took theirs over."""
    mine = moved_people.c.old_tenant_id == way.tenant_id, moved_people.c.old_user_id == user_id
    async with house.db.transaction(way.merged_into) as tx:
        found: UUID | None = (await tx.execute(select(moved_people.c.user_id).where(*mine))).scalar_one_or_none()
        return found
