"""The bulk flow, seen: who is selected, what they could get, what would become of them, person by person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.licenses import Outcome, Refusal, Wish
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.queries.frame import query
from tenantry.queries.licenses import OwnedProduct, Preview, assignable, forecast, preview
from tenantry.queries.users import Suggestion
from tenantry.store import licenses as engine
from tenantry.store.catalog import load_catalog
from tenantry.store.people import selected
from tenantry.store.tables import users

NAMED = 3
CHUNK = 5000

type_take = Callable[[Sequence[tuple["Person", Outcome, tuple[Refusal, ...]]]], None]


@dataclass(frozen=True)
class Chosen:
    """The people of a selection who are here: how many, and the first by name.

    selection: the same without those who are `gone` since they were ticked. product: the name of the one that
    a filter by product means.
    """

    selection: Selection
    count: int
    people: tuple[Suggestion, ...]
    gone: int = 0
    product: str | None = None


async def find_chosen(tx: AsyncConnection, viewer: Viewer, selection: Selection) -> Chosen:
    """Who is selected, inside another query's transaction."""
    facts = (users.c.id, users.c.display_name, users.c.user_name, users.c.kind)
    named = select(*facts).where(selected(selection)).order_by(users.c[alphabet_of(viewer.language)], users.c.id)
    if selection.ids is not None:
        found = [Suggestion(*row) for row in await tx.execute(named)]
        here = {person.id for person in found}
        kept = tuple(user_id for user_id in dict.fromkeys(selection.ids) if user_id in here)
        return Chosen(Selection(ids=kept), len(kept), tuple(found[:NAMED]), len(set(selection.ids)) - len(kept))
    counted = select(func.count()).select_from(users).where(selected(selection))
    count = (await tx.execute(counted)).scalar_one()
    first = tuple(Suggestion(*row) for row in await tx.execute(named.limit(NAMED)))
    sku_id = selection.filter.sku_id if selection.filter else None
    product = (await load_catalog(tx)).products.get(sku_id) if sku_id else None
    return Chosen(selection, count, first, product=product.name if product else None)


@query(Permission.LICENSE_ASSIGN)
async def read_chosen(tx: AsyncConnection, viewer: Viewer, *, selection: Selection) -> Chosen:
    """Who is selected."""
    return await find_chosen(tx, viewer, selection)


@dataclass(frozen=True)
class Offer:
    """Who is selected, and the products that they could get."""

    chosen: Chosen
    products: tuple[OwnedProduct, ...]


@query(Permission.LICENSE_ASSIGN)
async def read_offer(tx: AsyncConnection, viewer: Viewer, *, selection: Selection, now: datetime) -> Offer:
    """Who is selected, with every product of the tenant that people can have."""
    return Offer(await find_chosen(tx, viewer, selection), await assignable(tx, now, None))


@dataclass(frozen=True)
class BulkPreview:
    """What a wish would do to a selection. `products`: those it assigns, with all their apps."""

    chosen: Chosen
    products: tuple[OwnedProduct, ...]
    preview: Preview


@query(Permission.LICENSE_ASSIGN)
async def read_bulk_preview(
    tx: AsyncConnection, viewer: Viewer, *, selection: Selection, wish: Wish, now: datetime
) -> BulkPreview:
    """What `commands.assign_licenses` would do now, line by line; nothing is changed.

    Raises Refused: "nobody_selected", and what `check_wish` says of a wrong wish.
    """
    chosen = await find_chosen(tx, viewer, selection)
    shown = await preview(tx, viewer, chosen.selection, wish, now)
    products = tuple(product for product in await assignable(tx, now, None) if product.sku_id in wish.assign)
    return BulkPreview(chosen, products, shown)


@dataclass(frozen=True)
class Person:
    """Somebody in the file of a preview."""

    name: str
    user_name: str
    department: str | None
    usage_location: str | None


@query(Permission.LICENSE_ASSIGN)
async def each_outcome(
    tx: AsyncConnection, viewer: Viewer, *, selection: Selection, wish: Wish, now: datetime, take: type_take
) -> int:
    """Hands everybody of a preview to `take`, some thousand at a time, and returns how many they were.

    Nobody is in memory twice, so that a file of a million people is written in the memory of a few.
    """
    catalog = await load_catalog(tx)
    plan = await forecast(tx, selection, wish, catalog, now)
    count = 0
    for line in engine.lines(plan):
        facts = (users.c.display_name, users.c.user_name, users.c.department, users.c.usage_location)
        named = select(*facts).where(users.c.id.in_(line.ids))
        order = named.order_by(users.c[alphabet_of(viewer.language)], users.c.id)
        async with tx.stream(order) as found:
            async for rows in found.partitions(CHUNK):
                take([(Person(*row), line.outcome, line.refusals) for row in rows])
                count += len(rows)
    return count
