"""Factories: the cast, many people, seats and licenses into a database, as sets and without the commands."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import event, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.commands.ask_support import open_request
from tenantry.commands.draft_people import begin_draft
from tenantry.domain.catalog import Product
from tenantry.domain.charges import Price
from tenantry.domain.orders import Order, buy, quote
from tenantry.domain.people import Person
from tenantry.domain.people_files import ALL_HEADINGS
from tenantry.domain.roles import permissions_of
from tenantry.domain.service_requests import Asked, attach
from tenantry.domain.viewers import Viewer
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.kit.passwords import hash_password
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.store.files import keep_file
from tenantry.store.handles import handle_hash
from tenantry.store.invoices import Issued, issue_invoices
from tenantry.store.orders import insert_order
from tenantry.store.people_write import give_roles, insert_people, join_account, open_account
from tests import cast
from tests.cast import NOW, Character

_numbers = count(1)


@dataclass(frozen=True)
class Tenant:
    """A tenant of the tests. `people`: who of the cast is in it -> user id."""

    id: UUID
    slug: str
    people: dict[Character, UUID]
    accounts: dict[Character, UUID] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"

    def email(self, who: Character) -> str:
        return f"{who.user_name}@{self.domain}"

    def viewer(self, who: Character, language: str = "en") -> Viewer:
        """The viewer that a gate would make for `who`."""
        roles = frozenset([who.role] if who.role else [])
        return Viewer(self.id, self.people[who], who.name, permissions_of(roles), "web", language, roles)

    def ids(self, *who: Character) -> tuple[UUID, ...]:
        return tuple(self.people[one] for one in who)


@cache
def password_hash() -> str:
    """Of `cast.PASSWORD`: hashing is slow on purpose, so once for all."""
    return hash_password(cast.PASSWORD)


def load_catalog(owner_url: str) -> None:
    """The small catalog of the cast."""
    with psycopg.connect(owner_url) as connection, connection.cursor() as cursor:

        def put(table: str, rows: Sequence[Sequence[object]]) -> None:
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({places})".encode(), rows)

        products = cast.CATALOG.products.values()
        put("products", [(p.sku_id, p.part_number, p.name, p.applies_to) for p in products])
        put("plans", [(p.id, p.name, p.friendly_name) for p in cast.PLANS])
        put("product_plans", [(p.sku_id, plan) for p in products for plan in p.plan_ids])
        exclusive, needed = cast.CATALOG.rules.exclusive, cast.CATALOG.rules.requires_any
        put("plan_exclusions", [(a, b) for a, others in exclusive.items() for b in others if a < b])
        put("plan_requirements", [(plan, base) for plan, bases in needed.items() for base in bases])
        limits = [limit for some in cast.CATALOG.limits.values() for limit in some]
        put("plan_limits (plan_id, name, from_day, value)", [(*limit.key, limit.value) for limit in limits])
        put("product_bars", [(bar.sku_id, bar.country) for bar in cast.BARS])
        terms = [(12, "monthly", 1), (12, "yearly", 12), (1, "monthly", 1)]
        prices = [(c, m, f, minor * n) for c, minor in cast.CURRENCIES.items() for m, f, n in terms]
        put("prices", [(p.sku_id, *price) for p in cast.PRODUCTS for price in prices])
        put("doors", [(door, p.sku_id, position) for position, (door, p) in enumerate(cast.DOORS)])
        put("mail_domains", list(cast.MAIL_DOMAINS.items()))
        put("takeover_bars", [(plan.id,) for plan in cast.IMMOVABLE])


async def make_tenant(
    db: Database, slug: str = "contoso", who: Sequence[Character] = cast.CONTOSO, *, number: bool = True
) -> Tenant:
    """A tenant with a verified domain and the people `who`, each with a sign-in (`cast.PASSWORD`).

    number: makes the slug (and so every address) a new one, so that tests can share a database.
    """
    slug = f"{slug}-{next(_numbers)}" if number else slug
    tenant = Tenant(new_id(), slug, {})
    async with db.transaction(tenant.id) as tx:
        facts = {"slug": slug, "name": slug.title(), "country": "DK", "currency": "DKK", "created_at": NOW}
        await tx.execute(insert(tables.tenants).values(tenant_id=tenant.id, **facts))
        address = {"kind": "tenant", "hash": handle_hash(slug), "tenant_id": tenant.id, "row_id": tenant.id}
        await tx.execute(insert(tables.handles).values(address))
        await tx.execute(insert(tables.domain_registry).values(name=tenant.domain, tenant_id=tenant.id, proven_at=NOW))
        default = {"name": tenant.domain, "is_default": True, "is_initial": True, "method": "initial"}
        default |= {"added_at": NOW, "verified_at": NOW}
        await tx.execute(insert(tables.domains).values(tenant_id=tenant.id, **default))
        for kind in ("member", "guest"):
            some = [one for one in who if one.kind == kind]
            people = [_person(tenant, one) for one in some]
            ids = await insert_people(tx, tenant.id, people, kind, NOW) if people else []
            tenant.people.update(zip(some, ids, strict=True))
        for one, user_id in tenant.people.items():
            account = await open_account(tx, email=tenant.email(one), password_hash=password_hash(), now=NOW)
            assert account is not None
            tenant.accounts[one] = account
            await join_account(tx, tenant.id, user_id, account)
            await give_roles(tx, tenant.id, user_id, [one.role] if one.role else [])
    return tenant


def _person(tenant: Tenant, who: Character) -> Person:
    first, last = who.name.split(" ", 1)
    names = {"first_name": first, "last_name": last, "display_name": who.name}
    return Person(user_name=tenant.email(who), usage_location=who.location or "", **names)


_USERS = text("""
    WITH numbered AS (
        SELECT uuidv7() AS id, 'Person ' || lpad(n::text, 6, '0') AS name, 'p' || n || '@crowd.example' AS user_name, n
        FROM generate_series(1 + (SELECT count(*) FROM users), :n + (SELECT count(*) FROM users)) AS n
    ), made AS (
        INSERT INTO users (tenant_id, id, kind, user_name, display_name, department, usage_location, created_at, words,
            sort_en_nl, sort_da_nb)
        SELECT :tenant_id, id, :kind, user_name, name, 'Crowd ' || n % 10, :location, :now,
            ARRAY['person', lpad(n::text, 6, '0'), user_name], convert_to(name, 'UTF8'), convert_to(name, 'UTF8')
        FROM numbered RETURNING id, words
    ), told AS (
        INSERT INTO search_tokens (tenant_id, token, user_id) SELECT :tenant_id, unnest(words), id FROM made
    )
    SELECT id FROM made ORDER BY id
""")


async def make_users(
    db: Database, tenant_id: UUID, n: int, *, location: str | None = "DK", kind: str = "member"
) -> tuple[UUID, ...]:
    """`n` more people in one statement, "Person 000012" and so on, without sign-in. Returns ids in their order."""
    facts = {"n": n, "tenant_id": tenant_id, "kind": kind, "location": location, "now": NOW}
    async with db.transaction(tenant_id) as tx:
        return tuple((await tx.execute(_USERS, facts)).scalars())


async def make_group(db: Database, who: Sequence[Character], free: Product, slug: str = "fabrikam") -> Tenant:
    """People who signed up with one domain: nobody is their admin, and each has a license of the product `free`."""
    tenant = await make_tenant(db, slug, [replace(one, role=None) for one in who])
    seats = await make_pool(db, tenant.id, free, 1_000_000)
    licenses = {"tenant_id": tenant.id, "sku_id": free.sku_id, "operation_id": seats, "assigned_at": NOW}
    ids = tuple(tenant.people.values())
    rows = [{"user_id": user_id, "disabled_plans": [], "group_ids": [], **licenses} for user_id in ids]
    async with db.transaction(tenant.id) as tx:
        await tx.execute(tables.tenants.update().values(kind="unmanaged", name=tenant.domain))
        await tx.execute(tables.domains.update().values(method="email", is_initial=False))
        mine = tables.domain_registry.c.name == tenant.domain
        await tx.execute(tables.domain_registry.update().where(mine).values(proven_at=None))
        await tx.execute(tables.users.update().values(origin="email_verified"))
        await tx.execute(insert(tables.licenses), rows)
        await tx.execute(tables.seat_pools.update().values(consumed=len(ids)))
    people = dict(zip(who, ids, strict=True))
    return Tenant(tenant.id, tenant.slug, people, dict(zip(who, tenant.accounts.values(), strict=True)))


async def make_pool(
    db: Database,
    tenant_id: UUID,
    product: Product,
    seats: int,
    *,
    starts_at: datetime = NOW - cast.DAY,
    ends_at: datetime = NOW + 364 * cast.DAY,
    recurring: bool = True,
    trial: bool = False,
    channel: str = "direct",
    term_months: int = 12,
) -> UUID:
    """A subscription of `product`, and its pool where that is missing. Returns the subscription's id."""
    row = {"id": new_id(), "sku_id": product.sku_id, "seats": seats, "currency": "DKK", "unit_price": 7000}
    period = {"starts_at": starts_at, "ends_at": ends_at, "created_at": starts_at, "term_months": term_months}
    period |= {"anchor_at": starts_at, "term_at": starts_at, "billed_until": ends_at}
    terms = {"recurring": recurring, "trial": trial, "channel": channel}
    batch = {"subscription_id": row["id"], "seats": seats, "bought_at": starts_at}
    async with db.transaction(tenant_id) as tx:
        pool = upsert(tables.seat_pools).values(tenant_id=tenant_id, sku_id=product.sku_id)
        await tx.execute(pool.on_conflict_do_nothing())
        await tx.execute(insert(tables.subscriptions).values(tenant_id=tenant_id, **row, **period, **terms))
        await tx.execute(insert(tables.seat_batches).values(tenant_id=tenant_id, **batch))
    return row["id"]


async def make_sandbox(db: Database, tenant_id: UUID) -> None:
    """Gives the tenant a clock of its own, at the wall clock's time."""
    async with db.transaction(tenant_id) as tx:
        await tx.execute(tables.tenants.update().values(test_clock=0))


async def make_payer(db: Database, tenant: Tenant) -> None:
    """A billing account, so that what the tenant orders is invoiced to it."""
    place = {"street": "Strandvejen 1", "postal_code": "2900", "city": "Hellerup", "country": "DK"}
    async with db.transaction(tenant.id) as tx:
        account = insert(tables.billing_accounts)
        await tx.execute(account.values(tenant_id=tenant.id, legal_name="Contoso A/S", **place))


async def inherit(db: Database, tenant_id: UUID, product: Product, *users: UUID, direct: bool = False) -> None:
    """Licenses that come from a group (`direct`: and directly too), counted in the pool. Groups come later."""
    group, operation = new_id(), new_id()
    paths = {"disabled_plans": [] if direct else None, "group_ids": [group], "operation_id": operation}
    rows = [{"tenant_id": tenant_id, "sku_id": product.sku_id, "user_id": user, **paths} for user in users]
    async with db.transaction(tenant_id) as tx:
        await tx.execute(insert(tables.licenses).values(assigned_at=NOW), rows)
        pool = tables.seat_pools.update().where(tables.seat_pools.c.sku_id == product.sku_id)
        await tx.execute(pool.values(consumed=tables.seat_pools.c.consumed + len(users)))


async def held(db: Database, tenant_id: UUID) -> dict[tuple[UUID, UUID], frozenset[UUID] | None]:
    """Every license of the tenant: (user id, product id) -> direct switches."""
    rows = select(tables.licenses.c.user_id, tables.licenses.c.sku_id, tables.licenses.c.disabled_plans)
    async with db.transaction(tenant_id) as tx:
        return {(u, s): None if off is None else frozenset(off) for u, s, off in await tx.execute(rows)}


async def consumed(db: Database, tenant_id: UUID) -> dict[UUID, int]:
    """The counter of every pool of the tenant."""
    async with db.transaction(tenant_id) as tx:
        rows = await tx.execute(select(tables.seat_pools.c.sku_id, tables.seat_pools.c.consumed))
        return {row.sku_id: row.consumed for row in rows}


async def rows_of(db: Database, tenant_id: UUID, table: str) -> list[dict[str, object]]:
    """Every row of a table that the tenant may see; where they have ids, in the order in which they were made."""
    rows = select(tables.metadata.tables[table])
    ordered = rows.order_by("id") if "id" in rows.selected_columns else rows
    async with db.transaction(tenant_id) as tx:
        return [dict(row) for row in (await tx.execute(ordered)).mappings()]


async def make_long_operation(
    db: Database,
    tenant: Tenant,
    who: Character,
    *,
    operation_id: UUID | None = None,
    state: str = "waiting",
    file: bytes | None = None,
    **more: Any,
) -> UUID:
    """A long operation that `who` asked for, as far as `state` says; `file`: what it made, kept from now on."""
    operation_id, at = operation_id or new_id(), datetime.now(UTC)
    row = {"tenant_id": tenant.id, "id": operation_id, "command": "import_people", "language": "en", "state": state}
    row |= {"actor_id": tenant.people[who], "actor_name": who.name, "asked_at": at, "total": 40, "request": {}}
    row |= {"refusal": {"code": "country_unknown", "params": {"value": "XX"}} if state == "failed" else None}
    row |= {
        "started_at": at if state != "waiting" else None,
        "finished_at": at if state in ("done", "failed") else None,
    }
    async with db.transaction(tenant.id) as tx:
        if file is not None:
            facts = {"name": "people.zip", "media_type": "application/zip", "now": at}
            row["file_id"] = await keep_file(tx, tenant.id, pieces=[file], **facts)
        await tx.execute(insert(tables.long_operations).values(row | more))
    return operation_id


async def make_draft(db: Database, tenant: Tenant, who: Character, *lines: str) -> UUID:
    """A draft of people to add, kept from now on: `lines` of a file below its headings, or one good line."""
    line = f"ib@{tenant.domain},,,{who.name} Jr,,,,,,,,,,,,DK"
    data = "\n".join([",".join(ALL_HEADINGS.values()), *(lines or [line])]).encode()
    return await begin_draft(db, tenant.viewer(who), name="people.csv", data=data, now=datetime.now(UTC))


async def charge(tx: AsyncConnection, tenant: Tenant, subscription_id: UUID, *nets: int, **more: Any) -> None:
    """Charges of `nets` minor units without tax and a quarter of tax each, on no invoice yet."""
    known = {"tenant_id": tenant.id, "subscription_id": subscription_id, "operation_id": new_id(), "kind": "seats"}
    what = {"product": "Business Basic", "seats": 5, "unit_price": 7000, "frequency": "monthly", "currency": "DKK"}
    when = {"from_at": NOW, "until_at": NOW + 30 * cast.DAY, "at": NOW, "tax_permille": 250}
    rows = [{**known, **what, **when, **more, "net": net, "tax": int(net / 4)} for net in nets]
    await tx.execute(insert(tables.charges), rows)


async def make_invoice(
    db: Database,
    tenant: Tenant,
    *nets: int,
    now: datetime = NOW,
    po_number: str | None = None,
    product: Product = cast.BASIC,
    **more: Any,
) -> Issued:
    """An invoice of charges of `nets` and their tax, for a new subscription of `product`."""
    subscription_id = await make_pool(db, tenant.id, product, 5)
    async with db.transaction(tenant.id) as tx:
        await charge(tx, tenant, subscription_id, *nets, **more)
        return (await issue_invoices(tx, [tenant.id], now=now, po_number=po_number))[0]


async def make_order(
    db: Database, tenant: Tenant, who: Character, *, state: str = "failed", product: Product = cast.BASIC
) -> UUID:
    """An order of five seats of `product` that `who` placed, where `state` says. Nothing of it was carried out."""
    price = Price(Money(cast.CURRENCIES["DKK"], "DKK"), "monthly", Decimal(250))
    line = buy(new_id(), product.sku_id, product.name, 5, 12, price, NOW)
    facts = {"kind": "buy", "state": state, "quote": quote([line], "DKK"), "made_at": NOW, "done_at": None}
    whose = {"actor_id": tenant.people[who], "actor_name": who.name, "operation_id": new_id()}
    none = dict.fromkeys(("po_number", "method_id", "invoice_id", "failure"))
    order = Order(id=new_id(), **facts, **whose, **none)
    async with db.transaction(tenant.id) as tx:
        await insert_order(tx, tenant.id, order)
    return order.id


async def make_method(db: Database, tenant: Tenant, digits: str = "4242") -> UUID:
    """A card of the sandbox that pays for nothing yet."""
    facts = {"provider": "sandbox", "label": f"Sandbox •••• {digits}", "external_id": digits, "made_at": NOW}
    row = {"tenant_id": tenant.id, "id": new_id(), **facts}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(tables.payment_methods).values(row))
    return row["id"]


async def make_payment(db: Database, tenant: Tenant, state: str, product: Product = cast.BASIC) -> UUID:
    """A payment of an invoice of its own, by a card of its own, where `state` says."""
    invoice, method_id = await make_invoice(db, tenant, 7000, product=product), await make_method(db, tenant)
    facts = {"invoice_id": invoice.id, "method_id": method_id, "provider": "sandbox", "state": state, "made_at": NOW}
    row = {"tenant_id": tenant.id, "id": new_id(), **facts, "currency": invoice.currency, "amount": invoice.total}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(tables.payments).values(row))
    return row["id"]


@dataclass
class Statements:
    """What went to the database, without the setting of the tenant that every transaction begins with."""

    texts: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.texts)


@contextmanager
def query_count(db: Database) -> Iterator[Statements]:
    """Counts the statements of `db` inside the block; BEGIN, COMMIT and the tenant's setting are not counted."""
    found = Statements()

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "set_config('app.tenant'" not in statement:
            found.texts.append(statement)
            found.parameters.append(parameters)

    engine = db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def make_request(db: Database, tenant: Tenant, who: Character, *, file: bytes = b"a file") -> dict[str, UUID]:
    """A service request of somebody with one message and one file: its ids."""
    asked = Asked("technical", "normal", "Nothing works", "Since today.\n\nWhat now?")
    files = attach([("screen.png", file)])
    wishes = {"asked": asked, "about": None, "files": files, "site": "https://house.example"}
    opened = await open_request(db, tenant.viewer(who), **wishes, now=NOW)
    async with db.transaction(tenant.id) as tx:
        same = tables.service_messages.c.request_id == opened.request_id
        found = select(tables.service_files.c.id).join(tables.service_messages).where(same)
        file_id = (await tx.execute(found)).scalar_one()
    return {"request_id": opened.request_id, "file_id": file_id}
