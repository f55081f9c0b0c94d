"""What was given up, tried again: letters, events and jobs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.operators import Operator
from tenantry.queries.events import tenants_given_up
from tenantry.queries.house import House
from tenantry.store.letters import send_again
from tenantry.store.tables import letters, outbox

# By the queue's own function, whose triggers keep its history. Those that are locked are being tried again already.
_RETRY = text("""
    SELECT count(procrastinate_retry_job_v2(id, NULL, NULL, NULL, NULL)) FROM (
        SELECT id FROM procrastinate_jobs
        WHERE status = 'failed' AND id = coalesce(CAST(:job_id AS bigint), id)
            AND task_name = coalesce(CAST(:task AS text), task_name)
        ORDER BY id FOR UPDATE SKIP LOCKED
    ) AS failed
""")


@operator_command
async def retry_letters(tx: Tx, operator: Operator, *, letter_id: UUID | None, now: datetime) -> int:
    """Sends one letter, or with None all, that was given up, from its first try on. Returns how many."""
    c = letters.c
    given_up = select(c.id).where(c.failed_at.is_not(None), c.sent_at.is_(None)).order_by(c.id).with_for_update()
    wanted = given_up if letter_id is None else given_up.where(c.id == letter_id)
    ids = list((await tx.db.execute(wanted)).scalars())
    for one in ids:
        await send_again(tx.db, one)
    if ids:
        tx.tell("letters", retried=len(ids))
    return len(ids)


@operator_command
async def retry_events(tx: Tx, operator: Operator, *, tenant_id: UUID, event_id: UUID | None, now: datetime) -> int:
    """Has one event of a tenant, or with None all, that was given up, sent again from its first try on. How many."""
    c = outbox.c
    given_up = update(outbox).where(c.given_up_at.is_not(None), c.sent_at.is_(None))
    wanted = given_up if event_id is None else given_up.where(c.id == event_id)
    retried = (await tx.db.execute(wanted.values(tries=0, next_at=None, given_up_at=None))).rowcount
    if retried:
        tx.tell("events", retried=retried)
    return retried


async def retry_all_events(house: House, operator: Operator, *, now: datetime) -> int:
    """The same for every tenant, each in a transaction of its own."""
    tried = 0
    for tenant_id in await tenants_given_up(house):
        tried += await retry_events(house.db, operator, tenant_id=tenant_id, event_id=None, now=now)
    return tried


@operator_command
async def retry_jobs(tx: Tx, operator: Operator, *, job_id: int | None, task: str | None, now: datetime) -> int:
    """Has failed jobs done again: one by its number, those of a task, or all of them. Returns how many."""
    retried = int((await tx.db.execute(_RETRY, {"job_id": job_id, "task": task})).scalar_one())
    if retried:
        tx.tell(task or "jobs", retried=retried)
    return retried
