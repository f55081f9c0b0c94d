"""How cards come to be kept: the provider opens a page for one, and is asked what became of it."""

from datetime import datetime
from uuid import UUID

from tenantry.clients.payments import card_keeper
from tenantry.commands.save_cards import keep_customer, note_card_page, save_card
from tenantry.domain.payments import SetupState
from tenantry.domain.viewers import janitor
from tenantry.queries.cards import find_card_setup, removed_card
from tenantry.queries.house import House


async def open_page(house: House, *, tenant_id: UUID, setup_id: UUID, give_up: bool, now: datetime) -> None:
    """Opens the provider's page for a card, once. give_up: it was tried long enough. Raises ProviderDown."""
    viewer, keeper = janitor(tenant_id), card_keeper(house.settings)
    setup = await find_card_setup(house.db, viewer, setup_id=setup_id)
    if setup is None or setup.state is not SetupState.WAITING:
        return
    state, external_id, url = SetupState.FAILED, None, None
    if keeper is not None and not setup.is_test and not give_up:
        customer = setup.customer or await keep_customer(
            house.db, viewer, external_id=await keeper.open_customer(tenant_id, setup.name), now=now
        )
        page = await keeper.open_page(setup_id, tenant_id, customer, setup.place)
        state, external_id, url = SetupState.OPEN, page.external_id, page.url
    facts = {"setup_id": setup_id, "state": state, "external_id": external_id, "url": url}
    await note_card_page(house.db, viewer, **facts, now=now)


async def look(house: House, *, tenant_id: UUID, setup_id: UUID, now: datetime) -> None:
    """Keeps the card that was entered at a page, if there is one by now. Raises ProviderDown."""
    viewer, keeper = janitor(tenant_id), card_keeper(house.settings)
    setup = await find_card_setup(house.db, viewer, setup_id=setup_id)
    if setup is None or setup.state is not SetupState.OPEN or setup.external_id is None or keeper is None:
        return
    entered = await keeper.read_page(setup.external_id)
    if entered.card is not None:
        await save_card(house.db, viewer, setup_id=setup_id, card=entered.card, now=now)
    elif entered.state is SetupState.FAILED:
        gone = {"setup_id": setup_id, "state": SetupState.FAILED, "external_id": None, "url": None}
        await note_card_page(house.db, viewer, **gone, now=now)


async def forget(house: House, *, tenant_id: UUID, method_id: UUID) -> None:
    """Has the provider forget a card that was removed here. Raises ProviderDown."""
    keeper = card_keeper(house.settings)
    card = await removed_card(house.db, janitor(tenant_id), method_id=method_id)
    if keeper is not None and card is not None:
        await keeper.forget(card)
