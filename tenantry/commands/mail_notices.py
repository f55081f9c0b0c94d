"""Notices by mail: for everybody one letter of all that is new, in their language; when, says `domain.notices`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.notices import TECHNICAL, NoticeKind, is_mailed_now, is_mailed_to
from tenantry.domain.roles import Role, permissions_of
from tenantry.domain.viewers import Viewer
from tenantry.store.clocks import wall
from tenantry.store.database import Database
from tenantry.store.letters import write_letter
from tenantry.store.people import ACTIVE
from tenantry.store.tables import accounts, notices, role_assignments, tenants, users

_OPEN = notices.c.ended_at.is_(None)


@dataclass(frozen=True)
class Reader:
    """Who gets a letter, and of what: of kinds that they want and may see."""

    email: str
    language: str
    news: tuple[Row[Any], ...]


async def mail_notices(db: Database, viewer: Viewer, *, site: str, now: datetime) -> int:
    """Writes the letters of a tenant's notices that are open and were not mailed. Returns how many.

    site: where the house's pages begin; now: in the tenant. What is over by now is mailed to nobody.
    """
    async with db.transaction(viewer.tenant_id) as tx:
        await _end_support(tx, now)
        news = (await tx.execute(_NEWS.with_for_update(of=notices))).all()
        last_at = await tx.scalar(select(func.max(notices.c.mailed_at)))
        if not is_mailed_now((one.kind for one in news), last_at, now):
            return 0
        await tx.execute(update(notices).where(notices.c.id.in_([one.id for one in news])).values(mailed_at=now))
        readers = list(_readers(news, (await tx.execute(_PEOPLE)).all()))
        for reader in readers:
            await _write(tx, reader, site, now)
    return len(readers)


_NEWS = (
    select(notices, tenants.c.slug, tenants.c.name, tenants.c.language, tenants.c.technical_contact)
    .join(tenants, tenants.c.tenant_id == notices.c.tenant_id)
    .where(_OPEN, notices.c.mailed_at.is_(None), tenants.c.deleted_at.is_(None))
    .order_by(notices.c.id)
)
_PEOPLE = (
    select(
        accounts.c.email, accounts.c.language, users.c.unmailed, func.array_agg(role_assignments.c.role).label("roles")
    )
    .select_from(users)
    .join(accounts, accounts.c.id == users.c.account_id)
    .join(role_assignments, role_assignments.c.user_id == users.c.id)
    .where(ACTIVE, users.c.blocked_at.is_(None), accounts.c.closed_at.is_(None))
    .group_by(accounts.c.email, accounts.c.language, users.c.unmailed)
    .order_by(accounts.c.email)
)


async def _end_support(tx: AsyncConnection, now: datetime) -> None:
    """A support access ends by itself, and so does what told of it: by the operator's clock, the wall's."""
    over = notices.c.params["ends_at"].astext.cast(notices.c.at.type) <= wall(now)
    support = notices.c.kind == NoticeKind.SUPPORT_OPENED.value
    await tx.execute(update(notices).where(_OPEN, support, over).values(ended_at=now))


def _readers(news: Sequence[Row[Any]], people: Sequence[Row[Any]]) -> Iterator[Reader]:
    tenant, told = news[0], set()
    for one in people:
        roles = frozenset(Role(role) for role in one.roles)
        rights = permissions_of(roles) if is_mailed_to(roles) else frozenset()
        mine = tuple(new for new in news if new.permission in rights and new.kind not in one.unmailed)
        if mine:
            told.add(one.email.casefold())
            yield Reader(one.email, one.language or tenant.language, mine)
    broken = tuple(new for new in news if new.kind in TECHNICAL)
    if broken and tenant.technical_contact and tenant.technical_contact.casefold() not in told:
        yield Reader(tenant.technical_contact, tenant.language, broken)


async def _write(tx: AsyncConnection, reader: Reader, site: str, now: datetime) -> None:
    first = reader.news[0]
    home = f"{site}/t/{first.slug}"
    told = [{"kind": new.kind, "subject_id": new.subject_id, "params": new.params} for new in reader.news]
    facts = {"name": first.name, "home": home, "notices": told, "link": f"{home}/notices"}
    await write_letter(tx, kind="notices", to=reader.email, language=reader.language, params=facts, now=now)
