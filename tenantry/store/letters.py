"""Letters: mail that is written in a command's transaction and sent by a job after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, Uuid, func, insert, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.kit.ids import new_id
from tenantry.store.clocks import wall
from tenantry.store.queue import defer
from tenantry.store.tables import letters, tenants


async def write_letter(
    tx: AsyncConnection, *, kind: str, to: str, language: str, params: Mapping[str, Any], now: datetime
) -> None:
    """Has a letter sent to the address `to` once `tx` has committed.

    kind: a key of `words.letters.LETTERS`, `params` its places. They may hold links: they are wiped once it is sent.
    now: of the tenant that `tx` is fenced to; letters themselves go by the wall clock.
    """
    letter_id = new_id()
    row = {"id": letter_id, "kind": kind, "recipient": to, "language": language}
    written = insert(letters).values(row | {"params": msgspec.to_builtins(dict(params)), "made_at": wall(now)})
    await tx.execute(written)
    await put_off(tx, letter_id)


# A job for each letter, as `put_off` spells it.
_JOBS: ColumnElement[int] = literal_column("""cardinality(procrastinate_defer_jobs_v1(array_agg((
    'default', 'send_letter', 0, 'letter/' || id, NULL, jsonb_build_object('letter_id', id), NULL
)::procrastinate_job_to_defer_v1)))""")


async def write_letters(
    tx: AsyncConnection, people: Select[Any], *, kind: str, params: Mapping[str, Any], now: datetime
) -> int:
    """The same letter to each of `people` (address, language or NULL). Returns how many; one statement.

    Whoever chose no language gets it in the tenant's. now: as for `write_letter`.
    """
    to, chosen = people.cte("people").c
    usual = select(tenants.c.language).scalar_subquery()
    fresh = func.uuidv7(type_=Uuid).label("id")
    told = select(fresh, to.label("recipient"), func.coalesce(chosen, usual, "en").label("language")).cte("told")
    same = (literal(kind), literal(msgspec.to_builtins(dict(params)), JSONB), wall(now))
    rows = insert(letters).from_select(
        ["id", "recipient", "language", "kind", "params", "made_at"], select(told, *same), include_defaults=False
    )
    written = rows.returning(letters.c.id).cte("written")
    jobs = select(_JOBS.label("jobs")).select_from(told).having(func.count() > 0).cte("jobs")
    counted = select(select(func.count()).select_from(written).scalar_subquery(), jobs.c.jobs).select_from(jobs)
    row = (await tx.execute(counted)).one_or_none()
    return int(row[0]) if row else 0


async def put_off(tx: AsyncConnection, letter_id: UUID) -> None:
    """Has a job send the letter. Two jobs of one letter come one after the other, and the second finds it sent."""
    await defer(tx, "send_letter", lock=f"letter/{letter_id}", letter_id=letter_id)


async def send_again(tx: AsyncConnection, letter_id: UUID) -> bool:
    """Has a letter that was given up sent again, from its first try on. False if it was not given up."""
    given_up = (letters.c.id == letter_id) & letters.c.failed_at.is_not(None) & letters.c.sent_at.is_(None)
    afresh = update(letters).where(given_up).values(tries=0, failed_at=None)
    if not (await tx.execute(afresh)).rowcount:
        return False
    await put_off(tx, letter_id)
    return True
