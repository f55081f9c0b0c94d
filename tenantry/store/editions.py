"""Editions in rows: what a tenant's edition has."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.editions import Feature, features_of
from tenantry.store.tables import editions, tenants

# What the edition of a row of `tenants` has, in words.
FEATURES = (
    select(editions.c.features).where(editions.c.code == tenants.c.edition).correlate(tenants).scalar_subquery()
).label("features")


async def features_here(tx: AsyncConnection) -> frozenset[Feature]:
    """What the edition of the tenant that `tx` is fenced to has."""
    return features_of((await tx.execute(select(FEATURES).select_from(tenants))).scalar_one())
