"""The demo's own DNS, changed by anybody who looks at it. Doors ask first whether this is a demo."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from tenantry.kit.domain_names import normal_domain
from tenantry.kit.errors import Kind, Refused
from tenantry.store.database import Database
from tenantry.store.tables import demo_zone

KINDS = ("TXT", "MX")
LONGEST, MOST = 255, 1000


async def add_zone_record(db: Database, *, name: str, kind: str, value: str) -> str:
    """Puts a record there, once. name: of a domain, as typed; value: of a TXT record, or a mail server's name.

    Returns the name in its normal form. Raises Refused: "domain_invalid" (domain), "zone_value" (value), "zone_full".
    """
    name = normal_domain(name)
    value = value.strip().strip('"').rstrip("." if kind == "MX" else "")
    if kind not in KINDS or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise Refused("zone_value", Kind.INVALID, field="value", limit=LONGEST)
    async with db.transaction() as tx:
        if (await tx.execute(select(func.count()).select_from(demo_zone))).scalar_one() >= MOST:
            raise Refused("zone_full", Kind.CONFLICT, field="value", limit=MOST)
        await tx.execute(insert(demo_zone).values(name=name, kind=kind, value=value).on_conflict_do_nothing())
    return name


async def remove_zone_record(db: Database, *, record_id: UUID) -> None:
    async with db.transaction() as tx:
        await tx.execute(delete(demo_zone).where(demo_zone.c.id == record_id))
