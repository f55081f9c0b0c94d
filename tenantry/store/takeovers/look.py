"""A group before it is taken over: whether it may be, and what is in it. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog
from tenantry.domain.domains import Method, Outcome
from tenantry.domain.entitlements import MEETING_LIMIT
from tenantry.domain.subscriptions import Status
from tenantry.domain.takeovers import NAMED, Freight, Group, Merger, check_claim
from tenantry.kit.errors import Kind, Refused
from tenantry.store.domains import hold_candidates
from tenantry.store.own_accounts import MEMBER, way_in
from tenantry.store.people import ACTIVE
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import (
    domain_registry,
    domains,
    handles,
    licenses,
    meeting_settings,
    meetings,
    plan_limits,
    subscriptions,
    takeover_bars,
    tenants,
    users,
)
from tenantry.store.takeovers.fence import fenced_to

type_seats = Mapping[UUID, int]


@dataclass(frozen=True)
class Claim:
    """A domain that the tenant `new_id` has proven and that groups the people of `old_id`. method: how it is proven."""

    domain: str
    new_id: UUID
    old_id: UUID
    old_name: str
    old_slug: str
    method: Method


async def claim_of(tx: AsyncConnection, tenant_id: UUID, domain: str, now: datetime, *, hold: bool = False) -> Claim:
    """What `domain` lets the tenant take over.

    hold: nobody signs up there, proves the domain or takes the group over until the transaction ends.
    Raises Refused: "takeover_missing", "takeover_nothing", and what `check_claim` raises.
    """
    mine = await _held(tx, domain, hold)
    if mine is None:
        raise Refused("takeover_missing", Kind.MISSING)
    known = (await tx.execute(_registered(domain))).one_or_none()
    if mine.outcome != Outcome.TAKEOVER or known is None or known.tenant_id == tenant_id:
        raise Refused("takeover_nothing", Kind.CONFLICT, domain=domain)
    edition = (await tx.execute(select(tenants.c.edition))).scalar_one()
    async with fenced_to(tx, known.tenant_id, back_to=tenant_id):
        if hold:
            await hold_candidates(tx, domain)
            await _held(tx, domain, hold)
            known = (await tx.execute(_registered(domain).with_for_update())).one_or_none() or known
        rows = select(tenants).where(tenants.c.tenant_id == known.tenant_id)
        theirs = (await tx.execute(rows.with_for_update() if hold else rows)).one_or_none()
    check_claim(
        proven=theirs is None or known.proven_at is not None,
        kind=theirs.kind if theirs else "",
        living=theirs is not None and theirs.deleted_at is None and theirs.suspended_at is None,
        same_edition=theirs is not None and theirs.edition == edition,
        checked_at=mine.checked_at,
        now=now,
    )
    assert theirs is not None
    return Claim(domain, tenant_id, theirs.tenant_id, theirs.name, theirs.slug, _method(mine))


async def _held(tx: AsyncConnection, domain: str, hold: bool) -> Row[Any] | None:
    found = select(domains).where(domains.c.name == domain)
    row: Row[Any] | None = (await tx.execute(found.with_for_update() if hold else found)).one_or_none()
    return row


def _registered(domain: str) -> Any:
    return select(domain_registry).where(domain_registry.c.name == domain)


def _method(row: Row[Any]) -> Method:
    """How the last look proved the domain."""
    return Method(row.method) if row.method else Method.TXT


async def look_at(tx: AsyncConnection, claim: Claim, catalog: Catalog, now: datetime) -> Group:
    """Everything that a takeover by `claim` would move or leave behind, and who is there already. Ten statements."""
    bars = await _bars(tx)
    async with fenced_to(tx, claim.old_id, back_to=claim.new_id):
        people = {row.kind: row.n for row in await tx.execute(_COUNTED)}
        some = tuple((row.display_name, row.user_name) for row in await tx.execute(_SOME))
        held = {row.sku_id: row.n for row in await tx.execute(_HELD)}
        seats = {row.sku_id: row.n for row in await tx.execute(_SEATS, {"now": now})}
        app_rows = (await tx.execute(select(_MEETINGS, _SETTINGS))).one()
        known = (await tx.execute(_known_by_account(claim.new_id))).all()
        by_account = {row.id for row in known}
        keys = [row for row in await tx.execute(_PEOPLE) if row.id not in by_account]
    found = await _found_there(tx, known, keys)
    products = _freight(catalog, bars, held, seats)
    barred = {one.sku_id for one in products if one.bars}
    return Group(
        domain=claim.domain,
        tenant_id=claim.old_id,
        name=claim.old_name,
        people=sum(people.values()),
        guests=people.get("guest", 0),
        some=some,
        mergers=tuple(one for one in found if isinstance(one, Merger)),
        taken=tuple(one for one in found if isinstance(one, str)),
        products=products,
        meetings=app_rows[0],
        meetings_bar=await _meetings_bar(tx, catalog, barred),
        settings=app_rows[1],
    )


_COUNTED = select(users.c.kind, func.count().label("n")).where(ACTIVE).group_by(users.c.kind)
_SOME = (
    select(users.c.display_name, users.c.user_name)
    .where(ACTIVE)
    .order_by(users.c.kind.desc(), users.c.sort_en_nl, users.c.id)
    .limit(NAMED)
)
_HELD = select(licenses.c.sku_id, func.count().label("n")).group_by(licenses.c.sku_id)
_SEATS = (
    select(subscriptions.c.sku_id, func.sum(subscriptions.c.seats).label("n"))
    .where(STATUS.not_in([Status.DELETED.value]))
    .group_by(subscriptions.c.sku_id)
)
_MEETINGS = select(func.count()).select_from(meetings).scalar_subquery()
_SETTINGS = select(func.count()).select_from(meeting_settings).scalar_subquery()
_PEOPLE = select(users.c.id, users.c.kind, users.c.user_name, users.c.user_key).where(ACTIVE)


def _known_by_account(new_id: UUID) -> Any:
    """People of the group whose account leads into the new tenant too, and who they are there."""
    mine = and_(handles.c.kind == MEMBER, handles.c.tenant_id == new_id, handles.c.hash == way_in(users.c.account_id))
    return select(users.c.id, users.c.kind, users.c.user_name, handles.c.row_id).join(handles, mine).where(ACTIVE)


async def _found_there(tx: AsyncConnection, known: Any, others: Any) -> list[Merger | str]:
    """Who of the group is in the new tenant by account or by name; as a bare name whoever is somebody else there."""
    there = (users.c.id, users.c.display_name, users.c.kind, users.c.user_key, users.c.account_id)
    by_id = select(*there).where(ACTIVE, users.c.id == func.any([row.row_id for row in known]))
    persons = {row.id: row for row in await tx.execute(by_id)} if known else {}
    by_name = select(*there).where(ACTIVE, users.c.user_key == func.any([row.user_key for row in others]))
    named = {row.user_key: row for row in await tx.execute(by_name)} if others else {}
    found: list[Merger | str] = [_merger(row, persons[row.row_id]) for row in known if row.row_id in persons]
    for row in others:
        if person := named.get(row.user_key):
            found.append(row.user_name if person.account_id else _merger(row, person))
    return found


def _merger(row: Any, person: Any) -> Merger:
    return Merger(row.id, row.user_name, person.id, person.display_name, row.kind != "guest" and person.kind == "guest")


async def _bars(tx: AsyncConnection) -> frozenset[UUID]:
    """The apps whose data cannot move."""
    return frozenset((await tx.execute(select(takeover_bars.c.plan_id))).scalars())


def _freight(catalog: Catalog, bars: frozenset[UUID], held: type_seats, seats: type_seats) -> tuple[Freight, ...]:
    found = []
    for sku_id in held.keys() | seats.keys():
        product = catalog.products[sku_id]
        names = tuple(sorted(catalog.plans[plan].friendly_name for plan in product.plan_ids & bars))
        found.append(Freight(sku_id, product.name, seats.get(sku_id, 0), held.get(sku_id, 0), names))
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.sku_id)))


async def _meetings_bar(tx: AsyncConnection, catalog: Catalog, barred: set[UUID]) -> bool:
    """Whether a product that stays behind is what meetings are made with."""
    limited = select(plan_limits.c.plan_id).where(plan_limits.c.name == MEETING_LIMIT)
    plans = frozenset((await tx.execute(limited)).scalars())
    return any(catalog.products[sku_id].plan_ids & plans for sku_id in barred)
