"""Editions, as the operator writes them: features, terms, community, phones to call; and whose is which."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.editions import Edition, checked_edition, checked_phone
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Kind, Refused
from tenantry.store.tables import editions, support_phones, tenants
from tenantry.words.countries import country_codes


@operator_command
async def save_edition(tx: Tx, operator: Operator, *, edition: Edition, is_new: bool, now: datetime) -> None:
    """A new edition, or another text and other features for one.

    Raises Refused: "edition_missing"; with `field` "edition_taken" and what `checked_edition` finds.
    """
    wish = checked_edition(edition)
    features = sorted(one.value for one in wish.features)
    row = {
        "name": wish.name,
        "features": features,
        "community_url": wish.community or None,
        "terms": wish.terms or None,
    }
    if is_new:
        put = insert_new(editions).values(code=wish.code, **row).on_conflict_do_nothing().returning(editions.c.code)
        if (await tx.db.execute(put)).first() is None:
            raise Refused("edition_taken", Kind.CONFLICT, field="code")
    elif not (await tx.db.execute(update(editions).where(editions.c.code == wish.code).values(row))).rowcount:
        raise Refused("edition_missing", Kind.MISSING)
    tx.tell(wish.name, edition=wish.code)


async def _name_of(tx: Tx, code: str) -> str:
    name: str | None = (
        await tx.db.execute(select(editions.c.name).where(editions.c.code == code))
    ).scalar_one_or_none()
    if name is None:
        raise Refused("edition_missing", Kind.MISSING)
    return name


@operator_command
async def add_support_phone(
    tx: Tx, operator: Operator, *, edition: str, country: str, phone: str, hours: str, now: datetime
) -> None:
    """A number to call from a country. hours: empty for day and night.

    Raises Refused: "edition_missing"; with `field` "country_unknown" and what `checked_phone` finds.
    """
    name = await _name_of(tx, edition)
    if country not in country_codes().values():
        raise Refused("country_unknown", Kind.INVALID, field="country", value=country)
    number, hours = checked_phone(phone, hours)
    row = {"edition": edition, "country": country, "phone": number, "hours": hours}
    await tx.db.execute(insert(support_phones).values(row))
    tx.tell(name, country=country, phone=number)


@operator_command
async def remove_support_phone(tx: Tx, operator: Operator, *, edition: str, phone_id: UUID, now: datetime) -> None:
    """A number less; one that is gone already is no fault. Raises Refused("edition_missing")."""
    name, mine = await _name_of(tx, edition), support_phones.c
    gone = delete(support_phones).where(mine.id == phone_id, mine.edition == edition)
    row = (await tx.db.execute(gone.returning(mine.country, mine.phone))).one_or_none()
    if row is not None:
        tx.tell(name, country=row.country, phone=row.phone)


@operator_command
async def choose_edition(tx: Tx, operator: Operator, *, tenant_id: UUID, edition: str, now: datetime) -> None:
    """The edition of a tenant, from its people's next click on. Raises Refused: "edition_missing", "tenant_missing"."""
    await _name_of(tx, edition)
    row = (await tx.db.execute(select(tenants.c.name, tenants.c.edition).with_for_update())).one_or_none()
    if row is None:
        raise Refused("tenant_missing", Kind.MISSING, slug=str(tenant_id))
    if row.edition != edition:
        await tx.db.execute(update(tenants).values(edition=edition))
        tx.tell(row.name, edition=edition, before=row.edition)
