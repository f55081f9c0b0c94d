"""An organization's domains: the list, one of them with what was found, and which are due to be looked at."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.domains import MOST, Look, Method, Outcome, Uses
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.frame import query
from tenantry.queries.house import House
from tenantry.store import domains as store
from tenantry.store.clocks import there
from tenantry.store.database import Database
from tenantry.store.domain_people import called_by, count_of, uses_of
from tenantry.store.tables import domains, takeovers, tenants, users

COUNTED = 10_000  # people of a domain; of more, only that
NAMED = 20  # people who stand in the way of a removal, on the page


@dataclass(frozen=True)
class Domain:
    """A domain. proven: nobody else can have it; verified: its people can be added. people: none on its own page.

    outcome, look, checked_at: of the last look; check_at: the next one, now or earlier while it is under way.
    taken_over: people came with it from a group of theirs; told on its own page.
    """

    name: str
    is_default: bool
    is_initial: bool
    verified_at: datetime | None
    proven: bool
    method: Method | None
    token: str | None
    added_at: datetime
    outcome: Outcome | None
    look: Look | None
    checked_at: datetime | None
    check_at: datetime | None
    lapsed_at: datetime | None
    people: int = 0
    taken_over: bool = False

    def under_way(self, now: datetime) -> bool:
        return self.check_at is not None and self.check_at <= now

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None


def _domain(row: Row[Any]) -> Domain:
    return Domain(
        row.name,
        row.is_default,
        row.is_initial,
        row.verified_at,
        bool(row.proven),
        Method(row.method) if row.method else None,
        row.token,
        row.added_at,
        Outcome(row.outcome) if row.outcome else None,
        store.look_of(row),
        row.checked_at,
        row.check_at,
        row.lapsed_at,
    )


@dataclass(frozen=True)
class DomainPage:
    """Some of the domains. next: the name after which the next page begins; total: how many there are at all."""

    rows: tuple[Domain, ...]
    next: str | None
    total: int


@query(Permission.DOMAIN_READ)
async def page_domains(
    tx: AsyncConnection, viewer: Viewer, *, q: str = "", after: str = "", limit: int = MOST
) -> DomainPage:
    """The domains with `q` in their name: the default first, then by name. Two statements, however many there are."""
    people = count_of(domains.c.name, COUNTED).label("people")
    found = store.with_proof().add_columns(people).where(domains.c.name.contains(q.casefold(), autoescape=True))
    if after:
        found = found.where(domains.c.name > after, ~domains.c.is_default)
    ordered = found.order_by(domains.c.is_default.desc(), domains.c.name).limit(limit + 1)
    rows = tuple(replace(_domain(row), people=row.people) for row in await tx.execute(ordered))
    total = (await tx.execute(select(func.count()).select_from(domains))).scalar_one()
    last = next((row.name for row in reversed(rows[:limit]) if not row.is_default), None)
    return DomainPage(rows[:limit], last if len(rows) > limit else None, total)


@query(Permission.DOMAIN_READ)
async def read_domain(tx: AsyncConnection, viewer: Viewer, *, name: str) -> Domain:
    """One domain. Raises Refused("domain_missing")."""
    came = select(select(takeovers.c.id).where(takeovers.c.domain == name).exists())
    return replace(await find_domain(tx, name), taken_over=bool((await tx.execute(came)).scalar()))


async def find_domain(tx: AsyncConnection, name: str) -> Domain:
    """The same for a query with a right of its own."""
    row = (await tx.execute(store.with_proof().where(domains.c.name == name))).one_or_none()
    if row is None:
        raise Refused("domain_missing", Kind.MISSING)
    return _domain(row)


@dataclass(frozen=True)
class Removal:
    """What would come of removing a domain. called: some of the people who are in the way, by id, with both names."""

    domain: Domain
    initial: str
    uses: Uses
    called: tuple[tuple[UUID, str, str], ...]


@query(Permission.DOMAIN_CHANGE)
async def preview_removal(tx: AsyncConnection, viewer: Viewer, *, name: str) -> Removal:
    """Raises Refused("domain_missing")."""
    row = (await tx.execute(store.with_proof().where(domains.c.name == name))).one_or_none()
    if row is None:
        raise Refused("domain_missing", Kind.MISSING)
    initial = (await tx.execute(select(domains.c.name).where(domains.c.is_initial))).scalar()
    uses = await uses_of(tx, viewer.user_id, row)
    return Removal(_domain(row), initial or "", uses, await _called(tx, name))


async def _called(tx: AsyncConnection, name: str) -> tuple[tuple[UUID, str, str], ...]:
    some = select(users.c.id, users.c.display_name, users.c.user_name).where(called_by(name))
    rows = await tx.execute(some.order_by(users.c.id).limit(NAMED))
    return tuple((row.id, row.display_name, row.user_name) for row in rows)


# For jobs


async def domains_to_check(house: House, *, now: datetime, most: int) -> tuple[tuple[UUID, str], ...]:
    """Whose look is due, each by its tenant's clock, the longest due first. As the jobs role."""
    same = tenants.c.tenant_id == domains.c.tenant_id
    due = domains.c.check_at.is_not(None), domains.c.check_at <= there(now), tenants.c.deleted_at.is_(None)
    found = select(domains.c.tenant_id, domains.c.name).join(tenants, same).where(*due)
    async with house.jobs.transaction() as tx:
        rows = await tx.execute(found.order_by(domains.c.check_at, domains.c.name).limit(most))
        return tuple((row.tenant_id, row.name) for row in rows)


async def look_due(db: Database, *, tenant_id: UUID, name: str, now: datetime) -> datetime | None:
    """What time it is in the tenant, if a look at its domain is due; None for one that was made meanwhile."""
    async with db.transaction(tenant_id) as tx:
        due = domains.c.name == name, domains.c.check_at <= there(now), tenants.c.deleted_at.is_(None)
        found = select(there(now)).select_from(domains.join(tenants, tenants.c.tenant_id == domains.c.tenant_id))
        at: datetime | None = (await tx.execute(found.where(*due))).scalar_one_or_none()
    return at
