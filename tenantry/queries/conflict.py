"""One product's conflict, seen: its cause and deadline, whom it hits, what each way out costs, and a repair tried."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog
from tenantry.domain.licenses import Wish
from tenantry.domain.orders import Line, OrderWish, Quote
from tenantry.domain.roles import Permission
from tenantry.domain.seat_conflicts import Conflict, Pool, Repair, Why, find_conflict, propose, unserved
from tenantry.domain.selections import Selection
from tenantry.domain.subscriptions import Status, boundaries
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Refused
from tenantry.queries.frame import query
from tenantry.queries.licenses import ProductRow, forecast
from tenantry.queries.quotes import make_quote
from tenantry.queries.seat_conflicts import Purchase, buying, owned_product, purchases_of, renewing
from tenantry.store.catalog import load_catalog
from tenantry.store.prices import Buyer, load_buyer
from tenantry.store.seat_conflicts import IdleLicenses, count_unlike, load_idle, load_pools
from tenantry.store.tables import licenses, plans, users

MOST = 100  # people that one repair releases


@dataclass(frozen=True)
class Idle:
    """Somebody whose license nobody misses, and why."""

    id: UUID
    name: str
    user_name: str
    department: str | None
    assigned_at: datetime
    seen_at: datetime | None
    why: Why


@dataclass(frozen=True)
class App:
    """An app of the product: how many people have it on, and for how many days its data is kept."""

    name: str
    people: int
    kept: int


@dataclass(frozen=True)
class Trial:
    """A repair tried: what would be released and bought, and what it comes to.

    people: those who would lose the license and can. quote: of the seats; None where none are bought, or where they
    cannot be, and then `refused` says why.
    """

    people: tuple[UUID, ...]
    buy: int
    consumed: int
    enabled: int
    quote: Quote | None
    refused: Refused | None

    @property
    def short(self) -> int:
        return max(0, self.consumed - self.enabled)


@dataclass(frozen=True)
class ConflictView:
    """A product in conflict. losing: how many lose service at the deadline. deleted_at: when data of ended seats goes.

    bought, renewed: what the ways out cost that cost something. repair: what is proposed, for `idle` people;
    later: how many more could be released after them, and with `more` perhaps others still. grouped: licenses that come
    from a group.
    """

    row: ProductRow
    conflict: Conflict
    losing: int
    deleted_at: datetime | None
    apps: tuple[App, ...]
    grouped: int
    purchases: tuple[Purchase, ...]
    bought: Line | None
    renewed: Line | None
    repair: Repair
    idle: tuple[Idle, ...]
    later: int
    more: bool
    trial: Trial


@query(Permission.LICENSE_READ)
async def read_conflict(
    tx: AsyncConnection,
    viewer: Viewer,
    *,
    sku_id: UUID,
    release: Collection[UUID] | None,
    buy: int | None,
    now: datetime,
) -> ConflictView | ProductRow:
    """The conflict of a product with a repair tried: `release` and `buy` as somebody chose, or None as proposed.

    Only the product if it is not short. Raises Refused("product_not_owned").
    """
    row = await owned_product(tx, sku_id, now)
    pool = (await load_pools(tx, [sku_id]))[sku_id]
    conflict = find_conflict(pool, now) if row.applies_to == "user" else None
    if conflict is None:
        return row
    idle = await load_idle(tx, sku_id, pool.consumed, now, min(conflict.short, MOST))
    repair, later = _proposed(conflict.short, idle, now)
    catalog, bought, buyer = await load_catalog(tx), await purchases_of(tx, sku_id, now), await load_buyer(tx)
    apps, grouped = await _apps(tx, catalog, sku_id, pool.consumed)
    wanted = tuple(one for one, _ in repair.release) if release is None else tuple(release)
    ended = next((one for one in bought if one.renewable), None)
    return ConflictView(
        row=row,
        conflict=conflict,
        losing=unserved(pool, conflict.deadline) - conflict.cut if conflict.deadline else 0,
        deleted_at=_deleted_at(pool, conflict),
        apps=apps,
        grouped=grouped,
        purchases=bought,
        bought=_line((await _quote(tx, buying(bought, conflict.short), buyer, now))[0]),
        renewed=_line((await _quote(tx, renewing(ended, ended.seats), buyer, now))[0]) if ended else None,
        repair=repair,
        idle=await _named(tx, sku_id, repair),
        later=later,
        more=idle.more,
        trial=await _try(tx, row, catalog, wanted, repair.buy if buy is None else buy, bought, buyer, now),
    )


def _proposed(short: int, idle: IdleLicenses, now: datetime) -> tuple[Repair, int]:
    """What to release and to buy, and how many can be released later; where these were not counted, none are bought."""
    repair = propose(short, idle.first, now)
    later = min(short, idle.found) - len(repair.release)
    return Repair(repair.release, 0 if idle.more and later else repair.buy - later), later


def _deleted_at(pool: Pool, conflict: Conflict) -> datetime | None:
    """When the first of the subscriptions that ended is deleted, data and all."""
    lost = (boundaries(share.facts) for share in pool.shares if share.subscription_id in conflict.lost)
    return min((at for line in lost for at, status in line if status is Status.DELETED), default=None)


async def _apps(tx: AsyncConnection, catalog: Catalog, sku_id: UUID, consumed: int) -> tuple[tuple[App, ...], int]:
    """Every app of the product with its people, by name; and how many licenses come from a group."""
    off, inherited = await count_unlike(tx, sku_id)
    ids = list(catalog.products[sku_id].plan_ids)
    kept = select(plans.c.id, plans.c.retention_days).where(plans.c.id == func.any(ids))
    days: Mapping[UUID, int] = {row.id: row.retention_days for row in await tx.execute(kept)}
    named = sorted((catalog.plans[one].friendly_name, one) for one in ids)
    return tuple(App(name, consumed - off.get(one, 0), days[one]) for name, one in named), inherited


async def _quote(
    tx: AsyncConnection, wish: OrderWish | None, buyer: Buyer, now: datetime
) -> tuple[Quote | None, Refused | None]:
    """What a wish costs, or why it cannot be had."""
    if wish is None:
        return None, None
    try:
        return await make_quote(tx, [wish], buyer, now), None
    except Refused as refused:
        return None, refused


def _line(quote: Quote | None) -> Line | None:
    return quote.lines[0] if quote else None


async def _named(tx: AsyncConnection, sku_id: UUID, repair: Repair) -> tuple[Idle, ...]:
    """The people of a repair, in its order."""
    ids = [one for one, _ in repair.release]
    same = (licenses.c.tenant_id == users.c.tenant_id) & (licenses.c.user_id == users.c.id)
    facts = (users.c.id, users.c.display_name, users.c.user_name, users.c.department)
    wanted = select(*facts, licenses.c.assigned_at, users.c.seen_at).join(licenses, same)
    found = wanted.where(licenses.c.sku_id == sku_id, users.c.id == func.any(ids))
    people = {row.id: row for row in await tx.execute(found)} if ids else {}
    return tuple(Idle(*people[one], why) for one, why in repair.release)


async def _try(
    tx: AsyncConnection,
    row: ProductRow,
    catalog: Catalog,
    release: tuple[UUID, ...],
    buy: int,
    bought: tuple[Purchase, ...],
    buyer: Buyer,
    now: datetime,
) -> Trial:
    """The dry run: the same rules and the same quote as `commands.repair_conflict`, nothing written."""
    lost = 0
    if release:
        wish = Wish(assign={}, remove=frozenset([row.sku_id]))
        plan = await forecast(tx, Selection(ids=release), wish, catalog, now)
        lost = plan.losses.get(row.sku_id, 0)
    quote, refused = await _quote(tx, buying(bought, buy), buyer, now) if buy else (None, None)
    return Trial(release, buy, row.seats.consumed - lost, row.seats.enabled + buy, quote, refused)
