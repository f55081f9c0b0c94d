"""One wish carried out for a selection, under the pools' locks: what giving licenses and adding people share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, related_skus
from tenantry.domain.licenses import Outcome, Wish, check_wish
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Kind, Refused
from tenantry.store.catalog import load_catalog
from tenantry.store.licenses.forecast import Forecast, forecast
from tenantry.store.licenses.lines import lines
from tenantry.store.licenses.write import Stamp, Written, apply
from tenantry.store.pools import after_change
from tenantry.store.subscriptions import lock_pools, move_consumed
from tenantry.store.tables import users


@dataclass(frozen=True)
class Given:
    """What was decided and what was written."""

    plan: Forecast
    written: Written

    @property
    def facts(self) -> dict[str, Any]:
        """What the audit log tells of it: names and how many. Products of one name are told together."""
        plans = self.plan.catalog.plans
        switched: dict[str, frozenset[UUID]] = {}
        for sku_id, off in self.plan.wish.assign.items():
            if off:
                name = self._name(sku_id)
                switched[name] = switched.get(name, frozenset()) | off
        return {
            "assigned": self._by_name(self.written.gains),
            "removed": self._by_name(self.written.losses),
            "switched_off": {name: sorted(plans[plan].friendly_name for plan in off) for name, off in switched.items()},
        }

    def _name(self, sku_id: UUID) -> str:
        return self.plan.catalog.products[sku_id].name

    def _by_name(self, counts: Mapping[UUID, int]) -> dict[str, int]:
        told: dict[str, int] = {}
        for sku_id, count in counts.items():
            told[self._name(sku_id)] = told.get(self._name(sku_id), 0) + count
        return told


async def give(
    tx: AsyncConnection,
    selection: Selection,
    wish: Wish,
    stamp: Stamp,
    *,
    all_or_none: bool,
    expected: tuple[int, int, int] | None = None,
) -> Given:
    """Locks, forecasts, writes and moves the counters. `commands.assign_licenses` says what the arguments mean.

    Raises Refused: what `check_wish` raises, "nobody_selected", "people_gone", "forecast_stale",
    "assignment_refused" (with `people`: id, name, code, params each).
    """
    catalog = await load_catalog(tx)
    seats = await lock_pools(tx, _pools(wish, catalog), stamp.now)
    check_wish(wish, catalog, frozenset(seats))
    plan = await forecast(tx, selection, wish, catalog, seats)
    _check_people(plan, selection, expected)
    if all_or_none and plan.outcomes[2]:
        raise Refused("assignment_refused", Kind.CONFLICT, people=await _refused_people(tx, plan))
    written = await apply(tx, plan, stamp)
    if written.gains != plan.gains or written.losses != plan.losses:
        raise Refused("forecast_stale", Kind.CONFLICT)
    await move_consumed(tx, written.moves, seats)
    if short := [sku_id for sku_id in written.losses if seats[sku_id].short]:
        await after_change(tx, short, stamp.now)
    return Given(plan, written)


def _pools(wish: Wish, catalog: Catalog) -> frozenset[UUID] | None:
    """Whose locks are needed: every product whose licenses the verdict looks at."""
    return None if wish.remove_others else related_skus(catalog, wish.products)


def _check_people(plan: Forecast, selection: Selection, expected: tuple[int, int, int] | None) -> None:
    named = len(set(selection.ids)) if selection.ids is not None else None
    if plan.people == 0 or (named is not None and named != plan.people):
        raise Refused("nobody_selected" if not plan.people else "people_gone", Kind.MISSING)
    if expected is not None and expected != plan.outcomes:
        raise Refused("forecast_stale", Kind.CONFLICT)


async def _refused_people(tx: AsyncConnection, plan: Forecast) -> list[dict[str, Any]]:
    """Everyone who must be refused, by name, each with every reason."""
    found: list[dict[str, Any]] = []
    for line in lines(plan):
        if line.outcome is Outcome.REFUSED:
            named = select(users.c.id, users.c.display_name).where(users.c.id.in_(line.ids))
            for person in await tx.execute(named.order_by(users.c.sort_en_nl, users.c.id)):
                found += [
                    {"id": person.id, "name": person.display_name, "code": refusal.code, "params": dict(refusal.params)}
                    for refusal in line.refusals
                ]
    return found
