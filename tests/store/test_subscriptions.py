"""The status in SQL is the status in Python, on a grid of every kind of subscription around every boundary."""

from dataclasses import asdict, replace
from datetime import timedelta
from itertools import product

from sqlalchemy import func, insert, select

from tenantry.domain.subscriptions import STAGES, Facts, Status, boundaries, effective_status
from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.subscriptions import STATUS, lock_pools, read_pools
from tenantry.store.tables import subscriptions
from tests.cast import BASIC, BOARD, DAY, NOW, SECOND
from tests.world import Tenant, consumed, make_pool

KINDS = list(product(STAGES, [False, True], [False, True], [1, 12, 13, 36]))
# What may have happened to it besides, in days from its end.
TURNS: tuple[dict[str, int | None], ...] = (
    {},
    {"converts": 1},
    {"unpaid_at": 0},
    {"converts": 1, "unpaid_at": 0},
    {"canceled_at": -5},
    {"delete_at": 3},
    {"canceled_at": -5, "delete_at": -2},
)


def grid() -> list[Facts]:
    """Every kind of subscription, moved in time so that NOW is a second before, at and after each boundary."""
    found = []
    for (channel, trial, recurring, months), turn in product(KINDS, TURNS):
        length = timedelta(days=30 * months)
        still = _turned(Facts(NOW - length, NOW, recurring, trial, channel, months), turn)
        for (at, _), nudge in product(boundaries(still), [-SECOND, timedelta(0), SECOND]):
            by = NOW - at - nudge
            moved = replace(still, starts_at=still.starts_at + by, ends_at=still.ends_at + by)
            found.append(_turned(moved, turn))
    return found


def _turned(facts: Facts, turn: dict[str, int | None]) -> Facts:
    days = {name: facts.ends_at + timedelta(days=n) for name, n in turn.items() if name != "converts" and n is not None}
    return replace(facts, converts="converts" in turn, **days)


async def test_sql_and_python_agree_on_every_kind_at_every_boundary(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    cases = {new_id(): case for case in grid()}
    more = {"tenant_id": contoso.id, "sku_id": BASIC.sku_id, "currency": "DKK", "unit_price": 0, "created_at": NOW}
    more |= {"seats": 1, "anchor_at": NOW, "term_at": NOW, "billed_until": NOW}
    rows = [{**more, "id": place, **asdict(case)} for place, case in cases.items()]
    async with db.transaction(contoso.id) as tx:
        await tx.execute(insert(subscriptions), rows)
        found = select(subscriptions.c.id, STATUS).where(subscriptions.c.id == func.any(list(cases)))
        told = {row[0]: row[1] for row in await tx.execute(found, {"now": NOW})}
    wrong = {place: case for place, case in cases.items() if told[place] != effective_status(case, NOW).value}
    assert wrong == {}
    assert set(told.values()) == {status.value for status in Status}


async def test_a_pool_has_the_seats_of_all_its_subscriptions_by_their_status(db: Database, contoso: Tenant) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await make_pool(db, contoso.id, BASIC, 8, trial=True)
    await make_pool(db, contoso.id, BASIC, 13, ends_at=NOW, recurring=False)
    await make_pool(db, contoso.id, BASIC, 21, starts_at=NOW - 90 * DAY, ends_at=NOW - 60 * DAY, recurring=False)
    await make_pool(db, contoso.id, BASIC, 34, starts_at=NOW + SECOND)
    await make_pool(db, contoso.id, BOARD, 1, starts_at=NOW - 900 * DAY, ends_at=NOW - 500 * DAY, recurring=False)
    async with db.transaction(contoso.id) as tx:
        seats = await lock_pools(tx, None, NOW)
        assert seats == await read_pools(tx, NOW)
    basic, board = seats[BASIC.sku_id], seats[BOARD.sku_id]
    assert (basic.enabled, basic.warning, basic.suspended) == (13, 13, 21)
    assert (board.enabled, board.warning, board.suspended) == (0, 0, 0)
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 0, BOARD.sku_id: 0}
