"""Editions and what readers say of the help pages, as the operator looks at them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.editions import Edition, features_of
from tenantry.domain.help_pages import Topic
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.operator_frame import operator_query
from tenantry.store.tables import editions, help_ratings, support_phones, tenants


@dataclass(frozen=True)
class EditionRow:
    """An edition, how many tenants have it, and how many numbers there are to call."""

    edition: Edition
    tenants: int
    phones: int


@operator_query
async def list_editions(tx: AsyncConnection, operator: Operator) -> tuple[EditionRow, ...]:
    """Every edition, by name, in one statement."""
    held = select(func.count()).where(tenants.c.edition == editions.c.code).scalar_subquery()
    called = select(func.count()).where(support_phones.c.edition == editions.c.code).scalar_subquery()
    wanted = select(editions, held.label("tenants"), called.label("phones")).order_by(editions.c.name, editions.c.code)
    return tuple(
        EditionRow(
            Edition(row.code, row.name, features_of(row.features), row.community_url or "", row.terms or ""),
            row.tenants,
            row.phones,
        )
        for row in await tx.execute(wanted)
    )


@dataclass(frozen=True)
class PhoneRow:
    """A number to call. hours: empty for day and night."""

    id: UUID
    country: str
    phone: str
    hours: str


@operator_query
async def read_edition(tx: AsyncConnection, operator: Operator, *, code: str) -> tuple[Edition, tuple[PhoneRow, ...]]:
    """One edition and its numbers, by country. Raises Refused("edition_missing")."""
    row = (await tx.execute(select(editions).where(editions.c.code == code))).one_or_none()
    if row is None:
        raise Refused("edition_missing", Kind.MISSING)
    mine = support_phones.c
    wanted = select(mine.id, mine.country, mine.phone, mine.hours).where(mine.edition == code)
    phones = tuple(PhoneRow(*one) for one in await tx.execute(wanted.order_by(mine.country, mine.phone)))
    edition = Edition(row.code, row.name, features_of(row.features), row.community_url or "", row.terms or "")
    return edition, phones


@operator_query
async def edition_choice(tx: AsyncConnection, operator: Operator, *, tenant_id: UUID) -> tuple[str, dict[str, str]]:
    """The code of a tenant's edition, and every edition there is: code -> name."""
    named = select(editions.c.code, editions.c.name).order_by(editions.c.name)
    known = {row.code: row.name for row in await tx.execute(named)}
    mine = select(tenants.c.edition).where(tenants.c.tenant_id == tenant_id)
    return (await tx.execute(mine)).scalar_one_or_none() or "", known


@dataclass(frozen=True)
class Said:
    """What a reader said of a help page."""

    id: UUID
    topic: str
    language: str
    helpful: bool
    comment: str
    at: datetime


@dataclass(frozen=True)
class HelpReport:
    """counts: topic -> (helpful, not helpful). page: comments, newest first."""

    counts: dict[str, tuple[int, int]]
    page: Page[Said]


@operator_query
async def read_help_report(
    tx: AsyncConnection, operator: Operator, *, topic: Topic | None, cursor: Cursor | None, limit: int
) -> HelpReport:
    """What readers said: counts of every page, and the comments of `topic` or of all, in two statements."""
    mine = help_ratings.c
    yes = func.count().filter(mine.helpful)
    counted = select(mine.page, yes, func.count() - yes).group_by(mine.page)
    counts = {row[0]: (row[1], row[2]) for row in await tx.execute(counted)}
    wanted = select(mine.id, mine.page, mine.language, mine.helpful, mine.comment, mine.at).where(mine.comment != "")
    if topic is not None:
        wanted = wanted.where(mine.page == topic.value)
    backward = cursor is not None and cursor.backward
    if cursor is not None:
        wanted = wanted.where(mine.id > cursor.id if backward else mine.id < cursor.id)
    rows = (await tx.execute(wanted.order_by(mine.id if backward else mine.id.desc()).limit(limit + 1))).all()
    return HelpReport(counts, cut([Said(*row) for row in rows], limit, cursor, lambda one: (b"", one.id)))
