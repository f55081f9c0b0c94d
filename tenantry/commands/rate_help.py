"""What a reader says of a help page. Whoever reads it may, signed in or not, so it is counted by address."""

from datetime import datetime

from sqlalchemy import insert

from tenantry.domain.help_pages import Rating, checked_rating
from tenantry.kit.errors import Kind, Refused
from tenantry.store.database import Database
from tenantry.store.tables import help_ratings
from tenantry.store.throttles import count_try

PER_ADDRESS = 10  # in a quarter of an hour


async def rate_help(db: Database, *, rating: Rating, address: str, now: datetime) -> None:
    """Keeps the rating, without who it is from. address: where it comes from, kept as a count only.

    Raises Refused: "help_limited"; with the field "comment" what is said of texts.
    """
    kept = checked_rating(rating)
    if await count_try(db, "help_rating", address, now) > PER_ADDRESS:
        raise Refused("help_limited", Kind.LIMITED)
    row = {"page": kept.topic.value, "language": kept.language, "helpful": kept.helpful, "comment": kept.comment}
    async with db.transaction() as tx:
        await tx.execute(insert(help_ratings).values(**row, at=now))
