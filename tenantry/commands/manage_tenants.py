"""Tenants made, and what they own."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.commands.frame import Tx, command
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.catalog import Frequency
from tenantry.domain.charges import MONTHS
from tenantry.domain.operators import Operator
from tenantry.domain.people import Person, check_person
from tenantry.domain.periods import period_at
from tenantry.domain.roles import Permission, Role
from tenantry.domain.seat_changes import SEATS_LIMIT
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.mailbox import domain_of
from tenantry.kit.money import exponent
from tenantry.store import people_write, tables
from tenantry.store.handles import handle_hash
from tenantry.words.countries import country_codes
from tenantry.words.speech import LANGUAGES

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")


@dataclass(frozen=True)
class FirstAdmin:
    """The person who is to run a new tenant, and the hash of their password.

    must_change: they have to choose one of their own at the first sign-in.
    """

    person: Person
    password_hash: str
    must_change: bool = False


@operator_command
async def create_tenant(
    tx: Tx,
    operator: Operator,
    *,
    tenant_id: UUID,
    slug: str,
    name: str,
    country: str,
    language: str,
    currency: str,
    domain: str,
    now: datetime,
    admin: FirstAdmin | None = None,
    sandbox: bool = False,
) -> UUID:
    """A managed tenant with one verified domain, its default, and, if named, its first global admin. Returns its id.

    tenant_id: a new one. slug: the tenant's part of every address. sandbox: it has a clock that can be moved ahead.
    Raises Refused with `field`: "tenant_address_invalid", "tenant_address_taken", "text_missing", "country_unknown",
    "currency_unknown", "language_unknown", "address_invalid", "domain_taken", and what `check_person` finds.
    """
    _check(slug, name, country, language, currency)
    domain = domain_of(f"postmaster@{domain}")
    row: dict[str, Any] = {
        "slug": slug,
        "name": name.strip(),
        "country": country,
        "language": language,
        "currency": currency,
    }
    await _claim(tx.db, tenant_id, slug, domain, now)
    clock = {"test_clock": 0 if sandbox else None, "created_at": now}
    await tx.db.execute(insert(tables.tenants).values(tenant_id=tenant_id, **row, **clock))
    default = {"tenant_id": tenant_id, "name": domain, "is_default": True, "is_initial": True, "method": "initial"}
    default |= {"added_at": now, "verified_at": now}
    await tx.db.execute(insert(tables.domains).values(default))
    if admin is not None:
        await _add_admin(tx.db, tenant_id, domain, admin, now)
    facts: dict[str, Any] = {**row, "sandbox": True} if sandbox else dict(row)
    tx.tell(name.strip(), **facts)
    return tenant_id


def _check(slug: str, name: str, country: str, language: str, currency: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise Refused("tenant_address_invalid", Kind.INVALID, field="slug", slug=slug[:100])
    if not name.strip():
        raise Refused("text_missing", Kind.INVALID, field="name")
    if country not in country_codes().values():
        raise Refused("country_unknown", Kind.INVALID, field="country", value=country)
    if language not in LANGUAGES:
        raise Refused("language_unknown", Kind.INVALID, field="language", value=language)
    exponent(currency)


async def _claim(tx: AsyncConnection, tenant_id: UUID, slug: str, domain: str, now: datetime) -> None:
    """The address and the domain, if nobody has them; two who come at once are told apart by the keys."""
    address = {"kind": "tenant", "hash": handle_hash(slug), "tenant_id": tenant_id, "row_id": tenant_id}
    if not await _added(tx, tables.handles, address):
        raise Refused("tenant_address_taken", Kind.CONFLICT, field="slug")
    if not await _added(tx, tables.domain_registry, {"name": domain, "tenant_id": tenant_id, "proven_at": now}):
        raise Refused("domain_taken", Kind.CONFLICT, field="domain")


async def _added(tx: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
    """Adds the row, unless a key of another stands in its way."""
    put = insert_new(table).values(row).on_conflict_do_nothing().returning(table.c.tenant_id)
    return (await tx.execute(put)).first() is not None


async def _add_admin(tx: AsyncConnection, tenant_id: UUID, domain: str, admin: FirstAdmin, now: datetime) -> None:
    for field, code, params in check_person(admin.person, domains=(domain,), country_codes=country_codes()):
        raise Refused(code, Kind.INVALID, field=field, **params)
    (user_id,) = await people_write.insert_people(tx, tenant_id, [admin.person], "member", now)
    account_id = await people_write.open_account(
        tx, email=admin.person.user_name, password_hash=admin.password_hash, now=now
    )
    if account_id is None:
        raise Refused("user_name_taken", Kind.CONFLICT, field="user_name")
    if admin.must_change:
        mine = update(tables.accounts).where(tables.accounts.c.id == account_id)
        await tx.execute(mine.values(must_change_password=True))
    await people_write.join_account(tx, tenant_id, user_id, account_id)
    await people_write.give_roles(tx, tenant_id, user_id, [Role.GLOBAL])


@dataclass(frozen=True)
class Subscribed:
    """The new subscription, and the operation that made it."""

    subscription_id: UUID
    operation_id: UUID


@command(Permission.SUBSCRIPTION_CHANGE)
async def open_subscription(
    tx: Tx,
    viewer: Viewer,
    *,
    sku_id: UUID,
    seats: int,
    term_months: int,
    frequency: Frequency,
    currency: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    recurring: bool = True,
    channel: str = "direct",
    trial: bool = False,
) -> Subscribed:
    """Seats of a product, at the catalog's price; a trial costs nothing.

    The period is half-open: `starts_at <= moment < ends_at`. What was used before and the billing period under way
    count as paid; from the next one on it is charged.
    Raises Refused: "product_unknown", "seats_invalid", "price_missing".
    """
    product = (await tx.db.execute(select(tables.products).where(tables.products.c.sku_id == sku_id))).one_or_none()
    if product is None:
        raise Refused("product_unknown", Kind.INVALID, value=str(sku_id))
    if seats not in range(1, SEATS_LIMIT + 1):
        raise Refused("seats_invalid", Kind.INVALID, field="seats", limit=SEATS_LIMIT)
    price = 0 if trial else await _price(tx, sku_id, product.name, (currency, term_months, frequency))
    terms = {"trial": trial, "recurring": recurring, "term_months": term_months, "frequency": frequency}
    paid_until = ends_at if trial else min(ends_at, period_at(starts_at, MONTHS[frequency], now).ends_at)
    period = {"starts_at": starts_at, "ends_at": ends_at, "created_at": now, "billed_until": paid_until}
    period |= {"anchor_at": starts_at, "term_at": starts_at}
    subscription_id = new_id()
    row = {"tenant_id": viewer.tenant_id, "id": subscription_id, "sku_id": sku_id, "seats": seats, "channel": channel}
    pool = insert_new(tables.seat_pools).values(tenant_id=viewer.tenant_id, sku_id=sku_id)
    await tx.db.execute(pool.on_conflict_do_nothing())
    await tx.db.execute(
        insert(tables.subscriptions).values(**row, **terms, **period, currency=currency, unit_price=price)
    )
    batch = {"tenant_id": viewer.tenant_id, "subscription_id": subscription_id, "seats": seats}
    await tx.db.execute(insert(tables.seat_batches).values(**batch, bought_at=starts_at))
    tx.tell(product.name, seats=seats, trial=trial, term_months=term_months)
    return Subscribed(subscription_id, tx.operation_id)


async def _price(tx: Tx, sku_id: UUID, name: str, terms: tuple[str, int, str]) -> int:
    prices = tables.prices.c
    wanted = dict(zip((prices.currency, prices.term_months, prices.frequency), terms, strict=True))
    found = select(prices.minor).where(prices.sku_id == sku_id, *(column == value for column, value in wanted.items()))
    minor = (await tx.db.execute(found)).scalar_one_or_none()
    if minor is None:
        raise Refused("price_missing", Kind.INVALID, product=name, currency=terms[0], months=terms[1])
    return int(minor)
