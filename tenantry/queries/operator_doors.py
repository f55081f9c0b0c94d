"""The doors and the list of mail domains, as the operator looks at them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Product
from tenantry.domain.doors import Door
from tenantry.domain.operators import Operator
from tenantry.queries.operator_frame import operator_query
from tenantry.store.catalog import load_catalog
from tenantry.store.free_products import offered_at
from tenantry.store.tables import mail_domains, prices


@dataclass(frozen=True)
class Doors:
    """What each door offers, in its order, and the products that there are to choose from, by name.

    priced: those that can be sold.
    """

    offers: dict[Door, tuple[Product, ...]]
    products: tuple[Product, ...]
    priced: frozenset[UUID]


@operator_query
async def read_doors(tx: AsyncConnection, operator: Operator) -> Doors:
    """Every door."""
    catalog = await load_catalog(tx)
    offers = {door: await offered_at(tx, door) for door in Door}
    priced = frozenset((await tx.execute(select(prices.c.sku_id).distinct())).scalars())
    some = [product for product in catalog.products.values() if product.applies_to == "user"]
    return Doors(offers, tuple(sorted(some, key=lambda one: (one.name.casefold(), one.part_number))), priced)


@dataclass(frozen=True)
class MailDomainRow:
    name: str
    kind: str


@dataclass(frozen=True)
class MailDomainPage:
    """Some names in their order. next: after which name the next page begins; None: there is none."""

    rows: tuple[MailDomainRow, ...]
    next: str | None


@operator_query
async def list_mail_domains(
    tx: AsyncConnection, operator: Operator, *, q: str, after: str, limit: int
) -> MailDomainPage:
    """A page of the names that hold `q`, by name."""
    name = mail_domains.c.name.collate("C")
    wanted = select(mail_domains.c.name, mail_domains.c.kind).where(name > after)
    if q := q.strip().lower():
        wanted = wanted.where(func.strpos(mail_domains.c.name, q) > 0)
    rows = (await tx.execute(wanted.order_by(name).limit(limit + 1))).all()
    page = tuple(MailDomainRow(*row) for row in rows[:limit])
    return MailDomainPage(page, page[-1].name if len(rows) > limit else None)
