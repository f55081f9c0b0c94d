"""Cards on their way: for the page that waits for one, and for the jobs that ask the provider."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.payments import SetupState
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.frame import query
from tenantry.store.tables import billing_accounts, card_setups, payment_customers, payment_methods, tenants


@dataclass(frozen=True)
class CardSetup:
    """A card that is to be added. url: of the provider's page, while it is open.

    customer, external_id: the provider's names for the tenant and for the page. name: of who pays; place: of our page,
    below the house's address. is_test: the tenant's clock is moved, so that it has no real money.
    """

    id: UUID
    state: SetupState
    url: str | None
    customer: str | None
    external_id: str | None
    name: str
    place: str
    is_test: bool


@query(Permission.BILLING_CHANGE)
async def read_card_setup(tx: AsyncConnection, viewer: Viewer, *, setup_id: UUID) -> CardSetup:
    """One of them. Raises Refused("payment_method_missing")."""
    setup = await _setup(tx, setup_id)
    if setup is None:
        raise Refused("payment_method_missing", Kind.MISSING)
    return setup


@query(Permission.OWN_USE)
async def read_own_card_setup(tx: AsyncConnection, viewer: Viewer, *, setup_id: UUID) -> CardSetup:
    """One that the viewer began, on the way to become the admin. Raises Refused("payment_method_missing")."""
    mine = select(card_setups.c.id).where(card_setups.c.id == setup_id, card_setups.c.actor_id == viewer.user_id)
    setup = await _setup(tx, setup_id) if (await tx.execute(mine)).one_or_none() and viewer.user_id else None
    if setup is None:
        raise Refused("payment_method_missing", Kind.MISSING)
    return setup


@query(Permission.BILLING_READ)
async def find_card_setup(tx: AsyncConnection, viewer: Viewer, *, setup_id: UUID) -> CardSetup | None:
    """The same for jobs: one that is gone has nothing left to do."""
    return await _setup(tx, setup_id)


async def _setup(tx: AsyncConnection, setup_id: UUID) -> CardSetup | None:
    mine, whose = card_setups.c, payment_customers.c
    found = (
        select(
            card_setups,
            payment_customers.c.external_id.label("customer"),
            billing_accounts.c.legal_name,
            tenants.c.name,
            tenants.c.slug,
            tenants.c.test_clock,
            tenants.c.kind,
        )
        .join(tenants, tenants.c.tenant_id == mine.tenant_id)
        .outerjoin(billing_accounts, billing_accounts.c.tenant_id == mine.tenant_id)
        .outerjoin(payment_customers, and_(whose.tenant_id == mine.tenant_id, whose.provider == mine.provider))
        .where(mine.id == setup_id)
    )
    row = (await tx.execute(found)).one_or_none()
    if row is None:
        return None
    # Whoever is about to become the admin has no other pages yet.
    part = "billing/methods" if row.kind == "managed" else "become-admin/buy"
    return CardSetup(
        id=row.id,
        state=SetupState(row.state),
        url=row.url,
        customer=row.customer,
        external_id=row.external_id,
        name=row.legal_name or row.name,
        place=f"/t/{row.slug}/{part}/cards/{row.id}?back=1",
        is_test=row.test_clock is not None,
    )


@query(Permission.BILLING_READ)
async def removed_card(tx: AsyncConnection, viewer: Viewer, *, method_id: UUID) -> str | None:
    """The provider's name for a card that was removed and that nothing else here uses."""
    gone = select(payment_methods.c.external_id).where(
        payment_methods.c.id == method_id, payment_methods.c.removed_at.is_not(None)
    )
    card: str | None = (await tx.execute(gone)).scalar_one_or_none()
    return card
