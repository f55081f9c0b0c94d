"""Deleted people restored: under a name that is free, with a new password, with their licenses where seats are free."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.catalog import Catalog
from tenantry.domain.domains import domain_part
from tenantry.domain.leaving import KEPT, Homecoming, not_again, plan_homecoming, type_had, who_fails
from tenantry.domain.people import Person, check_person, user_key
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store import leavers, licenses, own_accounts
from tenantry.store.catalog import load_catalog
from tenantry.store.people_write import taken_names, verified_domains
from tenantry.store.subscriptions import lock_pools
from tenantry.store.tables import operation_faults, users
from tenantry.words.countries import country_codes


@dataclass(frozen=True)
class Missing:
    """A license that could not be had again, and why: a code of `words.refusals` with its places."""

    user_id: UUID
    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Restored:
    """Who is back, who has a new password, and why the others are not back: by id, a code with its places.

    assigned: licenses by name of product. echo: of the call that did it; a repeated one gets the first one's.
    """

    operation_id: UUID
    people: tuple[UUID, ...]
    signed_in: tuple[UUID, ...] = ()
    failed: tuple[Missing, ...] = ()
    assigned: dict[str, int] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    echo: str = ""


@command(Permission.USER_DELETE)
async def restore_people(
    tx: Tx,
    viewer: Viewer,
    *,
    user_ids: tuple[UUID, ...],
    now: datetime,
    renames: Mapping[UUID, str] | None = None,
    password_hashes: Mapping[UUID, str] | None = None,
    wanted: Collection[UUID] | None = None,
    echo: str = "",
) -> Restored:
    """Brings back those who were deleted within thirty days and whose user name is free; the others are told.

    Nobody signs in before they have a new password. Roles are not given back.
    renames: other user names, where the old one is in use. password_hashes: for members; who is not among them
    cannot sign in yet. wanted: the products to assign again to those who had them; None for all they had.

    Raises Refused: "deleted_missing" if one of them is not there, "permission_missing".
    """
    if password_hashes:
        viewer.require(Permission.PASSWORD_RESET)
    if wanted is None or wanted:
        viewer.require(Permission.LICENSE_ASSIGN)
    people, new_names = await _deleted(tx, user_ids, now), dict(renames or {})
    failed = await _failing(tx, people, new_names)
    back = tuple(user_id for user_id in people if user_id not in failed)
    hashes = {user_id: hash for user_id, hash in (password_hashes or {}).items() if user_id in back}
    had = await _had(tx, back, wanted)
    await leavers.rename(tx.db, {user_id: name for user_id, name in new_names.items() if user_id in back})
    await own_accounts.reopen(tx.db, tuple(hashes))
    await leavers.bring_back(tx.db, back)
    signed_in = await own_accounts.give_passwords(tx.db, viewer.tenant_id, hashes, now) if hashes else ()
    assigned, missing = await _give_again(tx, had, now) if had else ({}, ())
    if back:
        subject = people[back[0]].display_name if len(back) == 1 else str(len(back))
        tx.tell(subject, people=back, count=len(back), assigned=assigned)
    return Restored(tx.operation_id, back, tuple(signed_in), tuple(failed.values()), assigned, missing, echo)


async def _deleted(tx: Tx, user_ids: tuple[UUID, ...], now: datetime) -> dict[UUID, Any]:
    """The rows of the deleted, by id, kept from others meanwhile."""
    facts = (users.c.id, users.c.kind, users.c.user_name, users.c.display_name)
    kept = select(*facts).where(leavers.these(user_ids), users.c.deleted_at > now - KEPT)
    found = {row.id: row for row in await tx.db.execute(kept.order_by(users.c.id).with_for_update())}
    if not found or len(found) < len(set(user_ids)):
        raise Refused("deleted_missing", Kind.MISSING)
    return found


async def _failing(tx: Tx, people: Mapping[UUID, Any], renames: Mapping[UUID, str]) -> dict[UUID, Missing]:
    """Who cannot come back under their old or new user name, and why."""
    names = {user_id: renames.get(user_id, row.user_name).strip() for user_id, row in people.items()}
    keys = {user_id: user_key(name) for user_id, name in names.items()}
    members = {user_id: key for user_id, key in keys.items() if people[user_id].kind == "member"}
    elsewhere = await own_accounts.taken_addresses(tx.db, members)
    clashes = who_fails(keys, await taken_names(tx.db, list(keys.values())), elsewhere)
    failing = {user_id: Missing(user_id, code, {}) for user_id, code in clashes.items()}
    domains = await verified_domains(tx.db)
    for user_id in members.keys() - renames.keys():
        if (domain := domain_part(names[user_id])) not in domains:  # it was removed meanwhile
            failing[user_id] = Missing(user_id, "domain_unknown", {"domain": domain})
    for user_id in renames.keys() & people.keys():
        person, own = people[user_id], {keys[user_id].rpartition("@")[2]}
        allowed = domains if person.kind == "member" else own
        wrong = check_person(
            Person(names[user_id], person.display_name), domains=allowed, country_codes=country_codes()
        )
        for _, code, params in wrong[:1]:
            failing[user_id] = Missing(user_id, code, dict(params))
    return failing


async def _had(tx: Tx, user_ids: tuple[UUID, ...], wanted: Collection[UUID] | None) -> dict[UUID, type_had]:
    """The licenses to give again, with apps off that the product still has."""
    if not user_ids or (wanted is not None and not wanted):
        return {}
    had, catalog = await leavers.licenses_had(tx.db, user_ids), await load_catalog(tx.db)
    kept = {user_id: _still(products, catalog, wanted) for user_id, products in had.items()}
    return {user_id: products for user_id, products in kept.items() if products}


def _still(products: type_had, catalog: Catalog, wanted: Collection[UUID] | None) -> type_had:
    return {
        sku_id: off & catalog.products[sku_id].plan_ids
        for sku_id, off in products.items()
        if sku_id in catalog.products and (wanted is None or sku_id in wanted)
    }


async def _give_again(
    tx: Tx, had: Mapping[UUID, type_had], now: datetime
) -> tuple[dict[str, int], tuple[Missing, ...]]:
    """Assigns what seats are free for, people who had the same as one set. Returns what was given and what was not."""
    catalog, pools = await load_catalog(tx.db), await lock_pools(tx.db, None, now)
    plan = plan_homecoming(had, {sku_id: seats.free for sku_id, seats in pools.items()})
    assigned: dict[str, int] = {}
    for wish, people in plan.wishes:
        stamp = licenses.Stamp(tx.operation_id, now)
        given = await licenses.give(tx.db, Selection(ids=people), wish, stamp, all_or_none=False)
        for name, count in given.facts["assigned"].items():
            assigned[name] = assigned.get(name, 0) + count
    return assigned, (*_without_seat(plan, catalog, pools), *await _faults(tx))


def _without_seat(plan: Homecoming, catalog: Catalog, owned: Collection[UUID]) -> list[Missing]:
    found = []
    for user_id, products in plan.missing.items():
        for sku_id in products:
            why = not_again(catalog.products[sku_id].name, owned=sku_id in owned)
            found.append(Missing(user_id, why.code, dict(why.params)))
    return found


async def _faults(tx: Tx) -> list[Missing]:
    """Those whom the rules refused what they had before."""
    told = select(operation_faults.c.user_id, operation_faults.c.code, operation_faults.c.params)
    rows = await tx.db.execute(told.where(operation_faults.c.operation_id == tx.operation_id))
    return [Missing(row.user_id, row.code, row.params) for row in rows]
