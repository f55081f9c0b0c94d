"""An organization's profile and policies, changed by its own admins."""

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, exists, select, update

from tenantry.commands.frame import Tx, command
from tenantry.domain.organization import Policies, Profile, SelfService, check_profile, check_self_service, mark_of
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.mailbox import normal_address
from tenantry.store.organization import policies_of, profile_of, self_service_of
from tenantry.store.tables import factors, tenants, users
from tenantry.words.countries import country_codes
from tenantry.words.speech import LANGUAGES

F = TypeVar("F", Profile, Policies, SelfService)


@dataclass(frozen=True)
class Changed:
    """The names of the fields that are other than before, and the operation that made them so."""

    fields: tuple[str, ...]
    operation_id: UUID


@command(Permission.ORGANIZATION_CHANGE)
async def change_profile(tx: Tx, viewer: Viewer, *, profile: Profile, seen: str, now: datetime) -> Changed:
    """Who the organization is. seen: the mark (`mark_of`) of the profile that the form was made from.

    Raises Refused with `field` what `check_profile` finds, and "organization_changed".
    """
    profile = Profile(**{name: text.strip() for name, text in asdict(profile).items()})
    for field, code, params in check_profile(profile, country_codes=country_codes().values(), languages=LANGUAGES):
        raise Refused(code, Kind.INVALID, field=field, **params)
    if profile.technical_contact:
        profile = replace(profile, technical_contact=normal_address(profile.technical_contact))
    row = await _locked(tx)
    return await _change(tx, row, profile_of(row), profile, seen)


@command(Permission.ORGANIZATION_CHANGE)
async def change_policies(tx: Tx, viewer: Viewer, *, policies: Policies, seen: str, now: datetime) -> Changed:
    """What the organization demands and allows. seen: as in `change_profile`.

    A support access that is open stays open when support is no longer allowed: it is ended by its own button.
    Raises Refused: "organization_changed"; "two_step_first" for an admin who would lock themself out.
    """
    row = await _locked(tx)
    before = policies_of(row)
    if policies.require_two_step and not before.require_two_step and viewer.user_id is not None:
        await _require_second_step(tx, viewer.user_id)
    return await _change(tx, row, before, policies, seen)


@command(Permission.ORGANIZATION_CHANGE)
async def change_self_service(tx: Tx, viewer: Viewer, *, wishes: SelfService, seen: str, now: datetime) -> Changed:
    """What people may do by themselves from now on; accounts and licenses that they have stay. seen: as above.

    Raises Refused: "organization_changed"; with the field "terms" what `check_self_service` finds.
    """
    wishes = replace(wishes, terms="\n".join(wishes.terms.strip().splitlines()))
    for field, code, params in check_self_service(wishes):
        raise Refused(code, Kind.INVALID, field=field, **params)
    row = await _locked(tx)
    return await _change(tx, row, self_service_of(row), wishes, seen)


async def _locked(tx: Tx) -> Row[Any]:
    return (await tx.db.execute(select(tenants).with_for_update())).one()


async def _require_second_step(tx: Tx, user_id: UUID) -> None:
    theirs = exists().where(factors.c.account_id == users.c.account_id, factors.c.confirmed_at.is_not(None))
    if (await tx.db.execute(select(users.c.id).where(users.c.id == user_id, theirs))).first() is None:
        raise Refused("two_step_first", Kind.CONFLICT, field="require_two_step")


async def _change(tx: Tx, row: Row[Any], before: F, after: F, seen: str) -> Changed:
    """Writes what differs, if what was seen is still so."""
    if mark_of(before) != seen:
        raise Refused("organization_changed", Kind.CONFLICT)
    old, new = asdict(before), asdict(after)
    changes = {field.name: new[field.name] for field in fields(after) if new[field.name] != old[field.name]}
    if changes:
        stored = {field: value if value != "" else None for field, value in changes.items()}
        await tx.db.execute(update(tenants).where(tenants.c.tenant_id == row.tenant_id).values(stored))
        tx.tell(str(changes.get("name", row.name)), **changes, before={field: old[field] for field in changes})
    return Changed(tuple(changes), tx.operation_id)
