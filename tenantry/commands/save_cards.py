"""Cards that are entered at the provider's own page: the page asked for, opened, and left with a card or without."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from tenantry.commands.frame import Tx, command
from tenantry.domain.payments import Card, PaymentState, SetupState
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.payment_methods import add_method, begin_card_setup
from tenantry.store.queue import defer
from tenantry.store.tables import card_setups, payment_customers, payments
from tenantry.store.upgrades import keep_card

STRIPE = "stripe"
_ENDED = (SetupState.DONE, SetupState.FAILED)


@dataclass(frozen=True)
class CardPage:
    """A card that is to be added, and where that stands."""

    setup_id: UUID
    state: str


@command(Permission.BILLING_CHANGE)
async def begin_card(tx: Tx, viewer: Viewer, *, now: datetime) -> CardPage:
    """Has a job open a page of the provider's where a card can be entered."""
    setup_id = await begin_card_setup(tx.db, viewer.tenant_id, viewer.user_id, viewer.name, now)
    return CardPage(setup_id, SetupState.WAITING.value)


@command(Permission.BILLING_CHANGE)
async def keep_customer(tx: Tx, viewer: Viewer, *, external_id: str, now: datetime) -> str:
    """Keeps the provider's name for the tenant, and returns the one that was kept first."""
    row = {"tenant_id": viewer.tenant_id, "provider": STRIPE, "external_id": external_id, "made_at": now}
    await tx.db.execute(upsert(payment_customers).values(row).on_conflict_do_nothing())
    kept = select(payment_customers.c.external_id).where(payment_customers.c.provider == STRIPE)
    return str((await tx.db.execute(kept)).scalar_one())


@command(Permission.BILLING_CHANGE)
async def note_card_page(
    tx: Tx,
    viewer: Viewer,
    *,
    setup_id: UUID,
    state: SetupState,
    external_id: str | None,
    url: str | None,
    now: datetime,
) -> CardPage:
    """The page is open at `url`, or was left without a card. What has ended stays as it is."""
    row = await _locked(tx, setup_id)
    if row.state in _ENDED:
        return CardPage(setup_id, row.state)
    facts = {"state": state.value, "external_id": external_id or row.external_id, "url": url}
    await tx.db.execute(update(card_setups).where(card_setups.c.id == setup_id).values(facts))
    return CardPage(setup_id, state)


@command(Permission.BILLING_CHANGE)
async def save_card(tx: Tx, viewer: Viewer, *, setup_id: UUID, card: Card, now: datetime) -> CardPage:
    """Keeps the card that was entered, once, however often it is told of."""
    row = await _locked(tx, setup_id)
    if row.state == SetupState.DONE:
        return CardPage(setup_id, row.state)
    done = {"state": SetupState.DONE.value, "url": None}
    await tx.db.execute(update(card_setups).where(card_setups.c.id == setup_id).values(done))
    method_id = await add_method(tx.db, viewer.tenant_id, row.provider, card, now)
    await keep_card(tx.db, row.actor_id, method_id)
    tx.tell(card.label)
    return CardPage(setup_id, SetupState.DONE.value)


async def _locked(tx: Tx, setup_id: UUID) -> Row[Any]:
    found = select(card_setups).where(card_setups.c.id == setup_id).with_for_update()
    row = (await tx.db.execute(found)).one_or_none()
    if row is None:
        raise Refused("payment_method_missing", Kind.MISSING)
    return row


@command(Permission.BILLING_CHANGE)
async def ask_provider(
    tx: Tx, viewer: Viewer, *, setup_id: UUID | None = None, payment_id: UUID | None = None, now: datetime
) -> bool:
    """Has a job ask how it stands with a card or a payment, for who comes back from the provider's page.

    False if there is nothing to ask. Raises Refused: "payment_method_missing", "payment_missing".
    """
    if setup_id is not None:
        is_open = bool((await _locked(tx, setup_id)).state == SetupState.OPEN)
        if is_open:
            await defer(tx.db, "look_at_card", tenant_id=viewer.tenant_id, setup_id=setup_id)
        return is_open
    found = select(payments.c.state).where(payments.c.id == payment_id, payments.c.provider == STRIPE)
    state = (await tx.db.execute(found)).scalar_one_or_none()
    if state is None or payment_id is None:
        raise Refused("payment_missing", Kind.MISSING)
    waits = state in (PaymentState.WAITING, PaymentState.ACTION)
    if waits:
        await defer(tx.db, "look_at_payment", tenant_id=viewer.tenant_id, payment_id=payment_id)
    return waits
