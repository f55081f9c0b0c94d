"""Cards and second steps at a provider's own page, for who is about to become the admin and has no other rights yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.become_admin import require_upgrade
from tenantry.commands.frame import Tx, command
from tenantry.commands.save_cards import CardPage
from tenantry.domain.payments import PaymentState, SetupState
from tenantry.domain.roles import Permission
from tenantry.domain.upgrades import Step
from tenantry.domain.viewers import Viewer
from tenantry.store.payment_methods import begin_card_setup
from tenantry.store.queue import defer
from tenantry.store.tables import card_setups, orders, payments


@command(Permission.OWN_USE)
async def begin_upgrade_card(tx: Tx, viewer: Viewer, *, now: datetime) -> CardPage:
    """Has a job open a page of the provider's where a card can be entered. Raises what `require_upgrade` does."""
    await require_upgrade(tx, viewer, Step.BUY)
    setup_id = await begin_card_setup(tx.db, viewer.tenant_id, viewer.user_id, viewer.name, now)
    return CardPage(setup_id, SetupState.WAITING.value)


@command(Permission.OWN_USE)
async def ask_about_card(tx: Tx, viewer: Viewer, *, setup_id: UUID, now: datetime) -> bool:
    """Has a job ask whether a card was entered that the viewer began. False if there is nothing to ask."""
    mine = select(card_setups.c.id).where(card_setups.c.id == setup_id, card_setups.c.actor_id == viewer.user_id)
    waits = (await tx.db.execute(mine.where(card_setups.c.state == SetupState.OPEN.value))).one_or_none() is not None
    if waits:
        await defer(tx.db, "look_at_card", tenant_id=viewer.tenant_id, setup_id=setup_id)
    return waits


@command(Permission.OWN_USE)
async def ask_about_payment(tx: Tx, viewer: Viewer, *, payment_id: UUID, now: datetime) -> bool:
    """Has a job ask how it stands with a payment of the viewer's own order. False if there is nothing to ask."""
    under_way = payments.c.state.in_([PaymentState.WAITING.value, PaymentState.ACTION.value])
    ordered = (orders.c.tenant_id == payments.c.tenant_id) & (orders.c.id == payments.c.order_id)
    mine = select(payments.c.id).join(orders, ordered).where(payments.c.id == payment_id, under_way)
    own = mine.where(orders.c.actor_id == viewer.user_id, payments.c.provider == "stripe")
    waits = (await tx.db.execute(own)).one_or_none() is not None
    if waits:
        await defer(tx.db, "look_at_payment", tenant_id=viewer.tenant_id, payment_id=payment_id)
    return waits
