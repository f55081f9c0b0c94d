"""A takeover, seen before it is done and after: what would move, who is here already, what can be had back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.takeovers import LEFT_FOR, Group, may_restore
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.frame import query
from tenantry.store import takeovers as store
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import takeovers


@dataclass(frozen=True)
class Done:
    """A takeover that was done. until: how long the old tenant can be had back; restorable: whether it can now."""

    id: UUID
    old_name: str
    forced: bool
    people: int
    moved: dict[str, Any]
    at: datetime
    undone_at: datetime | None
    until: datetime
    restorable: bool


@dataclass(frozen=True)
class Takeover:
    """A domain's takeover: what would move, or why nothing does; and what was done with the domain before."""

    domain: str
    group: Group | None
    refusal: Refused | None
    done: Done | None


@query(Permission.DOMAIN_CHANGE)
async def see_takeover(tx: AsyncConnection, viewer: Viewer, *, domain: str, now: datetime) -> Takeover:
    """What `commands.take_over_tenant` would do with `domain`, in as many statements for two people as for many.

    Raises Refused("takeover_missing") for a domain that is none of the tenant's.
    """
    group, refusal = None, None
    try:
        claim = await store.claim_of(tx, viewer.tenant_id, domain, now)
        group = await store.look_at(tx, claim, await load_catalog(tx), now)
    except Refused as refused:
        if refused.kind is Kind.MISSING:
            raise
        refusal = refused
    return Takeover(domain, group, refusal, await _done(tx, domain, now))


async def _done(tx: AsyncConnection, domain: str, now: datetime) -> Done | None:
    """The last takeover by this domain."""
    last = select(takeovers).where(takeovers.c.domain == domain).order_by(takeovers.c.at.desc()).limit(1)
    row = (await tx.execute(last)).one_or_none()
    if row is None:
        return None
    return Done(
        id=row.id,
        old_name=row.old_name,
        forced=row.forced,
        people=row.people,
        moved=row.moved,
        at=row.at,
        undone_at=row.undone_at,
        until=row.at + LEFT_FOR,
        restorable=may_restore(row.at, row.undone_at, now),
    )
