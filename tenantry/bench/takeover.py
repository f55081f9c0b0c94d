"""`tenantry bench takeover`: a group of very many becomes an organization; another is taken over by one."""

import time
from datetime import datetime
from uuid import UUID

import psycopg
from sqlalchemy import delete, func, insert, select

from tenantry.bench import crowd
from tenantry.bench.report import Report, type_step
from tenantry.bench.scratch import Roles
from tenantry.commands.become_admin import ask_upgrade_proof, begin_upgrade, buy_upgrade, save_upgrade_payer
from tenantry.commands.take_over_tenant import take_over_tenant
from tenantry.domain.billing_account import BillingAccount, mark_of
from tenantry.domain.domains import Method
from tenantry.domain.doors import Door
from tenantry.domain.orders import Deed, OrderWish
from tenantry.domain.roles import permissions_of
from tenantry.domain.upgrades import Step, fingerprint
from tenantry.domain.viewers import Viewer
from tenantry.kit.ids import new_id
from tenantry.queries.quotes import make_quote
from tenantry.queries.takeovers import see_takeover
from tenantry.store.billing_accounts import find_account
from tenantry.store.database import Database, connect
from tenantry.store.domains import claim, mark_verified, note_proof
from tenantry.store.free_products import offered_at, open_pools
from tenantry.store.groups import count_people, found_group
from tenantry.store.prices import load_buyer
from tenantry.store.tables import domains, licenses, takeover_bars
from tenantry.store.upgrades import find_upgrade, wish_for
from tenantry.words.speech import N_

GOAL = 30.0  # seconds, for the worse of both
PAYER = BillingAccount("Bench ApS", "Vej 1", "8000", "Aarhus", "DK")
INSIDE, OUTSIDE = "inside.example", "outside.example"

# They signed up: each has an account, a way in, and the free product.
_SIGNED_UP = """
WITH opened AS (
    INSERT INTO accounts (id, email, created_at) SELECT uuidv7(), user_name, %(now)s FROM users RETURNING id, email_key
), known AS (
    UPDATE users SET account_id = opened.id, origin = 'email_verified' FROM opened WHERE user_key = email_key
    RETURNING users.id, account_id
), ways AS (
    INSERT INTO handles (kind, hash, tenant_id, row_id)
    SELECT 'member', sha256(uuid_send(account_id)), %(tenant_id)s, id FROM known
), given AS (
    INSERT INTO licenses (tenant_id, sku_id, user_id, disabled_plans, operation_id, assigned_at)
    SELECT %(tenant_id)s, sku_id, id, '{}', %(operation_id)s, %(now)s FROM known, seat_pools
)
UPDATE seat_pools SET consumed = (SELECT count(*) FROM users)
"""


async def measure(roles: Roles, step: type_step, *, users: int, now: datetime) -> Report:
    """Seconds from the purchase to a license for everybody, and seconds of the move into another organization."""
    db = connect(roles.app, pool_size=2)
    try:
        target = await crowd.found(roles, db, 10, now)
        inside = await _group(roles, db, INSIDE, users, now, step)
        bought = await _buy(db, inside, users, now)
        step(N_("Everybody of %(domain)s is licensed"), domain=INSIDE)
        await _group(roles, db, OUTSIDE, users, now, step)
        looked, moved = await _take(db, target.viewer, now)
        right = await _held(db, inside.tenant_id) == users and await _held(db, target.id) == users
    finally:
        await db.close()
    figures = {
        "users_count": users,
        "purchase_seconds": round(bought, 2),
        "preview_seconds": round(looked, 2),
        "move_seconds": round(moved, 2),
        "purchase_per_second": round(users / bought),
        "move_per_second": round(users / moved),
    }
    worst = max(bought, moved)
    return Report("takeover", figures, round(worst, 2), GOAL, worst < GOAL and right)


async def _group(roles: Roles, db: Database, domain: str, users: int, now: datetime, step: type_step) -> Viewer:
    """`users` people who signed up with `domain`, one of whom asks."""
    tenant_id = new_id()
    async with db.transaction(tenant_id) as tx:
        await found_group(tx, tenant_id, domain, country="DK", language="en", now=now)
        free = [product.sku_id for product in await offered_at(tx, Door.SIGN_UP)]
        await open_pools(tx, tenant_id, free, "DKK", now)
    nobody = Viewer(tenant_id, None, "", frozenset(), "web")
    crowd.fill(roles, crowd.Tenant(tenant_id, tenant_id, nobody), users + 1, now, step, domain=domain)
    with psycopg.connect(roles.owner) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant_id)])
        connection.execute(_SIGNED_UP, {"tenant_id": tenant_id, "operation_id": new_id(), "now": now})
        row = connection.execute("SELECT id, display_name FROM users ORDER BY id LIMIT 1").fetchone()
    crowd.tidy(roles)
    assert row is not None
    return Viewer(tenant_id, row[0], row[1], permissions_of(frozenset()), "web")


async def _buy(db: Database, me: Viewer, users: int, now: datetime) -> float:
    """The wizard up to its last button, and the seconds of that."""
    await begin_upgrade(db, me, door=Door.ADMIN, now=now)
    await ask_upgrade_proof(db, me, now=now)
    async with db.transaction(me.tenant_id) as tx:  # what the job does that has seen the value
        upgrade = await find_upgrade(tx, me.user_id) if me.user_id else None
        assert upgrade is not None
        await claim(tx, me.tenant_id, [INSIDE], now)
        await mark_verified(tx, [INSIDE], Method.TXT, now)
        await note_proof(tx, INSIDE, [upgrade.token or ""], now)
        seen = mark_of(await find_account(tx))
    await save_upgrade_payer(db, me, account=PAYER, seen=seen, now=now)
    assert upgrade.sku_id is not None
    wish = OrderWish(Deed.NEW, upgrade.sku_id, None, users, 12, "monthly")
    async with db.transaction(me.tenant_id) as tx:
        own = await wish_for(tx, upgrade, users, 12, "monthly")
        mark = fingerprint(await make_quote(tx, [own], await load_buyer(tx), now), await count_people(tx))
    start = time.perf_counter()
    terms = {"wish": wish, "mark": mark, "seen_at": now, "method_id": None, "po_number": ""}
    bought = await buy_upgrade(db, me, **terms, now=now)
    spent = time.perf_counter() - start
    if bought.step is not Step.DONE:
        raise RuntimeError("nobody became the admin")
    return spent


async def _take(db: Database, admin: Viewer, now: datetime) -> tuple[float, float]:
    """Seconds of the look before it, and of the takeover itself."""
    row = {"tenant_id": admin.tenant_id, "name": OUTSIDE, "added_at": now, "token": "t" * 32, "outcome": "takeover"}
    async with db.transaction(admin.tenant_id) as tx:
        await tx.execute(delete(takeover_bars))  # so that licenses move along, and nobody's are left behind
        await tx.execute(insert(domains).values(**row, checked_at=now))
    start = time.perf_counter()
    seen = await see_takeover(db, admin, domain=OUTSIDE, now=now)
    between = time.perf_counter()
    if seen.group is None:
        raise RuntimeError(str(seen.refusal))
    await take_over_tenant(db, admin, domain=OUTSIDE, mark=seen.group.mark, now=now)
    return between - start, time.perf_counter() - between


async def _held(db: Database, tenant_id: UUID) -> int:
    async with db.transaction(tenant_id) as tx:
        return int((await tx.execute(select(func.count()).select_from(licenses))).scalar_one())
