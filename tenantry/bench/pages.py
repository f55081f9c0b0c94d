"""`tenantry bench pages`: what people look at most, in a small and in a large organization."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import func, select

from tenantry.bench import crowd
from tenantry.bench.report import Report, percentile, type_step
from tenantry.bench.scratch import Roles
from tenantry.bench.visitor import Visitor, sign_in
from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.domain.viewers import Viewer
from tenantry.kit.paging import Cursor, encode
from tenantry.kit.words_index import search_words
from tenantry.queries.home import read_home
from tenantry.queries.licenses import list_products, read_product, read_user_licenses
from tenantry.queries.users import list_users, suggest_people
from tenantry.store.database import Database, connect
from tenantry.store.tables import users
from tenantry.words.speech import N_

GOAL, GOAL_MS = 1.3, 100.0
LIMIT = 50
WARM_UP = 3  # rounds that do not count: the driver prepares a statement when it comes again


class Somebody(NamedTuple):
    """One of the crowd, whom a look is for."""

    id: UUID
    user_name: str
    user_key: str
    first_name: str
    last_name: str
    sort_en_nl: bytes


@dataclass(frozen=True)
class Place:
    """An organization of `people`, and everything that is needed to look at it."""

    people: int
    db: Database
    viewer: Viewer
    visitor: Visitor
    some: Sequence[Somebody]
    now: datetime


@dataclass(frozen=True)
class Look:
    """One thing people look at: by its query, and by its page below the tenant's."""

    name: str
    query: Callable[[Place, Somebody], Awaitable[Any]]
    address: Callable[[Somebody], str]
    pane: bool = False


def _listing(name: str, *, sort: str = "name", deep: bool = False, q: Callable[[Somebody], str] = lambda _: "") -> Look:
    """Active users: the first or a deep page, all or those whom typed letters mean."""

    def cursor(one: Somebody) -> Cursor | None:
        """Just before somebody: the page after the last of all would be empty."""
        return Cursor(one.user_key if sort == "username" else one.sort_en_nl, UUID(int=0)) if deep else None

    def query(place: Place, one: Somebody) -> Awaitable[Any]:
        wanted = UserFilter(words=search_words(q(one)))
        return list_users(place.db, place.viewer, wanted=wanted, cursor=cursor(one), limit=LIMIT, sort=sort)

    def address(one: Somebody) -> str:
        here = cursor(one)
        told = {"q": q(one), "sort": sort if sort != "name" else "", "after": encode(here) if here else ""}
        return f"/users/active?{urlencode({name: value for name, value in told.items() if value})}"

    return Look(name, query, address)


def _product(place: Place, _: Somebody) -> Awaitable[Any]:
    first: dict[str, Any] = {"words": (), "cursor": None, "limit": LIMIT}
    return read_product(place.db, place.viewer, sku_id=crowd.SKU, **first, now=place.now)


def _pane(place: Place, one: Somebody) -> Awaitable[Any]:
    return read_user_licenses(place.db, place.viewer, user_id=one.id, now=place.now)


LOOKS = (
    _listing("active_users"),
    _listing("active_users_deep", deep=True),
    _listing("active_users_by_username", deep=True, sort="username"),
    _listing("search_one_letter", q=lambda one: one.first_name[0]),
    _listing("search_rare_word", q=lambda one: one.user_name),
    _listing("search_two_words", q=lambda one: f"{one.first_name[:3]} {one.last_name[:4]}"),
    Look(
        "type_ahead",
        lambda place, one: suggest_people(place.db, place.viewer, words=search_words(one.first_name[:2])),
        lambda one: f"/people?{urlencode({'q': one.first_name[:2]})}",
    ),
    Look("licenses", lambda place, _: list_products(place.db, place.viewer, now=place.now), lambda _: "/licenses"),
    Look("product", _product, lambda _: f"/licenses/{crowd.SKU}"),
    Look("one_user", _pane, lambda one: f"/users/active?open={one.id}&tab=licenses", pane=True),
    Look("home", lambda place, _: read_home(place.db, place.viewer, now=place.now), lambda _: "/"),
)

type_times = dict[tuple[str, int], list[float]]


async def measure(
    places: Sequence[Roles], step: type_step, *, sizes: Sequence[int], rounds: int, now: datetime
) -> Report:
    """Milliseconds of each look in each size: a database per size, asked in turn, for other people each time."""
    opened = [connect(roles.app, pool_size=2) for roles in places]
    try:
        made = [await _make(*one, step, now, rounds) for one in zip(places, opened, sizes, strict=True)]
        times: type_times = {(kind + look.name, size): [] for kind in ("", "http_") for look in LOOKS for size in sizes}
        for number in range(rounds + WARM_UP):
            for look in LOOKS:
                for place in made:
                    spent = await _look(look, place, place.some[number % len(place.some)])
                    if number >= WARM_UP:
                        times[look.name, place.people].append(spent[0])
                        times["http_" + look.name, place.people].append(spent[1])
            step(N_("Round %(number)s of %(rounds)s"), number=number + 1, rounds=rounds + WARM_UP)
        return _report(times, sizes, rounds)
    finally:
        for db in opened:
            await db.close()


async def _make(roles: Roles, db: Database, people: int, step: type_step, now: datetime, rounds: int) -> Place:
    """A tenant whose people partly have the product, and a sample of them."""
    tenant = await crowd.found(roles, db, people, now)
    crowd.fill(roles, tenant, people, now, step, mixed=True)
    for location in ("DK", "NO"):
        selection = Selection(filter=UserFilter(location=location))
        wishes = {"selection": selection, "wish": Wish(assign={crowd.SKU: frozenset()}), "all_or_none": False}
        await assign_licenses(db, tenant.viewer, **wishes, now=now)
    crowd.tidy(roles)
    async with db.transaction(tenant.id) as tx:
        columns = [users.c[name] for name in Somebody._fields]
        members = select(*columns).where(users.c.kind == "member", users.c.last_name.is_not(None))
        some = [Somebody(*row) for row in await tx.execute(members.order_by(func.random()).limit(rounds))]
    return Place(people, db, tenant.viewer, await sign_in(db, tenant, now), some, now)


async def _look(look: Look, place: Place, one: Somebody) -> tuple[float, float]:
    """Milliseconds of the query, and of the page around it."""
    start = time.perf_counter()
    await look.query(place, one)
    between = time.perf_counter()
    await place.visitor.get(look.address(one), pane=look.pane)
    return (between - start) * 1000, (time.perf_counter() - between) * 1000


def _report(times: type_times, sizes: Sequence[int], rounds: int) -> Report:
    p95 = {key: percentile(spent, 0.95) for key, spent in times.items()}
    small, large = min(sizes), max(sizes)
    ratios = {name: p95[name, large] / p95[name, small] for name, _ in times}
    figures: dict[str, float] = {"rounds_count": rounds}
    for (name, size), spent in times.items():
        figures[f"{name}_{size}_users_p50_ms"] = round(percentile(spent, 0.5), 2)
        figures[f"{name}_{size}_users_p95_ms"] = round(p95[name, size], 2)
        figures[f"{name}_ratio"] = round(ratios[name], 3)
    worst, ratio = max(p95.values()), max(ratios.values())
    figures |= {"worst_p95_ms": round(worst, 2), "worst_p95_goal_ms": GOAL_MS}
    return Report("pages", figures, round(ratio, 3), GOAL, ratio <= GOAL and worst < GOAL_MS)
