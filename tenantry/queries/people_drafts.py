"""Adding many people, seen step by step: the file with its faults, what they would get, and what came of it."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.licenses import Refusal
from tenantry.domain.newcomers import Newcomers, conflicts, forecast_newcomers
from tenantry.domain.people_drafts import Checked, PeopleDraft, check_people, read_people
from tenantry.domain.people_files import PersonRow
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.frame import query
from tenantry.queries.licenses import OwnedProduct, assignable
from tenantry.store.catalog import load_catalog
from tenantry.store.people_drafts import load_draft
from tenantry.store.people_write import addresses_in_use, taken_names, verified_domains
from tenantry.store.tables import long_operations
from tenantry.words.countries import country_codes


@dataclass(frozen=True)
class SeenDraft:
    """A draft as it stands. checked: its people and faults; None where the file cannot be read, for `refused`.

    sent: it was added already, or is being added.
    """

    id: UUID
    draft: PeopleDraft
    checked: Checked | None
    refused: Refused | None
    sent: bool

    @property
    def rows(self) -> tuple[PersonRow, ...]:
        """Those who would be added, each with a usage location if any is known."""
        fine, location = self.checked.fine if self.checked else (), self.draft.usage_location or ""
        return tuple(
            row if row.person.usage_location else replace(row, person=replace(row.person, usage_location=location))
            for row in fine
        )

    @property
    def ready(self) -> bool:
        """There is somebody to add, and every fault is mended or left out."""
        checked = self.checked
        if checked is None or checked.whole or not checked.fine:
            return False
        return self.draft.without_faulty or not checked.faults


@query(Permission.USER_ADD)
async def read_draft(tx: AsyncConnection, viewer: Viewer, *, draft_id: UUID, limit: int, now: datetime) -> SeenDraft:
    """One's own draft, read and checked; limit: people per file. Raises Refused("draft_missing")."""
    return await _seen(tx, viewer, draft_id, limit, now)


async def _seen(tx: AsyncConnection, viewer: Viewer, draft_id: UUID, limit: int, now: datetime) -> SeenDraft:
    draft = await load_draft(tx, draft_id, viewer.user_id, now)
    if draft is None:
        raise Refused("draft_missing", Kind.MISSING)
    asked = select(long_operations.c.id).where(long_operations.c.id == draft.operation_id)
    sent = (await tx.execute(asked)).first() is not None
    domains = await verified_domains(tx)
    try:
        parsed = read_people(draft, limit=limit, domains=domains, country_codes=country_codes())
    except Refused as refused:
        return SeenDraft(draft_id, draft, None, refused, sent)
    keys = [row.person.key for row in parsed.value]
    taken, elsewhere = await taken_names(tx, keys), await addresses_in_use(tx, keys)
    return SeenDraft(draft_id, draft, check_people(draft, parsed, taken, elsewhere), None, sent)


@dataclass(frozen=True)
class PlannedDraft:
    """A draft with the products to choose from, and what those it gives would come to.

    conflicts: what is wrong with the products whoever gets them.
    """

    seen: SeenDraft
    products: tuple[OwnedProduct, ...]
    newcomers: Newcomers
    conflicts: tuple[Refusal, ...]


@query(Permission.USER_ADD)
async def plan_draft(tx: AsyncConnection, viewer: Viewer, *, draft_id: UUID, limit: int, now: datetime) -> PlannedDraft:
    """The same with licenses, for who may assign them. Raises Refused("draft_missing")."""
    seen = await _seen(tx, viewer, draft_id, limit, now)
    products = await assignable(tx, now, None) if viewer.can(Permission.LICENSE_ASSIGN) else ()
    owned = {product.sku_id: product.seats.free for product in products}
    given = {sku_id: off for sku_id, off in seen.draft.products.items() if sku_id in owned}
    seen = replace(seen, draft=replace(seen.draft, products=given))
    wish = seen.draft.wish
    if wish is None:
        return PlannedDraft(seen, products, Newcomers(), ())
    catalog = await load_catalog(tx)
    places = Counter(row.person.usage_location for row in seen.rows)
    return PlannedDraft(seen, products, forecast_newcomers(places, wish, catalog, owned), conflicts(wish, catalog))
