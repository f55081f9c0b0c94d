"""People added, one at a time or from a file, and what decides which services they may have."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update

from tenantry.commands.frame import TOLD, Tx, command
from tenantry.domain.licenses import Wish
from tenantry.domain.people import Person, check_person
from tenantry.domain.people_files import ALL_HEADINGS, HEADINGS, PersonRow
from tenantry.domain.roles import Permission, Role
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.csvfile import Fault
from tenantry.kit.errors import Kind, Refused
from tenantry.store import licenses, people_write
from tenantry.store.people import ids_of_few, selected
from tenantry.store.tables import users
from tenantry.words.countries import country_codes


@dataclass(frozen=True)
class Added:
    """The new person, the operation that made them, and the names of the products assigned."""

    user_id: UUID
    operation_id: UUID
    assigned: tuple[str, ...] = ()


@command(Permission.USER_ADD)
async def add_person(
    tx: Tx,
    viewer: Viewer,
    *,
    person: Person,
    now: datetime,
    password_hash: str | None = None,
    roles: frozenset[Role] = frozenset(),
    wish: Wish | None = None,
    kind: str = "member",
) -> Added:
    """A member or guest with sign-in, roles and licenses: all of it, or nothing.

    password_hash: of `kit.passwords.hash_password`; None: cannot sign in yet. A guest who has an account
    keeps its password. roles need the right to give roles, wish the right to assign licenses.

    Raises Refused with `field`: what `check_person` finds, "user_name_taken"; and "permission_missing",
    what `store.licenses.give` raises ("assignment_refused" with `people`).
    """
    if roles:
        viewer.require(Permission.ROLE_ASSIGN)
    if wish is not None:
        viewer.require(Permission.LICENSE_ASSIGN)
    await _check(tx, person, kind)
    (user_id,) = await people_write.insert_people(tx.db, viewer.tenant_id, [person], kind, now)
    if password_hash is not None:
        account_id = await _account(tx, person, password_hash, kind, now)
        await people_write.join_account(tx.db, viewer.tenant_id, user_id, account_id)
    await people_write.give_roles(tx.db, viewer.tenant_id, user_id, roles)
    facts: dict[str, Any] = {"user_name": person.user_name, "kind": kind, "roles": sorted(roles)}
    if wish is not None:
        stamp = licenses.Stamp(tx.operation_id, now)
        facts |= (await licenses.give(tx.db, Selection(ids=(user_id,)), wish, stamp, all_or_none=True)).facts
    tx.tell(person.display_name, [user_id], **facts)
    return Added(user_id, tx.operation_id, tuple(facts.get("assigned", ())))


async def _check(tx: Tx, person: Person, kind: str) -> None:
    """The first thing that is wrong with a person, as a refusal of its field."""
    theirs = {person.key.rpartition("@")[2]}
    domains = await people_write.verified_domains(tx.db) if kind == "member" else theirs
    for field, code, params in check_person(person, domains=domains, country_codes=country_codes()):
        raise Refused(code, Kind.INVALID, field=field, **params)
    if await people_write.taken_names(tx.db, [person.key]):
        raise Refused("user_name_taken", Kind.CONFLICT, field="user_name")


async def _account(tx: Tx, person: Person, password_hash: str, kind: str, now: datetime) -> UUID:
    email = person.user_name.strip()
    opened = await people_write.open_account(tx.db, email=email, password_hash=password_hash, now=now)
    account_id = opened or (await people_write.account_of(tx.db, person.key) if kind == "guest" else None)
    if account_id is None:
        raise Refused("user_name_taken", Kind.CONFLICT, field="user_name")
    return account_id


@dataclass(frozen=True)
class Imported:
    """How many people a file added, and the operation that added them."""

    count: int
    operation_id: UUID


@command(Permission.USER_ADD)
async def import_people(
    tx: Tx,
    viewer: Viewer,
    *,
    rows: tuple[PersonRow, ...],
    now: datetime,
    faults: tuple[Fault, ...] = (),
    usage_location: str | None = None,
) -> Imported:
    """The members of a file, without sign-in: all of them, or nothing and every fault with its line.

    faults: what reading the file found already, so that all is told at once. usage_location: for rows without one.
    Raises Refused: "file_faults" (count, faults, more), "country_unknown", "file_empty".
    """
    if usage_location is not None:
        _check_country(usage_location)
    found = {(fault.line, fault.column, fault.code): fault for fault in (*faults, *await _faults(tx, rows))}
    if found:
        told = tuple(found[place] for place in sorted(found))
        raise Refused("file_faults", Kind.INVALID, count=len(told), faults=told, more=0)
    if not rows:
        raise Refused("file_empty", Kind.INVALID)
    people = [_located(row.person, usage_location or "") for row in rows]
    await people_write.insert_people(tx.db, viewer.tenant_id, people, "member", now)
    tx.tell(str(len(people)), count=len(people))
    return Imported(len(people), tx.operation_id)


async def _faults(tx: Tx, rows: Sequence[PersonRow]) -> list[Fault]:
    """What is wrong with the people, and who of them is here already."""
    domains = await people_write.verified_domains(tx.db)
    taken = await people_write.taken_names(tx.db, [row.person.key for row in rows])
    return [fault for row in rows for fault in _row_faults(row, domains, taken)]


def _row_faults(row: PersonRow, domains: Collection[str], taken: Collection[str]) -> list[Fault]:
    wrong = check_person(row.person, domains=domains, country_codes=country_codes())
    faults = [Fault(row.line, ALL_HEADINGS[field], code, dict(params)) for field, code, params in wrong]
    if row.person.key in taken:
        known = {"value": row.person.user_name}
        faults.append(Fault(row.line, HEADINGS["user_name"], "user_name_known", known))
    return faults


def _located(person: Person, usage_location: str) -> Person:
    return person if person.usage_location else replace(person, usage_location=usage_location)


@dataclass(frozen=True)
class Located:
    """How many people have another usage location now."""

    changed: int
    operation_id: UUID


@command(Permission.USER_LOCATION)
async def set_usage_location(
    tx: Tx, viewer: Viewer, *, selection: Selection, country: str, now: datetime, expected: int | None = None
) -> Located:
    """The country in which the selected people use services. Licenses they hold stay as they are.

    expected: how many changes a preview promised. Raises Refused: "country_unknown", "nobody_selected",
    "forecast_stale".
    """
    _check_country(country)
    who = select(func.count(), func.min(users.c.display_name)).where(selected(selection))
    count, name = (await tx.db.execute(who)).one()
    if not count:
        raise Refused("nobody_selected", Kind.MISSING)
    elsewhere = users.c.usage_location.is_distinct_from(country)
    about = await ids_of_few(tx.db, and_(selected(selection), elsewhere), TOLD)
    moved = update(users).where(selected(selection), elsewhere).values(usage_location=country)
    changed = (await tx.db.execute(moved)).rowcount
    if expected not in (None, changed):
        raise Refused("forecast_stale", Kind.CONFLICT)
    if changed:
        tx.tell(name if count == 1 else str(count), about, usage_location=country, changed=changed)
    return Located(changed, tx.operation_id)


def _check_country(code: str) -> None:
    if code not in country_codes().values():
        raise Refused("country_unknown", Kind.INVALID, field="usage_location", value=code)
