"""What somebody typed at the command line, found: a tenant by its address, people and products by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Catalog, Product
from tenantry.domain.people import user_key
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.frame import query
from tenantry.queries.gate import Tenant, read_tenant
from tenantry.store.catalog import load_catalog
from tenantry.store.database import Database
from tenantry.store.editions import FEATURES
from tenantry.store.handles import handle_hash
from tenantry.store.people import ACTIVE
from tenantry.store.people_write import verified_domains
from tenantry.store.tables import handles, products, tenants, users


async def find_tenant(db: Database, *, slug: str) -> Tenant:
    """The tenant at an address. For the operator, who needs no rights in it. Raises Refused("tenant_missing")."""
    address = select(handles.c.tenant_id).where(handles.c.kind == "tenant", handles.c.hash == handle_hash(slug))
    async with db.transaction() as tx:
        tenant_id = (await tx.execute(address)).scalar_one_or_none()
    if tenant_id is None:
        raise Refused("tenant_missing", Kind.MISSING, field="tenant", slug=slug)
    async with db.transaction(tenant_id) as tx:
        row = (await tx.execute(select(tenants, FEATURES))).one()
    return read_tenant(row)


async def catalog_is_empty(db: Database) -> bool:
    """Whether nothing was imported yet."""
    async with db.transaction() as tx:
        return (await tx.execute(select(products.c.sku_id).limit(1))).first() is None


@query(Permission.USER_READ)
async def list_domains(tx: AsyncConnection, viewer: Viewer) -> frozenset[str]:
    """The tenant's verified domains, case-folded."""
    return await verified_domains(tx)


@query(Permission.USER_READ)
async def find_users(tx: AsyncConnection, viewer: Viewer, *, names: tuple[str, ...]) -> tuple[UUID, ...]:
    """The people with these user names, in any case, in order. Raises Refused("users_unknown", names)."""
    keys = {user_key(name): name for name in names}
    wanted = select(users.c.user_key, users.c.id).where(ACTIVE, users.c.user_key == func.any(list(keys)))
    found = {row.user_key: row.id for row in await tx.execute(wanted)}
    unknown = [name for key, name in keys.items() if key not in found]
    if unknown:
        raise Refused("users_unknown", Kind.MISSING, field="user", names=unknown)
    return tuple(found[key] for key in keys)


@dataclass(frozen=True)
class FoundProducts:
    """The products that were named, each with those of its apps that were named to be off."""

    products: tuple[Product, ...]
    off: Mapping[UUID, frozenset[UUID]]


@query(Permission.LICENSE_READ)
async def find_products(
    tx: AsyncConnection, viewer: Viewer, *, named: tuple[str, ...], off: tuple[str, ...] = ()
) -> FoundProducts:
    """Products by id or part number; apps of theirs by id, technical name or name on screen, in any case.

    Raises Refused: "product_unknown", "product_ambiguous" (value, choices), "app_unknown" (value, product, choices).
    """
    catalog = await load_catalog(tx)
    found = tuple({product.sku_id: product for product in (_product(catalog, text) for text in named)}.values())
    apps = {product.sku_id: _apps(catalog, product) for product in found}
    for text in off:
        if not any(text.casefold() in names for names in apps.values()):
            raise _app_unknown(catalog, found, text)
    switched = {sku_id: [names.get(text.casefold(), frozenset()) for text in off] for sku_id, names in apps.items()}
    return FoundProducts(found, {sku_id: frozenset().union(*ids) for sku_id, ids in switched.items()})


def _product(catalog: Catalog, text: str) -> Product:
    known = catalog.products.get(parse_id(text) or UUID(int=0))
    if known:
        return known
    named = [product for product in catalog.products.values() if product.part_number.casefold() == text.casefold()]
    if not named:
        raise Refused("product_unknown", Kind.MISSING, field="product", value=text[:100])
    if len(named) > 1:
        choices = sorted(f"{product.sku_id} ({product.name})" for product in named)
        raise Refused("product_ambiguous", Kind.INVALID, field="product", value=text, choices=choices)
    return named[0]


def _apps(catalog: Catalog, product: Product) -> dict[str, frozenset[UUID]]:
    """Every spelling, case-folded -> the product's apps of that name."""
    spelled: dict[str, frozenset[UUID]] = {}
    for plan in (catalog.plans[plan_id] for plan_id in product.plan_ids):
        for name in {str(plan.id), plan.name.casefold(), plan.friendly_name.casefold()}:
            spelled[name] = spelled.get(name, frozenset()) | {plan.id}
    return spelled


def _app_unknown(catalog: Catalog, products: tuple[Product, ...], text: str) -> Refused:
    names = sorted({catalog.plans[plan_id].name for product in products for plan_id in product.plan_ids})
    titles = [product.name for product in products]
    return Refused("app_unknown", Kind.MISSING, field="off", value=text[:100], product=titles, choices=names)
