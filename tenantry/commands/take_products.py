"""Free products, taken by the people themselves."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from tenantry.commands.frame import Tx, command
from tenantry.domain.doors import Door
from tenantry.domain.editions import Feature
from tenantry.domain.licenses import Wish
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store import licenses
from tenantry.store.editions import features_here
from tenantry.store.free_products import offered_at, open_pools
from tenantry.store.tables import tenants, users
from tenantry.words.countries import country_codes


@dataclass(frozen=True)
class Taken:
    """The product's name, and whether it is new to the viewer."""

    product: str
    is_new: bool


@command(Permission.OWN_USE)
async def take_product(tx: Tx, viewer: Viewer, *, sku_id: UUID, country: str, now: datetime) -> Taken:
    """A product of the door of sign-up, for oneself. country: where one uses it, for who has no usage location yet.

    Raises Refused: "own_use_only", "product_not_given", "sign_up_not_licensed" (the tenant forbids it),
    "country_unknown" (field "country"), "assignment_refused".
    """
    if viewer.user_id is None:
        raise Refused("own_use_only", Kind.DENIED)
    product = next((one for one in await offered_at(tx.db, Door.SIGN_UP) if one.sku_id == sku_id), None)
    if product is None:
        raise Refused("product_not_given", Kind.MISSING)
    tenant = (await tx.db.execute(select(tenants).with_for_update(read=True))).one()
    features = await features_here(tx.db)
    if not tenant.self_licensing or Feature.SELF_SERVICE not in features:
        raise Refused("sign_up_not_licensed", Kind.DENIED, name=tenant.name)
    await _locate(tx, viewer.user_id, country)
    await open_pools(tx.db, viewer.tenant_id, [sku_id], tenant.currency, now)
    stamp, whom = licenses.Stamp(tx.operation_id, now), Selection(ids=(viewer.user_id,))
    given = await licenses.give(tx.db, whom, Wish(assign={sku_id: frozenset()}), stamp, all_or_none=True)
    is_new = given.plan.outcomes[0] > 0
    if is_new:
        tx.tell(viewer.name, [viewer.user_id], **given.facts)
    return Taken(product.name, is_new)


async def _locate(tx: Tx, user_id: UUID, country: str) -> None:
    """Says where somebody is of whom nobody has said it; what an admin has set stays."""
    known = select(users.c.usage_location).where(users.c.id == user_id)
    if (await tx.db.execute(known)).scalar_one() is not None:
        return
    if country not in country_codes().values():
        raise Refused("country_unknown", Kind.INVALID, field="country", value=country)
    await tx.db.execute(update(users).where(users.c.id == user_id).values(usage_location=country))
