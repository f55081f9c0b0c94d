"""Many people added at once, with a sign-in and licenses for all of them: a long operation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tenantry.commands.frame import TOLD, Tx, command
from tenantry.domain.licenses import Wish
from tenantry.domain.newcomers import NotAdded, PeopleAdded
from tenantry.domain.people import check_person
from tenantry.domain.people_drafts import name_fault
from tenantry.domain.people_files import PersonRow
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.store import licenses, people_write
from tenantry.store.own_accounts import give_passwords
from tenantry.words.countries import country_codes


@command(Permission.USER_ADD)
async def add_people(
    tx: Tx,
    viewer: Viewer,
    *,
    rows: Sequence[PersonRow],
    now: datetime,
    password_hashes: Mapping[int, str] | None = None,
    wish: Wish | None = None,
) -> PeopleAdded:
    """Members as a file has them. Whose user name was taken since, or who no longer fits, is told and left out.

    password_hashes: of `kit.passwords`, by line; whoever is among them signs in and then changes it. wish: licenses
    for everybody; whom the rules or the seats leave out is added without.

    Raises Refused: "permission_missing", and for a wish that is wrong for everybody what `check_wish` raises.
    """
    if wish is not None:
        viewer.require(Permission.LICENSE_ASSIGN)
    failed = await _failing(tx, rows)
    fine = [row for row in rows if row.line not in failed]
    if not fine:
        return PeopleAdded(tx.operation_id, {}, failed, {}, {})
    people = [row.person for row in fine]
    ids = await people_write.insert_people(tx.db, viewer.tenant_id, people, "member", now)
    added = dict(zip((row.line for row in fine), ids, strict=True))
    hashes = {added[line]: hash for line, hash in (password_hashes or {}).items() if line in added}
    if hashes:
        await give_passwords(tx.db, viewer.tenant_id, hashes, now)
    facts, short = await _license(tx, ids, wish, now) if wish is not None else ({}, {})
    subject = people[0].display_name if len(people) == 1 else str(len(people))
    tx.tell(subject, ids[:TOLD], count=len(people), failed=len(failed), **facts)
    return PeopleAdded(tx.operation_id, added, failed, facts.get("assigned", {}), short)


async def _failing(tx: Tx, rows: Sequence[PersonRow]) -> dict[int, NotAdded]:
    """Who cannot be added any more, by line."""
    keys = [row.person.key for row in rows]
    domains = await people_write.verified_domains(tx.db)
    taken = await people_write.taken_names(tx.db, keys)
    elsewhere = await people_write.addresses_in_use(tx.db, keys)
    failing = {}
    for row in rows:
        if fault := name_fault(row, taken, elsewhere):
            failing[row.line] = NotAdded(fault.code, fault.params)
        for wrong in check_person(row.person, domains=domains, country_codes=country_codes())[:1]:
            failing[row.line] = NotAdded(wrong.code, dict(wrong.params))
    return failing


async def _license(tx: Tx, ids: Sequence[UUID], wish: Wish, now: datetime) -> tuple[dict[str, Any], dict[str, int]]:
    """Gives everybody what the seats and the rules allow: what to tell of it, and the seats that were missing."""
    stamp = licenses.Stamp(tx.operation_id, now)
    given = await licenses.give(tx.db, Selection(ids=tuple(ids)), wish, stamp, all_or_none=False)
    products = given.plan.catalog.products
    short: dict[str, int] = {}
    for sku_id, count in given.plan.short.items():
        short[products[sku_id].name] = short.get(products[sku_id].name, 0) + count
    facts = given.facts
    return {"assigned": facts["assigned"], "switched_off": facts["switched_off"]}, short
