"""The queue: what is put off in a transaction shares its fate."""

from sqlalchemy import select, text

from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.letters import write_letter
from tenantry.store.queue import defer
from tenantry.store.tables import letters
from tests.cast import DAY, NOW

_JOBS = text("SELECT args, lock, scheduled_at FROM procrastinate_jobs WHERE task_name = :task ORDER BY id")


async def test_a_job_is_there_once_its_transaction_has_committed(db: Database) -> None:
    row = new_id()
    async with db.transaction() as tx:
        await defer(tx, "look_at", at=NOW + DAY, lock="one", row_id=row, times=2)
    async with db.transaction() as tx:
        (job,) = (await tx.execute(_JOBS, {"task": "look_at"})).all()
    assert tuple(job) == ({"row_id": str(row), "times": 2}, "one", NOW + DAY)


async def test_a_letter_of_a_rolled_back_transaction_was_never_written(db: Database) -> None:
    to = "nobody@contoso.example"
    async with db.engine.connect() as tx:
        await write_letter(tx, kind="password_changed", to=to, language="en", params={"email": to}, now=NOW)
        await defer(tx, "never", row_id=1)
        await tx.rollback()
    async with db.transaction() as tx:
        assert (await tx.execute(select(letters).where(letters.c.recipient == to))).all() == []
        assert (await tx.execute(_JOBS, {"task": "never"})).all() == []


async def test_a_letter_and_its_job_are_written_together(db: Database) -> None:
    to = "peter@contoso.example"
    params = {"email": to, "changed_at": NOW}
    async with db.transaction() as tx:
        await write_letter(tx, kind="password_changed", to=to, language="da", params=params, now=NOW)
    async with db.transaction() as tx:
        letter = (await tx.execute(select(letters).where(letters.c.recipient == to))).one()
        jobs = (await tx.execute(_JOBS, {"task": "send_letter"})).all()
    assert letter.params == {"email": to, "changed_at": "2026-03-02T09:30:00Z"}
    assert {"letter_id": str(letter.id)} in [job.args for job in jobs]
