"""What the operator lets people take and buy by themselves, and the mail domains that nobody signs up with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.doors import Door
from tenantry.domain.mail_domains import MailDomain, is_name
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Kind, Refused
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import doors, mail_domains, prices


@operator_command
async def offer_at_door(tx: Tx, operator: Operator, *, door: Door, sku_id: UUID, now: datetime) -> None:
    """A product more at a door, as its last. Twice does nothing.

    Raises Refused with the field "product": "product_unknown", "product_for_company", "door_unpriced" (what is sold
    needs a price).
    """
    product = (await load_catalog(tx.db)).products.get(sku_id)
    if product is None:
        raise Refused("product_unknown", Kind.INVALID, field="product", value=str(sku_id))
    if product.applies_to == "company":
        raise Refused("product_for_company", Kind.INVALID, field="product", product=product.name)
    priced = select(prices.c.sku_id).where(prices.c.sku_id == sku_id).limit(1)
    if door is not Door.SIGN_UP and (await tx.db.execute(priced)).first() is None:
        raise Refused("door_unpriced", Kind.INVALID, field="product", product=product.name)
    last = select(func.coalesce(func.max(doors.c.position), 0)).where(doors.c.door == door.value)
    position = int((await tx.db.execute(last)).scalar_one()) + 1
    row = insert(doors).values(door=door.value, sku_id=sku_id, position=position).on_conflict_do_nothing()
    if (await tx.db.execute(row.returning(doors.c.sku_id))).first() is not None:
        tx.tell(product.name, door=door.value)


@operator_command
async def withdraw_from_door(tx: Tx, operator: Operator, *, door: Door, sku_id: UUID, now: datetime) -> None:
    """A product less at a door. Who has it keeps it."""
    mine = delete(doors).where(doors.c.door == door.value, doors.c.sku_id == sku_id)
    if (await tx.db.execute(mine.returning(doors.c.sku_id))).first() is not None:
        product = (await load_catalog(tx.db)).products.get(sku_id)
        tx.tell(product.name if product else str(sku_id), door=door.value)


@operator_command
async def block_mail_domain(tx: Tx, operator: Operator, *, name: str, kind: MailDomain, now: datetime) -> None:
    """Nobody signs up with the domain, or one below it, any more. Who did stays. A known name gets the kind.

    name: in its normal form; `yahoo.*` for it under every suffix. Raises Refused("mail_domain_form") (field "name").
    """
    if not is_name(name):
        raise Refused("mail_domain_form", Kind.INVALID, field="name", value=name[:100])
    row = insert(mail_domains).values(name=name, kind=kind.value)
    await tx.db.execute(row.on_conflict_do_update(index_elements=["name"], set_={"kind": kind.value}))
    tx.tell(name, kind=kind.value)


@operator_command
async def unblock_mail_domain(tx: Tx, operator: Operator, *, name: str, now: datetime) -> None:
    """People may sign up with the domain again. A name that is not on the list is passed over."""
    mine = delete(mail_domains).where(mail_domains.c.name == name).returning(mail_domains.c.name)
    if (await tx.db.execute(mine)).first() is not None:
        tx.tell(name)
