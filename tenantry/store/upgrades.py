"""The way to become the admin, kept: how far somebody is, and the end of it, where a group becomes an organization."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.doors import Door
from tenantry.domain.licenses import Wish
from tenantry.domain.orders import OPEN_STATES, Deed, OrderState, OrderWish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.domain.upgrades import ROLES, Upgrade
from tenantry.kit.ids import new_id
from tenantry.store.billing_accounts import find_account
from tenantry.store.catalog import load_catalog
from tenantry.store.groups import count_people, hold_group, offered
from tenantry.store.letters import write_letters
from tenantry.store.licenses import Stamp, give
from tenantry.store.orders import make_pools
from tenantry.store.payment_methods import forget_methods
from tenantry.store.people import ACTIVE
from tenantry.store.people_write import give_roles
from tenantry.store.subscriptions import lock_pools, read_pools
from tenantry.store.tables import (
    accounts,
    licenses,
    operation_people,
    operations,
    orders,
    subscriptions,
    tenants,
    upgrades,
    users,
)

UPGRADED, COMMAND = "upgraded", "become_admin"
_OPEN = upgrades.c.finished_at.is_(None) & upgrades.c.left_at.is_(None)


# How far somebody is


async def find_upgrade(tx: AsyncConnection, user_id: UUID, *, lock: bool = False) -> Upgrade | None:
    """Where somebody is on the way; None for who has not begun, or whom another one was faster than."""
    mine = select(upgrades).where(upgrades.c.user_id == user_id, upgrades.c.left_at.is_(None))
    newest = mine.order_by(upgrades.c.started_at.desc(), upgrades.c.id.desc()).limit(1)
    row = (await tx.execute(newest.with_for_update() if lock else newest)).one_or_none()
    return None if row is None else _upgrade(row)


async def find_of_order(tx: AsyncConnection, order_id: UUID) -> Upgrade | None:
    """The open way of which an order is the purchase, or None."""
    row = (await tx.execute(select(upgrades).where(upgrades.c.order_id == order_id, _OPEN))).one_or_none()
    return None if row is None else _upgrade(row)


def _upgrade(row: Row[Any]) -> Upgrade:
    return Upgrade(
        row.id,
        row.user_id,
        Door(row.door),
        row.sku_id,
        row.domain,
        row.seats,
        row.term_months,
        row.frequency,
        row.order_id,
        tuple(row.method_ids),
        row.token,
        row.started_at,
        row.proven_at,
        row.finished_at,
    )


async def begin(tx: AsyncConnection, tenant_id: UUID, user_id: UUID, door: Door, domain: str, now: datetime) -> None:
    """The first step is done."""
    row = {"id": new_id(), "user_id": user_id, "door": door.value, "domain": domain, "started_at": now}
    await tx.execute(insert(upgrades).values(tenant_id=tenant_id, **row))


async def keep(tx: AsyncConnection, upgrade_id: UUID, **facts: Any) -> None:
    """Remembers what was chosen or done, a column each."""
    await tx.execute(update(upgrades).where(upgrades.c.id == upgrade_id).values(facts))


_UNREAD = upgrades.c.finished_at.is_not(None) & upgrades.c.dismissed_at.is_(None)


async def has_next(tx: AsyncConnection, user_id: UUID | None) -> bool:
    """Whether somebody became the admin and has not put aside what comes next."""
    mine = exists().where(_UNREAD, upgrades.c.user_id == user_id)
    return bool((await tx.execute(select(mine))).scalar_one())


async def dismiss(tx: AsyncConnection, user_id: UUID | None, now: datetime) -> None:
    """What comes next is put aside."""
    await tx.execute(update(upgrades).where(_UNREAD, upgrades.c.user_id == user_id).values(dismissed_at=now))


async def wish_for(tx: AsyncConnection, upgrade: Upgrade, seats: int, months: int, frequency: str) -> OrderWish:
    """What is ordered: a new subscription; more seats of it where one was paid for that turned out too small."""
    theirs = (orders.c.tenant_id == subscriptions.c.tenant_id) & (orders.c.id == subscriptions.c.order_id)
    mine = (
        select(subscriptions.c.id)
        .join(orders, theirs)
        .where(orders.c.actor_id == upgrade.user_id, subscriptions.c.sku_id == upgrade.sku_id)
        .where(subscriptions.c.canceled_at.is_(None))
    )
    bought = (await tx.execute(mine.limit(1))).scalar_one_or_none()
    if bought is None:
        return OrderWish(Deed.NEW, upgrade.sku_id, None, seats, months, frequency)
    return OrderWish(Deed.SEATS, subscription_id=bought, seats=seats)


async def keep_card(tx: AsyncConnection, user_id: UUID | None, method_id: UUID) -> None:
    """A card that somebody added on the way is theirs: nobody else pays by it."""
    mine = update(upgrades).where(upgrades.c.user_id == user_id, _OPEN)
    await tx.execute(mine.values(method_ids=func.array_append(upgrades.c.method_ids, method_id)))


# The end of the way


@dataclass(frozen=True)
class Became:
    """Somebody became the admin. assigned: licenses of the product that was bought; left_out: who got none."""

    operation_id: UUID
    assigned: int
    left_out: int


async def hold_way(tx: AsyncConnection, tenant_id: UUID, upgrade: Upgrade, now: datetime) -> bool:
    """Locks all that the end of a way changes, in the one order. False: somebody else is the admin by now."""
    if not await hold_group(tx, tenant_id):
        return False
    await make_pools(tx, tenant_id, [upgrade.sku_id] if upgrade.sku_id else [])
    await lock_pools(tx, None, now)
    return True


async def complete(tx: AsyncConnection, tenant_id: UUID, upgrade: Upgrade, now: datetime, via: str) -> Became | None:
    """What was bought has come true: whoever bought it is the admin. `hold_way` came before.

    None as long as there are fewer seats than people: somebody signed up while it was paid for.
    """
    if upgrade.sku_id is None:
        raise ValueError(upgrade.id)
    if (await read_pools(tx, now))[upgrade.sku_id].enabled < await count_people(tx):
        return None
    return await make_admin(tx, tenant_id, upgrade, now, via)


async def make_admin(
    tx: AsyncConnection, tenant_id: UUID, upgrade: Upgrade, now: datetime, via: str, *, bought: bool = True
) -> Became:
    """The group is an organization and has an admin, and everybody holds what was bought in place of what was free.

    bought: if nothing was, everybody keeps what they have. As many statements for one person as for a hundred thousand.
    """
    stamp = Stamp(new_id(), now)
    name = await _organize(tx, upgrade, now)
    await give_roles(tx, tenant_id, upgrade.user_id, ROLES)
    told, faults = await _license_everybody(tx, upgrade, stamp) if bought else ({}, 0)
    await _leave_others_behind(tx, tenant_id, upgrade, now)
    person = (await tx.execute(select(users.c.display_name).where(users.c.id == upgrade.user_id))).scalar_one()
    facts = {"organization": name, "domain": upgrade.domain, **told}
    await _write_operation(tx, tenant_id, upgrade, stamp, {"person": person, "via": via, "facts": facts})
    if bought and upgrade.sku_id:
        product = (await load_catalog(tx)).products[upgrade.sku_id].name
        params = {"organization": name, "admin": person, "product": product}
        await write_letters(tx, _others(upgrade), kind=UPGRADED, params=params, now=now)
    return Became(stamp.operation_id, sum(told.get("assigned", {}).values()), faults)


async def _organize(tx: AsyncConnection, upgrade: Upgrade, now: datetime) -> str:
    """The tenant is managed, by the name of who pays for it. Whoever has no usage location is where it is."""
    payer = await find_account(tx)
    facts: dict[str, Any] = {"kind": "managed", "managed_at": now} | ({"name": payer.legal_name} if payer else {})
    row = (await tx.execute(update(tenants).values(facts).returning(tenants.c.name, tenants.c.country))).one()
    nowhere = update(users).where(ACTIVE, users.c.usage_location.is_(None))
    await tx.execute(nowhere.values(usage_location=row.country))
    await tx.execute(update(upgrades).where(upgrades.c.id == upgrade.id).values(finished_at=now))
    return str(row.name)


async def _license_everybody(tx: AsyncConnection, upgrade: Upgrade, stamp: Stamp) -> tuple[dict[str, Any], int]:
    """The product that was bought for everybody, instead of the free ones. Returns what is told, and who got none.

    An app that somebody had switched off stays off, if the new product has it too.
    """
    sku_id, free = upgrade.sku_id, frozenset(await offered(tx, "sign_up"))
    if sku_id is None:
        return {}, 0
    catalog, assigned, removed, faults = await load_catalog(tx), Counter[str](), Counter[str](), 0
    some = [(Selection(ids=ids), off) for off, ids in (await _switched_off(tx, upgrade, free)).items()]
    kinds = (await tx.execute(select(users.c.kind).where(ACTIVE).distinct())).scalars()
    everybody = [(Selection(filter=UserFilter(kind=kind)), frozenset[UUID]()) for kind in sorted(kinds)]
    for people, off in [*some, *everybody]:
        wish = Wish(assign={sku_id: off & catalog.products[sku_id].plan_ids}, remove=free - {sku_id})
        given = await give(tx, people, wish, stamp, all_or_none=False)
        assigned += Counter(given.facts["assigned"])
        removed += Counter(given.facts["removed"])
        faults += given.plan.outcomes[2]
    return {"assigned": dict(assigned), "removed": dict(removed), "refused": faults}, faults


async def _switched_off(
    tx: AsyncConnection, upgrade: Upgrade, free: Iterable[UUID]
) -> dict[frozenset[UUID], tuple[UUID, ...]]:
    """The apps that people switched off in a free product -> who they are. Most people switched off nothing."""
    off = licenses.c.disabled_plans
    some = (
        select(off, func.array_agg(licenses.c.user_id))
        .where(licenses.c.sku_id == func.any(list(free)), func.cardinality(off) > 0)
        .group_by(off)
    )
    return {frozenset(plans): tuple(ids) for plans, ids in await tx.execute(some)}


async def _leave_others_behind(tx: AsyncConnection, tenant_id: UUID, upgrade: Upgrade, now: datetime) -> None:
    """Whoever else was on the way is not any more: their orders are dropped, their cards forgotten, nothing charged."""
    others = update(upgrades).where(upgrades.c.id != upgrade.id, _OPEN).values(left_at=now)
    theirs = [row.order_id for row in await tx.execute(others.returning(upgrades.c.order_id)) if row.order_id]
    waiting = orders.c.state.in_([*(state.value for state in OPEN_STATES), OrderState.FAILED.value])
    dropped = update(orders).where(orders.c.id == func.any(theirs), waiting)
    await tx.execute(dropped.values(state=OrderState.DROPPED.value, done_at=now))
    await forget_methods(tx, tenant_id, upgrade.method_ids, now)


async def _write_operation(
    tx: AsyncConnection, tenant_id: UUID, upgrade: Upgrade, stamp: Stamp, told: dict[str, Any]
) -> None:
    """In the log it stands in the name of who became the admin, also where a payment that came later completed it."""
    row = {
        "id": stamp.operation_id,
        "command": COMMAND,
        "actor_id": upgrade.user_id,
        "actor_name": told["person"],
        "via": told["via"],
        "at": stamp.now,
        "subject": told["person"],
        "facts": told["facts"],
    }
    await tx.execute(insert(operations).values(tenant_id=tenant_id, **row))
    about = {"user_id": upgrade.user_id, "operation_id": stamp.operation_id}
    await tx.execute(insert(operation_people).values(tenant_id=tenant_id, **about))


def _others(upgrade: Upgrade) -> Any:
    """The addresses of everybody else who can sign in, each with their language."""
    return (
        select(accounts.c.email, accounts.c.language)
        .join(users, users.c.account_id == accounts.c.id)
        .where(ACTIVE, users.c.id != upgrade.user_id, accounts.c.closed_at.is_(None))
    )
