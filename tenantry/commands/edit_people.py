"""A person's particulars, corrected."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.people import Person, check_person
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store import people_write
from tenantry.store.admins import require_reach
from tenantry.store.people import ACTIVE
from tenantry.store.tables import users
from tenantry.words.countries import country_codes


@dataclass(frozen=True)
class Edited:
    """The names of the fields that are different now, in the order of `Person`."""

    changed: tuple[str, ...]
    operation_id: UUID


@command(Permission.USER_EDIT)
async def edit_person(tx: Tx, viewer: Viewer, *, user_id: UUID, person: Person, was: Person, now: datetime) -> Edited:
    """All particulars of a member or guest. With a new user name, a home account gets it as its address.

    was: what the form was filled with, so that nobody undoes unseen what another has just done.
    Raises Refused: "user_missing", "admin_out_of_reach", "person_changed"; with `field` what `check_person` finds
    and "user_name_taken".
    """
    kind, here = await _load(tx, user_id)
    await require_reach(tx.db, viewer, [user_id])
    if here != was:
        raise Refused("person_changed", Kind.CONFLICT)
    person = replace(person, **{field.name: getattr(person, field.name).strip() for field in fields(Person)})
    changed = tuple(field.name for field in fields(Person) if getattr(person, field.name) != getattr(here, field.name))
    if not changed:
        return Edited((), tx.operation_id)
    await _check(tx, person, here, kind)
    renamed = {}
    if person.user_name != here.user_name:
        renamed = {"renamed": person.user_name}
        await people_write.move_account(tx.db, user_id, person.user_name)
    await people_write.rewrite_person(tx.db, user_id, person)
    tx.tell(person.display_name, [user_id], fields=changed, **renamed)
    return Edited(changed, tx.operation_id)


async def _load(tx: Tx, user_id: UUID) -> tuple[str, Person]:
    """Kind and particulars; the row is locked, so that they stay what they are."""
    found: Any = select(users).where(ACTIVE, users.c.id == user_id).with_for_update()
    row = (await tx.db.execute(found)).one_or_none()
    if row is None:
        raise Refused("user_missing", Kind.MISSING)
    return row.kind, Person(**{field.name: getattr(row, field.name) or "" for field in fields(Person)})


async def _check(tx: Tx, person: Person, here: Person, kind: str) -> None:
    """The first thing that is wrong, as a refusal of its field. The domain that somebody has already may stay."""
    domains = {(here if kind == "member" else person).key.rpartition("@")[2]}
    if kind == "member":
        domains |= await people_write.verified_domains(tx.db)
    for field, code, params in check_person(person, domains=domains, country_codes=country_codes()):
        raise Refused(code, Kind.INVALID, field=field, **params)
    if person.key != here.key and await people_write.taken_names(tx.db, [person.key]):
        raise Refused("user_name_taken", Kind.CONFLICT, field="user_name")
