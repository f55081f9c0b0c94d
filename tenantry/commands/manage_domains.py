"""An organization's domains: added, made the default, removed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from tenantry.commands.frame import TOLD, Tx, command
from tenantry.commands.prove_domains import LAPSED, require_domain
from tenantry.domain.domains import (
    FORCED,
    MOST,
    WAITS,
    Hindrance,
    Method,
    Outcome,
    Uses,
    can_force,
    candidates,
    hindrances,
    parents,
    rename_all,
    subject_of,
)
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.domain_names import as_read, is_shared, normal_domain
from tenantry.kit.errors import Kind, Refused
from tenantry.store import domains as store
from tenantry.store.admins import lock_admins, require_global_admin
from tenantry.store.domain_people import names_in, rename_and_block, uses_of
from tenantry.store.notices import end_notice
from tenantry.store.people_write import addresses_in_use, taken_names
from tenantry.store.sign_ups import listing_of
from tenantry.store.tables import domains


@dataclass(frozen=True)
class AddedDomain:
    """A domain in its normal form. inherited: it is verified already, because what is above it is."""

    name: str
    inherited: bool


@command(Permission.DOMAIN_CHANGE)
async def add_domain(tx: Tx, viewer: Viewer, *, name: str, now: datetime) -> AddedDomain:
    """Puts a domain on the list, to be proven; below one that is proven, it is verified at once. name: as typed.

    Raises Refused with field "domain": "domain_invalid", "domain_shared", "domain_mail_service", "domain_there",
    "domains_too_many".
    """
    name = normal_domain(name)
    shown = as_read(name)
    if is_shared(name):
        raise Refused("domain_shared", Kind.INVALID, field="domain", domain=shown)
    if await listing_of(tx.db, name) is not None:
        raise Refused("domain_mail_service", Kind.INVALID, field="domain", domain=shown)
    await lock_admins(tx.db)
    known = set((await tx.db.execute(select(domains.c.name))).scalars())
    if name in known:
        raise Refused("domain_there", Kind.CONFLICT, field="domain", domain=shown)
    if len(known) >= MOST:
        raise Refused("domains_too_many", Kind.CONFLICT, field="domain", limit=MOST)
    await store.ask_proof(tx.db, viewer.tenant_id, name, now)
    inherited = await _inherit(tx, viewer, name, now)
    if not inherited:
        await tx.db.execute(update(domains).where(domains.c.name == name).values(check_at=now + WAITS[0]))
    tx.tell(shown)
    return AddedDomain(name, inherited)


async def _inherit(tx: Tx, viewer: Viewer, name: str, now: datetime) -> bool:
    """Whether a domain above is the tenant's, and nobody else has this one."""
    if not await store.any_proven(tx.db, parents(name)):
        return False
    if (await store.claim(tx.db, viewer.tenant_id, [name], now))[name] is not Outcome.PROVEN:
        return False
    await store.mark_verified(tx.db, [name], Method.INHERITED, now)
    return True


@command(Permission.DOMAIN_CHANGE)
async def make_default_domain(tx: Tx, viewer: Viewer, *, name: str, now: datetime) -> None:
    """New people get user names of this domain, unless another is chosen.

    Raises Refused: "domain_missing", "domain_unproven".
    """
    await lock_admins(tx.db)
    row = await require_domain(tx, name)
    if row.verified_at is None or not row.proven:
        raise Refused("domain_unproven", Kind.CONFLICT, domain=as_read(name))
    if not row.is_default:
        await tx.db.execute(update(domains).where(domains.c.is_default).values(is_default=False))
        await tx.db.execute(update(domains).where(domains.c.name == name).values(is_default=True))
        tx.tell(as_read(name))


@command(Permission.DOMAIN_CHANGE)
async def remove_domain(tx: Tx, viewer: Viewer, *, name: str, now: datetime) -> None:
    """Takes a domain off the list that nothing names any more; anybody can prove it then.

    Raises Refused: "domain_missing", "domain_initial", "domain_default", "domain_own", "domain_below",
    "domain_people".
    """
    await lock_admins(tx.db)
    uses = await uses_of(tx.db, viewer.user_id, await require_domain(tx, name))
    for hindrance in hindrances(uses):
        refuse(hindrance, name, uses)
    await _remove(tx, viewer, name, now)
    tx.tell(as_read(name))


def refuse(hindrance: Hindrance, name: str, uses: Uses) -> None:
    """Raises the refusal that a hindrance is."""
    shown = as_read(name)
    if hindrance is Hindrance.PEOPLE:
        raise Refused("domain_people", Kind.CONFLICT, domain=shown, count=uses.people)
    if hindrance is Hindrance.BELOW:
        raise Refused("domain_below", Kind.CONFLICT, domain=shown, below=[as_read(one) for one in uses.below])
    codes = {
        Hindrance.INITIAL: "domain_initial",
        Hindrance.DEFAULT: "domain_default",
        Hindrance.OWN: "domain_own",
    }
    raise Refused(codes[hindrance], Kind.CONFLICT, domain=shown)


async def _remove(tx: Tx, viewer: Viewer, name: str, now: datetime) -> None:
    await end_notice(tx.db, LAPSED, subject_of(name), now)
    await store.release(tx.db, viewer.tenant_id, name)


@dataclass(frozen=True)
class Forced:
    """How many people have another user name now and cannot sign in, and the operation that did it."""

    people: int
    operation_id: UUID


@command(Permission.DOMAIN_CHANGE)
async def force_remove_domain(tx: Tx, viewer: Viewer, *, name: str, typed: str, expected: int, now: datetime) -> Forced:
    """Removes a domain although people are called by it: they get user names of the initial domain, and are blocked.

    typed: the domain's name, as a confirmation. expected: how many people a preview named.
    Raises Refused: what `remove_domain` does but for "domain_people", "domain_force_many"; "domain_differs" (field
    "typed"), "forecast_stale", "last_global_admin".
    """
    await lock_admins(tx.db)
    uses = await uses_of(tx.db, viewer.user_id, await require_domain(tx, name))
    if not can_force(uses):
        _refuse_force(name, uses)
    if typed.strip().casefold() not in (name, as_read(name).casefold()):
        raise Refused("domain_differs", Kind.INVALID, field="typed", domain=as_read(name))
    if expected != uses.people:
        raise Refused("forecast_stale", Kind.CONFLICT)
    names = await names_in(tx.db, name, FORCED)
    initial = (await tx.db.execute(select(domains.c.name).where(domains.c.is_initial))).scalar_one()
    possible = candidates(names, initial)
    taken = await taken_names(tx.db, possible) | await addresses_in_use(tx.db, possible)
    await rename_and_block(tx.db, rename_all(names, initial, taken), now)
    await require_global_admin(tx.db)
    await _remove(tx, viewer, name, now)
    tx.tell(as_read(name), people=tuple(names)[:TOLD], count=len(names), renamed=f"@{as_read(initial)}")
    return Forced(len(names), tx.operation_id)


def _refuse_force(name: str, uses: Uses) -> None:
    """Raises why force is of no help; without anybody called by it, the ordinary removal will do."""
    for hindrance in hindrances(uses):
        if hindrance is not Hindrance.PEOPLE:
            refuse(hindrance, name, uses)
    if uses.people > FORCED:
        raise Refused("domain_force_many", Kind.CONFLICT, domain=as_read(name), limit=FORCED)
    raise Refused("forecast_stale", Kind.CONFLICT)
