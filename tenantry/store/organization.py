"""The row of a tenant as what the domain decides about, and what is still under way in it."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.organization import Policies, Profile, SelfService
from tenantry.store.tables import long_operations


def profile_of(row: Row[Any]) -> Profile:
    """The profile in a row of `tenants`."""
    return Profile(**{field.name: getattr(row, field.name) or "" for field in fields(Profile)})


def policies_of(row: Row[Any]) -> Policies:
    """The policies in a row of `tenants`."""
    return Policies(row.require_two_step, row.allow_support)


def self_service_of(row: Row[Any]) -> SelfService:
    """The self-service in a row of `tenants`."""
    return SelfService(row.join_by_email, row.self_licensing, row.terms or "")


async def count_unfinished(tx: AsyncConnection) -> int:
    """How many long operations of the tenant wait or run."""
    unfinished = long_operations.c.state.in_(("waiting", "running"))
    return int((await tx.execute(select(func.count()).select_from(long_operations).where(unfinished))).scalar_one())
