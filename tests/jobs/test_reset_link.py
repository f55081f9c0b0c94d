"""Who forgot a password: the page puts a job off for every address, and the job writes to those who are here."""

from datetime import UTC, datetime

from sqlalchemy import select

from tenantry.commands.own_password import ask_reset
from tenantry.store.database import Database
from tenantry.store.tables import letters
from tests.cast import PETER
from tests.jobs.conftest import type_work_off
from tests.world import Tenant


async def test_the_letter_comes_to_who_is_here_and_its_link_leads_to_the_public_address(
    db: Database, contoso: Tenant, work_off: type_work_off
) -> None:
    for email in (contoso.email(PETER), f"nobody@{contoso.domain}"):
        await ask_reset(db, email=email, address="192.0.2.1", language="en", now=datetime.now(UTC))
    await work_off(public_url="https://tenantry.example", demo_mailbox=True)
    async with db.transaction() as tx:
        (letter,) = (await tx.execute(select(letters))).all()
    assert (letter.kind, letter.recipient) == ("password_reset", contoso.email(PETER))
    assert "https://tenantry.example/reset/" in letter.body
