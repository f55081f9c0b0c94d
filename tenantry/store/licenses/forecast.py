"""What a wish would come to for a set of people: profiles, verdicts, and who the seats reach."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Subquery, Text, and_, any_, false, func, literal, not_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, related_skus
from tenantry.domain.licenses import Outcome, Profile, Verdict, Wish, decide, hand_out
from tenantry.domain.selections import Selection
from tenantry.domain.subscriptions import Seats
from tenantry.store.licenses.people import key, key_of, parse_held, profiled


@dataclass(frozen=True)
class Group:
    """The people of one profile: how many, and what the rules say of them."""

    profile: Profile
    key: str
    people: int
    verdict: Verdict

    @cached_property
    def skus(self) -> frozenset[UUID]:
        return frozenset(held.sku_id for held in self.profile.held)

    @property
    def needs_seat(self) -> bool:
        return bool(self.verdict.gains) and not self.verdict.refusals


@dataclass(frozen=True)
class Forecast:
    """What a wish would come to for a selection, at one moment, under one state of the pools.

    skus: the products that the profiles tell of; None for every product.
    gains, losses: licenses that begin and end, per product.
    short: seats missing per product; then `waiting` people get nothing, and they are
    cut: from which user id on nobody gets a seat (all who need seats need the same ones), or
    left_out: the same as a set, when people need different seats.
    """

    selection: Selection
    wish: Wish
    catalog: Catalog
    seats: Mapping[UUID, Seats]
    skus: frozenset[UUID] | None
    groups: tuple[Group, ...]
    gains: Mapping[UUID, int]
    losses: Mapping[UUID, int]
    short: Mapping[UUID, int] = field(default_factory=dict)
    waiting: int = 0
    cut: UUID | None = None
    left_out: frozenset[UUID] = frozenset()

    @property
    def people(self) -> int:
        return sum(group.people for group in self.groups)

    @property
    def outcomes(self) -> tuple[int, int, int]:
        """People changed, unchanged, refused; those whom the seats do not reach count as refused."""
        counts = {o: sum(g.people for g in self.groups if g.verdict.outcome is o) for o in Outcome}
        changed, unchanged, refused = counts.values()
        return changed - self.waiting, unchanged, refused + self.waiting

    def among(self, people: Subquery, some: Collection[Group], of: Collection[Group]) -> ColumnElement[bool]:
        """The person is of one of `some` groups, known to be of one `of` these; true where that says it."""
        if len(some) == len(of):
            return true()
        told = profiled(self.selection, self.skus)
        theirs = key(told) == any_(literal([group.key for group in some], ARRAY(Text)))
        # Once, and not anew for every person, whatever the planner guesses of their number.
        ids = select(told.c.id).where(theirs).cte().prefix_with("MATERIALIZED")
        return people.c.id.in_(select(ids.c.id))

    def waits(self, people: Subquery, of: Collection[Group]) -> ColumnElement[bool]:
        """The person, known to be of one `of` these groups, is left without a seat."""
        if self.left_out:
            return people.c.id == func.any(list(self.left_out))
        needy = [group for group in of if group.needs_seat]
        if self.cut is None or not needy:
            return false()
        return and_(people.c.id >= self.cut, self.among(people, needy, of))

    def served(self, people: Subquery, of: Collection[Group]) -> ColumnElement[bool]:
        return not_(self.waits(people, of)) if self.waiting else true()


async def forecast(
    tx: AsyncConnection, selection: Selection, wish: Wish, catalog: Catalog, seats: Mapping[UUID, Seats]
) -> Forecast:
    """Profiles the people, decides once per profile and hands out the seats. Writes nothing."""
    skus = _profiled_skus(wish, catalog, seats)
    people = profiled(selection, skus)
    facts = (people.c.kind, people.c.usage_location, people.c.held)
    profiles = select(*facts, func.count().label("people")).group_by(*facts).order_by(*facts)
    groups = []
    for kind, location, held, count in await tx.execute(profiles):
        profile = Profile(kind, location, parse_held(held))
        groups.append(Group(profile, key_of(kind, location, held), count, decide(profile, wish, catalog)))
    gains = _tally(groups, lambda verdict: verdict.gains)
    losses = _tally(groups, lambda verdict: verdict.losses)
    plan = Forecast(selection, wish, catalog, seats, skus, tuple(groups), gains, losses)
    short = {s: n - seats[s].free for s, n in gains.items() if n > seats[s].free}
    return await _share(tx, replace(plan, short=short)) if short else plan


def _profiled_skus(wish: Wish, catalog: Catalog, seats: Mapping[UUID, Seats]) -> frozenset[UUID] | None:
    """The products that bear on the wish and that somebody holds."""
    if wish.remove_others:
        return None
    return frozenset(s for s in related_skus(catalog, wish.products) & seats.keys() if seats[s].consumed)


def _tally(groups: Iterable[Group], part: Callable[[Verdict], frozenset[UUID]]) -> dict[UUID, int]:
    """Licenses of one part of the verdicts, per product."""
    tally: dict[UUID, int] = {}
    for group in groups:
        for sku_id in part(group.verdict) if not group.verdict.refusals else ():
            tally[sku_id] = tally.get(sku_id, 0) + group.people
    return tally


async def _share(tx: AsyncConnection, plan: Forecast) -> Forecast:
    """The plan with too few seats: who is served, in order of user id."""
    people = profiled(plan.selection, plan.skus)
    needs = {group.key: group.verdict.gains for group in plan.groups if group.needs_seat}
    needy = plan.among(people, [group for group in plan.groups if group.needs_seat], plan.groups)
    queue = select(people.c.id, key(people).label("key")).where(needy).order_by(people.c.id)
    free = {sku_id: plan.seats[sku_id].free for sku_id in plan.gains}
    if len(set(needs.values())) == 1:
        first_late = (await tx.execute(queue.offset(min(free.values())).limit(1))).one()
        waiting = max(plan.gains.values()) - min(free.values())
        shared = replace(plan, waiting=waiting, cut=first_late.id)
        gains = {s: n - waiting for s, n in plan.gains.items()}
    else:
        rows = [(row.id, needs[row.key]) for row in await tx.execute(queue)]
        left_out = frozenset(hand_out(rows, free))
        shared = replace(plan, waiting=len(left_out), left_out=left_out)
        gains = {s: sum(s in need for user, need in rows if user not in left_out) for s in plan.gains}
    return replace(shared, gains=gains, losses=await _losses_of_served(tx, shared) if plan.losses else {})


async def _losses_of_served(tx: AsyncConnection, plan: Forecast) -> dict[UUID, int]:
    """Licenses that end, when some people keep what they have because their new seat is missing."""
    people = profiled(plan.selection, plan.skus)
    profile = key(people)  # once: two of the same would be two sets of parameters to the database
    served = select(profile, func.count()).where(plan.served(people, plan.groups)).group_by(profile)
    counts = {row[0]: row[1] for row in await tx.execute(served)}
    groups = (replace(group, people=counts.get(group.key, 0)) for group in plan.groups)
    return _tally(groups, lambda verdict: verdict.losses)
