"""A group of people who signed up, taken over by the organization that proved their domain; and had back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, select, update

from tenantry.commands.frame import Tx, command, operation_of
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.catalog import Catalog
from tenantry.domain.operators import Operator
from tenantry.domain.roles import Permission
from tenantry.domain.takeovers import LEFT_FOR, Group, barred_skus, check_takeover, may_restore, stays
from tenantry.domain.viewers import Viewer
from tenantry.kit.domain_names import as_read
from tenantry.kit.errors import Kind, Refused
from tenantry.store import takeovers as store
from tenantry.store.catalog import load_catalog
from tenantry.store.clocks import wall
from tenantry.store.organization import count_unfinished
from tenantry.store.tables import operations, takeovers, tenants

type_progress = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class TakenOver:
    """What came: people, and those of them who were here already."""

    operation_id: UUID
    people: int
    merged: int


@command(Permission.DOMAIN_CHANGE)
async def take_over_tenant(
    tx: Tx,
    viewer: Viewer,
    *,
    domain: str,
    mark: str,
    now: datetime,
    forced: bool = False,
    typed: str = "",
    progress: type_progress | None = None,
) -> TakenOver:
    """Moves everybody who signed up with `domain`, and what is theirs, into the viewer's tenant; all of it or nothing.

    mark: of the group as it was shown. forced: also where products have to stay behind. typed: then the domain.
    progress: told how many people are done.
    Raises Refused: what `store.takeovers.claim_of` and `domain.takeovers.check_takeover` raise, "organization_busy".
    """
    claim = await store.claim_of(tx.db, viewer.tenant_id, domain, now, hold=True)
    catalog = await load_catalog(tx.db)
    group = await store.look_at(tx.db, claim, catalog, now)
    check_takeover(group, forced=forced, typed=typed, mark=mark)
    their_now: datetime = (await tx.db.execute(select(wall(now)))).scalar_one()
    barred, meetings = barred_skus(group.products), not group.meetings_bar
    async with store.fenced_to(tx.db, claim.old_id, back_to=claim.new_id):
        if busy := await count_unfinished(tx.db):
            raise Refused("organization_busy", Kind.CONFLICT, count=busy)
        await store.take(tx.db, claim, barred=barred, meetings=meetings, operation_id=tx.operation_id, now=their_now)
        seats = await store.take_seats(tx.db, barred, their_now)
        await store.close(tx.db, claim, their_now)
    if progress:
        await progress(group.people // 2)
    if not await store.claim_domain(tx.db, claim, now):
        raise Refused("takeover_elsewhere", Kind.CONFLICT)
    brought = await store.bring(tx.db, claim, seats, operation_id=tx.operation_id, now=now)
    await _tell(tx, viewer, claim, group, brought, catalog, now)
    return TakenOver(tx.operation_id, brought.people, brought.merged)


async def _tell(
    tx: Tx,
    viewer: Viewer,
    claim: store.Claim,
    group: Group,
    brought: store.Brought,
    catalog: Catalog,
    now: datetime,
) -> None:
    """What was done, in both tenants' logs and in the list of what came."""
    moved = {catalog.products[sku_id].name: count for sku_id, count in sorted(brought.licenses.items())}
    facts: dict[str, Any] = {
        "count": brought.people,
        "merged": brought.merged,
        "assigned": moved,
        "left_behind": stays(group.barred),
        "meetings": brought.meetings,
        "old_name": claim.old_name,
    }
    forced = bool(group.barred)
    row = {"tenant_id": viewer.tenant_id, "id": tx.operation_id, "old_tenant_id": claim.old_id, "at": now}
    row |= {"old_name": claim.old_name, "domain": claim.domain, "forced": forced, "people": brought.people}
    await tx.db.execute(insert(takeovers).values(**row, moved=facts | {"settings": brought.settings}))
    tx.tell(as_read(claim.domain), **facts, forced=forced)
    name = (await tx.db.execute(select(tenants.c.name))).scalar_one()
    await _write(tx, viewer, group, name, now)
    there = operation_of(tx, viewer, "take_over_tenant", now)
    there |= {"tenant_id": claim.old_id, "actor_id": None, "facts": there["facts"] | {"into": name}}
    async with store.fenced_to(tx.db, claim.old_id, back_to=claim.new_id):
        await tx.db.execute(insert(operations), there)


async def _write(tx: Tx, viewer: Viewer, group: Group, organization: str, now: datetime) -> None:
    """A word to everybody who came: where they are now, and what stays behind of theirs."""
    params = {"organization": organization, "admin": viewer.name, "domain": as_read(group.domain)}
    if group.barred:
        left = {"products": ", ".join(one.name for one in group.barred), "end_date": now + LEFT_FOR}
        await store.write_to_people(tx.db, kind="taken_over_by_force", params=params | left, now=now)
    else:
        await store.write_to_people(tx.db, kind="taken_over", params=params, now=now)


@dataclass(frozen=True)
class HadBack:
    """The old tenant's name, and how many people got into it again."""

    name: str
    people: int


@command(Permission.DOMAIN_CHANGE)
async def restore_group(tx: Tx, viewer: Viewer, *, takeover_id: UUID, now: datetime) -> HadBack:
    """Brings back the tenant that a takeover emptied, with what stayed behind in it; nothing that moved goes back.

    Its people get in there again as guests, and stay the viewer's tenant's.
    Raises Refused: "takeover_missing", "takeover_over".
    """
    found = select(takeovers).where(takeovers.c.id == takeover_id).with_for_update()
    row = (await tx.db.execute(found)).one_or_none()
    if row is None:
        raise Refused("takeover_missing", Kind.MISSING)
    back = await _bring_back(tx, row, now)
    tx.tell(back.name, count=back.people, into=row.domain)
    there = operation_of(tx, viewer, "restore_group", now) | {"tenant_id": row.old_tenant_id, "actor_id": None}
    async with store.fenced_to(tx.db, row.old_tenant_id, back_to=viewer.tenant_id):
        await tx.db.execute(insert(operations), there)
    return back


@operator_command
async def restore_taken_over(tx: Tx, operator: Operator, *, tenant_id: UUID, now: datetime) -> HadBack:
    """The same by the operator. tenant_id: the old tenant.

    Raises Refused: "takeover_missing", "takeover_over".
    """
    merged_into = (await tx.db.execute(select(tenants.c.merged_into))).scalar_one_or_none()
    if merged_into is None:
        raise Refused("takeover_missing", Kind.MISSING)
    async with store.fenced_to(tx.db, merged_into, back_to=tenant_id):
        found = select(takeovers).where(takeovers.c.old_tenant_id == tenant_id).order_by(takeovers.c.at.desc()).limit(1)
        row = (await tx.db.execute(found.with_for_update())).one_or_none()
        if row is None:
            raise Refused("takeover_missing", Kind.MISSING)
        back = await _bring_back(tx, row, now)
        told = {"tenant_id": merged_into, "id": tx.operation_id, "command": "restore_taken_over", "at": now}
        told |= {"actor_name": operator.name, "via": operator.via, "subject": back.name}
        facts = msgspec.to_builtins({"count": back.people, "into": row.domain})
        await tx.db.execute(insert(operations).values(**told, facts=facts))
    tx.tell(back.name, count=back.people, into=row.domain)
    return back


async def _bring_back(tx: Tx, row: Row[Any], now: datetime) -> HadBack:
    """Fenced to the tenant that took over, before and after. Raises Refused("takeover_over")."""
    if not may_restore(row.at, row.undone_at, now):
        raise Refused("takeover_over", Kind.CONFLICT)
    await store.put_people_aside(tx.db, row.old_tenant_id)
    their_now: datetime = (await tx.db.execute(select(wall(now)))).scalar_one()
    async with store.fenced_to(tx.db, row.old_tenant_id, back_to=row.tenant_id):
        back = await store.restore(tx.db, row.old_tenant_id, operation_id=tx.operation_id, now=their_now)
    if back is None:
        raise Refused("takeover_over", Kind.CONFLICT)
    await tx.db.execute(update(takeovers).where(takeovers.c.id == row.id).values(undone_at=now))
    return HadBack(back.name, back.people)
