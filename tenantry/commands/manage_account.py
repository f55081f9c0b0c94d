"""What people choose for their own account. It belongs to no tenant, so these have no viewer."""

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import update

from tenantry.kit.errors import Kind, Refused
from tenantry.store.database import Database
from tenantry.store.tables import accounts
from tenantry.words.speech import LANGUAGES
from tenantry.words.zones import zone_named

THEMES = ("auto", "light", "dark")
PAGE_ROWS = (25, 50, 100, 200)


@dataclass(frozen=True)
class Wishes:
    """How an account's pages look. time_zone: a name of the zone database, or None for the browser's own."""

    language: str
    time_zone: str | None
    theme: str
    page_rows: int


async def change_settings(db: Database, *, account_id: UUID, wishes: Wishes) -> None:
    """All of an account's wishes at once.

    Raises Refused with `field`: "language_unknown", "time_zone_unknown", "choice_unknown".
    """
    _check_language(wishes.language)
    zone = zone_named(wishes.time_zone) if wishes.time_zone else None
    if wishes.time_zone and zone is None:
        raise Refused("time_zone_unknown", Kind.INVALID, field="time_zone", value=wishes.time_zone[:60])
    for field, value, known in (("theme", wishes.theme, THEMES), ("page_rows", wishes.page_rows, PAGE_ROWS)):
        if value not in known:
            raise Refused("choice_unknown", Kind.INVALID, field=field, value=str(value)[:20])
    await _keep(db, account_id, **asdict(wishes) | {"time_zone": zone})


async def choose_language(db: Database, *, account_id: UUID, language: str) -> None:
    """The language of an account's pages from now on. Raises Refused("language_unknown")."""
    _check_language(language)
    await _keep(db, account_id, language=language)


async def choose_theme(db: Database, *, account_id: UUID, theme: str) -> None:
    """auto, light or dark."""
    await _keep(db, account_id, theme=theme)


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise Refused("language_unknown", Kind.INVALID, field="language", value=language[:20])


async def _keep(db: Database, account_id: UUID, **wishes: object) -> None:
    async with db.transaction() as tx:
        await tx.execute(update(accounts).where(accounts.c.id == account_id).values(**wishes))
