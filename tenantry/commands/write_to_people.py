"""What an admin tells the people by mail: words of their own, or the quick-start page; one letter each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.quick_start import QuickStart, check, normal
from tenantry.domain.roles import Permission
from tenantry.domain.text import control_character
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.audience import addresses, audience, count_audience, count_lately
from tenantry.store.domains import new_token
from tenantry.store.letters import write_letters
from tenantry.store.quick_start import Kept, load_quick_start, put_quick_start
from tenantry.store.tables import tenants, users
from tenantry.store.upgrades import dismiss

SUBJECT, TEXT, A_DAY = 150, 4000, 10  # letters of one's own words and shared pages together
_WRITES = ("write_to_people", "share_quick_start")


@dataclass(frozen=True)
class Told:
    """How many letters were written."""

    people: int
    operation_id: UUID


@command(Permission.ORGANIZATION_CHANGE)
async def write_to_people(tx: Tx, viewer: Viewer, *, subject: str, text: str, expected: int, now: datetime) -> Told:
    """One letter to everybody else who can sign in. expected: how many the preview said they are.

    Raises Refused: "text_missing", "text_long", "text_control" (field), "audience_changed" (people), "letters_limited".
    """
    subject, text = subject.strip(), text.strip().replace("\r\n", "\n")
    for field, typed, most in (("subject", subject, SUBJECT), ("text", text, TEXT)):
        _check(field, typed, most)
    told = {"subject": subject, "text": text, **await _names(tx, viewer)}
    return await _write(tx, viewer, "from_admin", told, None, expected, now)


def _check(field: str, typed: str, most: int) -> None:
    if not typed:
        raise Refused("text_missing", Kind.INVALID, field=field)
    if len(typed) > most:
        raise Refused("text_long", Kind.INVALID, field=field, length=len(typed), limit=most)
    if position := control_character(typed.replace("\n", " ") if field == "text" else typed):
        raise Refused("text_control", Kind.INVALID, field=field, position=position)


async def _names(tx: Tx, viewer: Viewer) -> dict[str, str]:
    """Who writes, and for whom."""
    organization = (await tx.db.execute(select(tenants.c.name))).scalar_one()
    mine = select(users.c.user_name).where(users.c.id == viewer.user_id)
    address = (await tx.db.execute(mine)).scalar_one_or_none() or viewer.name
    return {"admin": viewer.name, "address": address, "organization": organization}


async def _write(
    tx: Tx,
    viewer: Viewer,
    kind: str,
    params: Mapping[str, Any],
    operation_id: UUID | None,
    expected: int,
    now: datetime,
) -> Told:
    people = audience(viewer.user_id, operation_id)
    count = await count_audience(tx.db, people)
    if count != expected or not count:
        raise Refused("audience_changed", Kind.CONFLICT, people=count)
    if await count_lately(tx.db, _WRITES, now) >= A_DAY:
        raise Refused("letters_limited", Kind.LIMITED, limit=A_DAY)
    await write_letters(tx.db, addresses(people), kind=kind, params=params, now=now)
    tx.tell(str(count), count=count)
    return Told(count, tx.operation_id)


# The quick-start page


@dataclass(frozen=True)
class Saved:
    """The quick-start page is kept; token: of the link that leads to it."""

    token: str
    operation_id: UUID


@command(Permission.ORGANIZATION_CHANGE)
async def save_quick_start(tx: Tx, viewer: Viewer, *, page: QuickStart, seen: str, now: datetime) -> Saved:
    """The page as it is from now on. seen: the mark of the page that the form was made from.

    Raises Refused: what `domain.quick_start.check` finds (field), "quick_start_changed".
    """
    for field, code, params in check(page):
        raise Refused(code, Kind.INVALID, field=field, **params)
    kept, page = await load_quick_start(tx.db, lock=True), normal(page)
    if mark_of(kept) != seen:
        raise Refused("quick_start_changed", Kind.CONFLICT)
    token = kept.token or new_token()
    if page != kept.page or kept.token is None:
        await put_quick_start(tx.db, viewer.tenant_id, page, token)
        tx.tell(viewer.name)
    return Saved(token, tx.operation_id)


def mark_of(kept: Kept) -> str:
    """What a form carries along, to tell whether somebody else saved the page meanwhile."""
    return sha256(repr(kept.page).encode()).hexdigest()[:16] if kept.token else ""


@command(Permission.ORGANIZATION_CHANGE)
async def renew_quick_start_link(tx: Tx, viewer: Viewer, *, now: datetime) -> Saved:
    """Another link; the one before leads nowhere any more. Raises Refused("quick_start_missing")."""
    kept, token = await load_quick_start(tx.db, lock=True), new_token()
    if kept.token is None:
        raise Refused("quick_start_missing", Kind.CONFLICT)
    await put_quick_start(tx.db, viewer.tenant_id, kept.page, token)
    tx.tell(viewer.name)
    return Saved(token, tx.operation_id)


@command(Permission.LICENSE_ASSIGN)
async def share_quick_start(
    tx: Tx, viewer: Viewer, *, place: str, given_by: UUID | None, expected: int, now: datetime
) -> Told:
    """Mails the link: to those whom an operation gave licenses, or to everybody, which takes an admin of everything.

    place: the address of the house. Raises Refused: "quick_start_missing", "audience_changed", "letters_limited".
    """
    if given_by is None:
        viewer.require(Permission.ORGANIZATION_CHANGE)
    kept = await load_quick_start(tx.db)
    if kept.token is None or kept.page.is_empty:
        raise Refused("quick_start_missing", Kind.CONFLICT)
    names = await _names(tx, viewer)
    told = {"admin": names["admin"], "organization": names["organization"], "link": f"{place}/start/{kept.token}"}
    return await _write(tx, viewer, "quick_start", told, given_by, expected, now)


@command(Permission.ORGANIZATION_CHANGE)
async def dismiss_next(tx: Tx, viewer: Viewer, *, now: datetime) -> bool:
    """What to do next is not shown on Home any more."""
    await dismiss(tx.db, viewer.user_id, now)
    return True
