"""Licenses that follow their subscription to another product (reference/licensing.md 3.8)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.store.licenses.give import give
from tenantry.store.licenses.write import Stamp
from tenantry.store.people import ACTIVE
from tenantry.store.subscriptions import lock_pools
from tenantry.store.tables import licenses, users


async def follow(tx: AsyncConnection, old: UUID, new: UUID, stamp: Stamp) -> None:
    """Gives whoever holds `old` the product `new` in its place with every app on, as far as its seats reach.

    Called once the seats are written. If other subscriptions of `old` still have a seat for everybody, nobody moves.
    Whom the rules or the seats keep from it holds `old` as before, with a fault row on the operation.
    """
    if not (await lock_pools(tx, [old, new], stamp.now))[old].short:
        return
    same = (licenses.c.tenant_id == users.c.tenant_id) & (licenses.c.user_id == users.c.id)
    kinds = select(users.c.kind).distinct().join(licenses, same).where(ACTIVE, licenses.c.sku_id == old)
    wish = Wish(assign={new: frozenset()}, remove=frozenset({old}))
    for kind in sorted((await tx.execute(kinds)).scalars()):
        holders = Selection(filter=UserFilter(kind=kind, sku_id=old))
        await give(tx, holders, wish, stamp, all_or_none=False)


async def move(tx: AsyncConnection, people: Collection[UUID], old: UUID, new: UUID, stamp: Stamp) -> None:
    """Gives those of `people` who still hold `old` the product `new` in its place; who cannot have it keeps `old`."""
    if ids := await holders(tx, old, people):
        wish = Wish(assign={new: frozenset()}, remove=frozenset({old}))
        await give(tx, Selection(ids=ids), wish, stamp, all_or_none=False)


async def holders(tx: AsyncConnection, sku_id: UUID, people: Collection[UUID]) -> tuple[UUID, ...]:
    """Who of `people` has a license of the product."""
    same = (licenses.c.tenant_id == users.c.tenant_id) & (licenses.c.user_id == users.c.id)
    named = ACTIVE, licenses.c.sku_id == sku_id, users.c.id == func.any(list(people))
    return tuple((await tx.execute(select(users.c.id).join(licenses, same).where(*named))).scalars())
