"""The engine's sets against a naive model that licenses one person at a time."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from tenantry.domain.catalog import Product
from tenantry.domain.licenses import Held, Outcome, Profile, Wish, check_wish, decide
from tenantry.domain.selections import Selection, UserFilter
from tenantry.kit.ids import new_id
from tenantry.store.catalog import load_catalog
from tenantry.store.database import Database
from tenantry.store.licenses import Forecast, Stamp, apply, forecast, lines
from tenantry.store.licenses.people import parse_held
from tenantry.store.subscriptions import lock_pools, move_consumed
from tenantry.store.tables import license_history, operation_faults, operations, seat_pools, subscriptions, users
from tests.cast import (
    ARCHIVING,
    BASIC,
    BOARD,
    CATALOG,
    DAY,
    LOOKOUT,
    NORTHWIND,
    NOW,
    PHONES,
    PREMIUM,
)
from tests.conftest import type_run
from tests.world import Tenant, held, inherit, make_pool, make_tenant, make_users

engine = import_module("tenantry.store.licenses.forecast")  # its package has a function of that name
SOLD = (BASIC, PREMIUM, ARCHIVING, PHONES, BOARD, LOOKOUT)
CROWD = 6  # people of each profile at the start
PROFILES = (("member", "DK"), ("member", None), ("member", "CN"), ("guest", "SE"))
type_held = dict[tuple[UUID, UUID], frozenset[UUID] | None]


async def carry_out(
    db: Database, tenant_id: UUID, selection: Selection, wish: Wish, now: datetime = NOW
) -> tuple[UUID, Forecast]:
    """What `commands.assign_licenses` does between its checks: lock, forecast, write, move."""
    operation_id = new_id()
    async with db.transaction(tenant_id) as tx:
        catalog = await load_catalog(tx)
        seats = await lock_pools(tx, None, now)
        plan = await forecast(tx, selection, wish, catalog, seats)
        told = lines(plan)
        for line in told:
            ids = (await tx.execute(line.ids)).scalars().all()
            assert len(ids) == len(set(ids)) == line.people
        assert _summed(told) == plan.outcomes
        written = await apply(tx, plan, Stamp(operation_id, now))
        assert (written.gains, written.losses) == (plan.gains, plan.losses)
        await move_consumed(tx, written.moves, seats)
        told_of = {"command": "test", "actor_name": "test", "via": "test", "subject": "", "facts": {}, "at": now}
        await tx.execute(insert(operations).values(tenant_id=tenant_id, id=operation_id, **told_of))
    return operation_id, plan


def _summed(told: list[Any]) -> tuple[int, ...]:
    return tuple(sum(line.people for line in told if line.outcome is outcome) for outcome in Outcome)


# The model


@dataclass
class Someone:
    """A person of the model, with what they hold: product -> (direct switches or None, inherited)."""

    id: UUID
    kind: str
    location: str | None
    held: dict[UUID, tuple[frozenset[UUID] | None, bool]] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        return Profile(self.kind, self.location, tuple(Held(s, *paths) for s, paths in sorted(self.held.items())))


@dataclass
class Bought:
    """A subscription of the model. It does not renew."""

    id: UUID
    sku_id: UUID
    seats: int
    ends_at: datetime


class Model:
    """One person after the other, in the order of their ids; a seat at a time."""

    def __init__(self) -> None:
        self.people: dict[UUID, Someone] = {}
        self.bought: list[Bought] = []
        self.ended = 0

    def enabled(self, sku_id: UUID, now: datetime) -> int:
        return sum(one.seats for one in self.bought if one.sku_id == sku_id and now < one.ends_at)

    def consumed(self, sku_id: UUID) -> int:
        return sum(sku_id in someone.held for someone in self.people.values())

    def carry_out(self, ids: list[UUID], wish: Wish, now: datetime) -> tuple[dict[Outcome, int], set[UUID]]:
        """Does it. Returns how many people came out how, and who was refused."""
        counts = dict.fromkeys(Outcome, 0)
        refused: set[UUID] = set()
        free = {p.sku_id: max(0, self.enabled(p.sku_id, now) - self.consumed(p.sku_id)) for p in SOLD}
        for user_id in sorted(ids):
            someone = self.people[user_id]
            verdict = decide(someone.profile, wish, CATALOG)
            outcome = verdict.outcome
            if outcome is Outcome.CHANGED and not all(free[s] > 0 for s in verdict.gains):
                outcome = Outcome.REFUSED
            counts[outcome] += 1
            if outcome is Outcome.REFUSED:
                refused.add(user_id)
            elif outcome is Outcome.CHANGED:
                for sku_id in verdict.gains:
                    free[sku_id] -= 1
                    someone.held[sku_id] = (wish.assign[sku_id], False)
                for sku_id in verdict.changes:
                    someone.held[sku_id] = (wish.assign[sku_id], someone.held[sku_id][1])
                for sku_id in verdict.losses:
                    del someone.held[sku_id]
                self.ended += len(verdict.losses) + len(verdict.changes)
        return counts, refused

    @property
    def rows(self) -> type_held:
        return {(one.id, sku_id): paths[0] for one in self.people.values() for sku_id, paths in one.held.items()}


# The machine

products = st.sampled_from(SOLD)


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """Any wish that is in order: assign some, remove others, replace, unassign all, switch apps."""
    wanted = draw(st.lists(products, unique=True, max_size=3))
    cut = draw(st.integers(0, len(wanted)))
    assign = {p.sku_id: draw(st.frozensets(st.sampled_from(sorted(p.plan_ids)), max_size=2)) for p in wanted[:cut]}
    wish = Wish(assign, frozenset(p.sku_id for p in wanted[cut:]), draw(st.booleans()), draw(st.booleans()))
    check_wish(wish, CATALOG, frozenset(p.sku_id for p in SOLD))
    return wish


# Two products that nothing forbids: whoever holds one already needs other seats than the rest, and seats run out.
pairs = st.permutations([BOARD, BASIC, LOOKOUT]).map(lambda three: Wish({p.sku_id: frozenset() for p in three[:2]}))


class Licensing(RuleBasedStateMachine):
    """Random wishes for random people while seats come, go and run out. Its world is a tenant of its own."""

    db: Database
    run: type_run

    def __init__(self) -> None:
        super().__init__()
        self.model, self.now = Model(), NOW

    @initialize(seats=st.lists(st.integers(1, 12), min_size=len(SOLD), max_size=len(SOLD)))
    def begin(self, seats: list[int]) -> None:
        self.run(self._begin(seats))

    async def _begin(self, seats: list[int]) -> None:
        self.tenant = await make_tenant(self.db, "model", ())
        for kind, location in PROFILES:
            ids = await make_users(self.db, self.tenant.id, CROWD, kind=kind, location=location)
            self.model.people |= {user_id: Someone(user_id, kind, location) for user_id in ids}
        for product, count in zip(SOLD, seats, strict=True):
            await self._buy(product, count, 30)
        for product in (BASIC, BOARD):
            first = sorted(self.model.people)[:: len(PROFILES)][:1]
            await inherit(self.db, self.tenant.id, product, *first)
            self.model.people[first[0]].held[product.sku_id] = (None, True)
        some = sorted(self.model.people)[::6]  # so that people need different seats from the start
        await self._wish_for(Selection(ids=tuple(some)), some, wish_of(BOARD))

    async def _buy(self, product: Product, seats: int, days: int) -> None:
        ends_at = self.now + days * DAY
        period = {"starts_at": self.now, "ends_at": ends_at, "recurring": False}
        bought = await make_pool(self.db, self.tenant.id, product, seats, **period)
        self.model.bought.append(Bought(bought, product.sku_id, seats, ends_at))

    @rule(
        wish=wishes() | pairs,
        part=st.integers(1, 4),
        start=st.integers(0, 30),
        everybody=st.sampled_from(["", "", "member", "guest"]),
    )
    def wish_for(self, wish: Wish, part: int, start: int, everybody: str) -> None:
        ids = sorted(self.model.people)
        if everybody:
            chosen = [user_id for user_id in ids if self.model.people[user_id].kind == everybody]
            selection = Selection(filter=UserFilter(kind=everybody))
        else:
            chosen = ids[start % len(ids) :: part]
            selection = Selection(ids=tuple(reversed(chosen)))
        self.run(self._wish_for(selection, chosen, wish))

    async def _wish_for(self, selection: Selection, chosen: list[UUID], wish: Wish) -> None:
        operation_id, plan = await carry_out(self.db, self.tenant.id, selection, wish, self.now)
        counts, refused = self.model.carry_out(chosen, wish, self.now)
        assert plan.outcomes == tuple(counts[outcome] for outcome in Outcome)
        async with self.db.transaction(self.tenant.id) as tx:
            faults = select(operation_faults.c.user_id).where(operation_faults.c.operation_id == operation_id)
            assert set((await tx.execute(faults)).scalars()) == refused
        for sku_id in plan.gains:
            if plan.gains[sku_id]:
                assert self.model.consumed(sku_id) <= self.model.enabled(sku_id, self.now)

    @rule(product=products, seats=st.integers(1, 6), days=st.integers(1, 20))
    def buy(self, product: Product, seats: int, days: int) -> None:
        self.run(self._buy(product, seats, days))

    @rule(which=st.integers(0, 100), seats=st.integers(1, 12))
    def change_seats(self, which: int, seats: int) -> None:
        bought = self.model.bought[which % len(self.model.bought)]
        bought.seats = seats
        self.run(self._change_seats(bought))

    async def _change_seats(self, bought: Bought) -> None:
        async with self.db.transaction(self.tenant.id) as tx:
            change = update(subscriptions).where(subscriptions.c.id == bought.id).values(seats=bought.seats)
            assert (await tx.execute(change)).rowcount == 1

    @rule(which=st.integers(0, 100), location=st.sampled_from([None, "DK", "CN"]))
    def move_house(self, which: int, location: str | None) -> None:
        someone = self.model.people[sorted(self.model.people)[which % len(self.model.people)]]
        someone.location = location
        self.run(self._move_house(someone))

    async def _move_house(self, someone: Someone) -> None:
        async with self.db.transaction(self.tenant.id) as tx:
            change = update(users).where(users.c.id == someone.id).values(usage_location=someone.location)
            assert (await tx.execute(change)).rowcount == 1

    @rule(days=st.integers(1, 12))
    def wait(self, days: int) -> None:
        """Time passes, and subscriptions run out."""
        self.now += days * DAY

    @invariant()
    def rows_counters_and_history_are_the_models(self) -> None:
        if self.model.people:
            self.run(self._check())

    async def _check(self) -> None:
        assert await held(self.db, self.tenant.id) == self.model.rows
        async with self.db.transaction(self.tenant.id) as tx:
            counters = (await tx.execute(select(seat_pools.c.sku_id, seat_pools.c.consumed))).all()
            assert dict(counters) == {product.sku_id: self.model.consumed(product.sku_id) for product in SOLD}
            past = await tx.execute(select(func.count()).select_from(license_history))
            assert past.scalar_one() == self.model.ended


def machine(db: Database, run: type_run) -> type[Licensing]:
    return type("Here", (Licensing,), {"db": db, "run": staticmethod(run)})


def test_the_engine_does_what_a_naive_model_does(db: Database, run: type_run) -> None:
    run_state_machine_as_test(machine(db, run), settings=settings(max_examples=30, stateful_step_count=15))


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("hand_out", lambda needs, free: {user_id for user_id, _ in needs}),
        ("decide", lambda profile, wish, catalog: decide(replace(profile, usage_location="DK"), wish, catalog)),
        ("parse_held", lambda text: parse_held(text)[:1]),
    ],
)
def test_an_engine_that_does_otherwise_is_seen(
    part: str, wrong: Any, db: Database, run: type_run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, part, wrong)
    once = settings(max_examples=30, stateful_step_count=15, phases=[Phase.generate], derandomize=True)
    with pytest.raises((AssertionError, SQLAlchemyError)):
        run_state_machine_as_test(machine(db, run), settings=once)


# One thing at a time


@pytest.fixture
def tenant(db: Database, run: type_run) -> Tenant:
    """A tenant with no more than two people."""
    return run(make_tenant(db, "engine", NORTHWIND))


def wish_of(product: Product, *off: UUID) -> Wish:
    return Wish({product.sku_id: frozenset(off)})


async def test_seats_reach_people_in_the_order_of_their_ids(db: Database, tenant: Tenant) -> None:
    people = await make_users(db, tenant.id, 5)
    await make_pool(db, tenant.id, BOARD, 3)
    _, plan = await carry_out(db, tenant.id, Selection(ids=tuple(reversed(people))), wish_of(BOARD))
    assert (plan.outcomes, plan.waiting, dict(plan.short)) == ((3, 0, 2), 2, {BOARD.sku_id: 2})
    assert {user_id for user_id, _ in await held(db, tenant.id)} == set(people[:3])


async def test_people_who_need_different_seats_do_not_wait_for_each_other(db: Database, tenant: Tenant) -> None:
    people = await make_users(db, tenant.id, 3)
    await make_pool(db, tenant.id, BOARD, 2)
    await make_pool(db, tenant.id, BASIC, 2)
    await carry_out(db, tenant.id, Selection(ids=people[:1]), wish_of(BOARD))
    both = Wish({BOARD.sku_id: frozenset(), BASIC.sku_id: frozenset()})
    _, plan = await carry_out(db, tenant.id, Selection(ids=people), both)
    assert (plan.outcomes, plan.left_out) == ((2, 0, 1), {people[2]})
    assert set(await held(db, tenant.id)) == {(p, s.sku_id) for p in people[:2] for s in (BOARD, BASIC)}


async def test_whoever_waits_for_a_new_seat_keeps_the_old_one(db: Database, tenant: Tenant) -> None:
    people = await make_users(db, tenant.id, 3)
    await make_pool(db, tenant.id, BASIC, 3)
    await make_pool(db, tenant.id, PREMIUM, 1)
    await carry_out(db, tenant.id, Selection(ids=people), wish_of(BASIC))
    _, plan = await carry_out(db, tenant.id, Selection(ids=people), replace(wish_of(PREMIUM), remove_others=True))
    assert (plan.outcomes, dict(plan.losses)) == ((1, 0, 2), {BASIC.sku_id: 1})
    expected = {(people[0], PREMIUM.sku_id), (people[1], BASIC.sku_id), (people[2], BASIC.sku_id)}
    assert set(await held(db, tenant.id)) == expected


async def test_a_seat_freed_by_removal_can_be_assigned_again(db: Database, tenant: Tenant) -> None:
    first, second = await make_users(db, tenant.id, 2)
    await make_pool(db, tenant.id, BOARD, 1)
    await carry_out(db, tenant.id, Selection(ids=(first,)), wish_of(BOARD))
    _, plan = await carry_out(db, tenant.id, Selection(ids=(second,)), wish_of(BOARD))
    assert plan.outcomes == (0, 0, 1)
    await carry_out(db, tenant.id, Selection(ids=(first,)), Wish({}, remove=frozenset([BOARD.sku_id])))
    _, plan = await carry_out(db, tenant.id, Selection(ids=(second,)), wish_of(BOARD))
    assert plan.outcomes == (1, 0, 0)


@pytest.mark.parametrize("seats", [5, 2])
async def test_an_expired_subscription_gives_no_new_seat_and_takes_none(
    seats: int, db: Database, tenant: Tenant
) -> None:
    people = await make_users(db, tenant.id, 3)
    await make_pool(db, tenant.id, BOARD, 5, ends_at=NOW + DAY, recurring=False)
    await carry_out(db, tenant.id, Selection(ids=people[:2]), wish_of(BOARD))
    late = NOW + DAY
    _, plan = await carry_out(db, tenant.id, Selection(ids=people), wish_of(BOARD), late)
    assert plan.outcomes == (0, 2, 1)
    await make_pool(db, tenant.id, BOARD, seats, starts_at=late, ends_at=late + DAY)
    _, plan = await carry_out(db, tenant.id, Selection(ids=people), wish_of(BOARD), late)
    assert plan.outcomes == ((1, 2, 0) if seats == 5 else (0, 2, 1))


async def test_history_tells_what_was_by_whom_it_began_and_by_whom_it_ended(db: Database, tenant: Tenant) -> None:
    (someone,) = await make_users(db, tenant.id, 1)
    only = Selection(ids=(someone,))
    off = sorted(BASIC.plan_ids)[0]
    await make_pool(db, tenant.id, BASIC, 1)
    began, _ = await carry_out(db, tenant.id, only, wish_of(BASIC))
    changed, _ = await carry_out(db, tenant.id, only, replace(wish_of(BASIC, off), set_apps=True), NOW + DAY)
    ended, _ = await carry_out(db, tenant.id, only, Wish({}, remove_others=True), NOW + 2 * DAY)
    wanted = ("user_id", "disabled_plans", "operation_id", "assigned_at", "ended_by", "ended_at")
    async with db.transaction(tenant.id) as tx:
        rows = select(*(license_history.c[name] for name in wanted)).order_by(license_history.c.ended_at)
        assert [tuple(row) for row in await tx.execute(rows)] == [
            (someone, [], began, NOW, changed, NOW + DAY),
            (someone, [off], changed, NOW, ended, NOW + 2 * DAY),
        ]


async def test_a_fault_names_the_first_reason_of_each_person(db: Database, tenant: Tenant) -> None:
    (here,) = await make_users(db, tenant.id, 1)
    (nowhere,) = await make_users(db, tenant.id, 1, location=None)
    (barred,) = await make_users(db, tenant.id, 1, location="CN")
    await make_pool(db, tenant.id, LOOKOUT, 5)
    operation_id, plan = await carry_out(db, tenant.id, Selection(ids=(here, nowhere, barred)), wish_of(LOOKOUT))
    assert plan.outcomes == (1, 0, 2)
    async with db.transaction(tenant.id) as tx:
        faults = select(operation_faults.c.user_id, operation_faults.c.code, operation_faults.c.params)
        rows = await tx.execute(faults.where(operation_faults.c.operation_id == operation_id))
        assert {tuple(row[:2]) for row in rows} == {(nowhere, "usage_location_missing"), (barred, "country_barred")}


async def test_the_deleted_are_nobody(db: Database, tenant: Tenant) -> None:
    gone, here = await make_users(db, tenant.id, 2)
    await make_pool(db, tenant.id, BOARD, 5)
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(users).where(users.c.id == gone).values(deleted_at=NOW))
    _, plan = await carry_out(db, tenant.id, Selection(ids=(gone, here)), wish_of(BOARD))
    assert plan.people == 1
    assert {user_id for user_id, _ in await held(db, tenant.id)} == {here}
