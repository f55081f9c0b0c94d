"""Many people at once, seen before: what would become of whom, without changing anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, literal, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.queries.frame import query
from tenantry.queries.manage_licenses import Chosen, find_chosen
from tenantry.queries.users import Suggestion
from tenantry.store.admins import out_of_reach
from tenantry.store.people import selected
from tenantry.store.tables import users

NAMED = 8  # people of a group who are named


@dataclass(frozen=True)
class Group:
    """People of a selection with the same outcome: how many, and the first by name. ids: all, if they were ticked."""

    count: int
    people: tuple[Suggestion, ...]
    ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Grouped:
    """A selection, and its people by what would become of them: outcome -> group, in the order asked; none is empty."""

    chosen: Chosen
    groups: Mapping[str, Group]

    def count(self, outcome: str) -> int:
        return self.groups[outcome].count if outcome in self.groups else 0


async def group_people(
    tx: AsyncConnection, viewer: Viewer, selection: Selection, outcomes: Mapping[str, ColumnElement[bool]]
) -> Grouped:
    """Everybody of `selection` under the first of `outcomes` whose condition holds; the last must hold for the rest.

    As many statements for one as for a million; of those, only the first of each group come into memory.
    """
    chosen = await find_chosen(tx, viewer, selection)
    if not chosen.count:
        return Grouped(chosen, {})
    outcome = case(*((holds, literal(name)) for name, holds in outcomes.items()))
    ticked = [] if selection.ids is None else [func.array_agg(users.c.id)]
    counted = select(outcome, func.count(), *ticked).where(selected(selection)).group_by(outcome)
    found = {name: (count, tuple(*ids)) for name, count, *ids in await tx.execute(counted)}
    names = await _first(tx, viewer, selection, {name: outcome == name for name in found})
    groups = {name: Group(found[name][0], names[name], found[name][1]) for name in outcomes if name in found}
    return Grouped(chosen, groups)


async def _first(
    tx: AsyncConnection, viewer: Viewer, selection: Selection, groups: Mapping[str, ColumnElement[bool]]
) -> dict[str, tuple[Suggestion, ...]]:
    """The first people of each group, in the viewer's order."""
    key = users.c[alphabet_of(viewer.language)]
    facts = (users.c.id, users.c.display_name, users.c.user_name, users.c.kind)
    parts = [
        select(literal(name).label("name"), *facts, key.label("key"))
        .where(selected(selection), holds)
        .order_by(key, users.c.id)
        .limit(NAMED)
        .subquery()
        for name, holds in groups.items()
    ]
    rows = sorted(await tx.execute(union_all(*map(select, parts))), key=lambda row: (row.key, row.id))
    return {name: tuple(Suggestion(*row[1:5]) for row in rows if row.name == name) for name in groups}


@query(Permission.USER_LOCATION)
async def preview_location(tx: AsyncConnection, viewer: Viewer, *, selection: Selection, country: str) -> Grouped:
    """What `set_usage_location` would do: "has_it" and "will"."""
    outcomes = {"has_it": users.c.usage_location.is_not_distinct_from(country), "will": true()}
    return await group_people(tx, viewer, selection, outcomes)


@query(Permission.USER_BLOCK)
async def preview_block(tx: AsyncConnection, viewer: Viewer, *, selection: Selection, blocked: bool) -> Grouped:
    """What `block_people` would do: "oneself" and "out_of_reach" are left out, "has_it", and "will"."""
    outcomes = {
        "oneself": users.c.id == literal(viewer.user_id, users.c.id.type),
        "out_of_reach": out_of_reach(viewer),
        "has_it": users.c.blocked_at.is_not(None) if blocked else users.c.blocked_at.is_(None),
        "will": true(),
    }
    return await group_people(tx, viewer, selection, outcomes)
