"""Licenses given, switched and taken: for one person, twenty, or everybody a filter matches."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.catalog import Catalog, related_skus
from tenantry.domain.licenses import Outcome, Wish, check_wish
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store import licenses as store
from tenantry.store.catalog import load_catalog
from tenantry.store.subscriptions import lock_pools, move_consumed
from tenantry.store.tables import users


@dataclass(frozen=True)
class Assigned:
    """What an assignment came to, in people, and the seats that moved (by product id)."""

    operation_id: UUID
    changed: int
    unchanged: int
    refused: int
    gained: dict[UUID, int] = field(default_factory=dict)
    lost: dict[UUID, int] = field(default_factory=dict)


@command(Permission.LICENSE_ASSIGN)
async def assign_licenses(
    tx: Tx,
    viewer: Viewer,
    *,
    selection: Selection,
    wish: Wish,
    all_or_none: bool,
    now: datetime,
    expected: tuple[int, int, int] | None = None,
) -> Assigned:
    """Gives, switches and takes licenses as `wish` says, for the people of `selection`.

    all_or_none: refuse everything if one person must be refused, naming all who must; otherwise those
    who can get it do, and the rest have a fault row on the operation.
    expected: (changed, unchanged, refused) as a preview promised; refused if it has come to differ.

    Raises Refused: "product_not_owned", "product_for_company", "plan_not_in_product", "wish_contradicts",
    "nobody_selected", "forecast_stale", "assignment_refused" (with `people`: name, code, params each).
    """
    catalog = await load_catalog(tx.db)
    seats = await lock_pools(tx.db, _pools(wish, catalog), now)
    check_wish(wish, catalog, frozenset(seats))
    plan = await store.forecast(tx.db, selection, wish, catalog, seats)
    _check_people(plan, selection, expected)
    if all_or_none and plan.outcomes[2]:
        raise Refused("assignment_refused", Kind.CONFLICT, people=await _refused_people(tx, plan, catalog))

    written = await store.apply(tx.db, plan, store.Stamp(tx.operation_id, now))
    if written.gains != plan.gains or written.losses != plan.losses:
        raise Refused("forecast_stale", Kind.CONFLICT)
    await move_consumed(tx.db, written.moves, seats)

    changed, unchanged, refused = plan.outcomes
    answer = Assigned(tx.operation_id, changed, unchanged, refused, dict(written.gains), dict(written.losses))
    if answer.changed or answer.refused:
        tx.tell(await _subject(tx, plan), **_facts(answer, wish, catalog))
    return answer


def _pools(wish: Wish, catalog: Catalog) -> frozenset[UUID] | None:
    """Whose locks are needed: every product whose licenses the verdict looks at."""
    return None if wish.remove_others else related_skus(catalog, wish.products)


def _check_people(plan: store.Forecast, selection: Selection, expected: tuple[int, int, int] | None) -> None:
    named = len(set(selection.ids)) if selection.ids is not None else None
    if plan.people == 0 or (named is not None and named != plan.people):
        raise Refused("nobody_selected" if not plan.people else "people_gone", Kind.MISSING)
    if expected is not None and expected != plan.outcomes:
        raise Refused("forecast_stale", Kind.CONFLICT)


async def _refused_people(tx: Tx, plan: store.Forecast, catalog: Catalog) -> list[dict[str, Any]]:
    """Everyone who must be refused, by name, each with every reason."""
    found: list[dict[str, Any]] = []
    for line in store.lines(plan, catalog):
        if line.outcome is Outcome.REFUSED:
            named = select(users.c.id, users.c.display_name).where(users.c.id.in_(line.ids))
            for person in await tx.db.execute(named.order_by(users.c.sort_en_nl, users.c.id)):
                found += [
                    {"id": person.id, "name": person.display_name, "code": refusal.code, "params": dict(refusal.params)}
                    for refusal in line.refusals
                ]
    return found


async def _subject(tx: Tx, plan: store.Forecast) -> str:
    """The person's name if it is one person; the number of people otherwise."""
    ids = plan.selection.ids
    if ids is None or len(ids) != 1:
        return str(plan.people)
    return str((await tx.db.execute(select(users.c.display_name).where(users.c.id == ids[0]))).scalar_one())


def _facts(answer: Assigned, wish: Wish, catalog: Catalog) -> dict[str, Any]:
    switched = {
        catalog.products[sku_id].name: sorted(catalog.plans[plan].friendly_name for plan in off)
        for sku_id, off in wish.assign.items()
        if off
    }
    return {
        "assigned": {catalog.products[s].name: n for s, n in answer.gained.items()},
        "removed": {catalog.products[s].name: n for s, n in answer.lost.items()},
        "switched_off": switched,
        "changed": answer.changed,
        "unchanged": answer.unchanged,
        "refused": answer.refused,
    }
