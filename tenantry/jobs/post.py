"""How a letter goes out: taken, said, handed to the mail server, marked."""

import logging
from datetime import datetime
from uuid import UUID

from tenantry.clients.mail import MailFailed, compose, send, server_of
from tenantry.commands.send_letters import Waiting, letter_failed, letter_kept, letter_sent, take_letter
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.words.letters import Letter, write

log = logging.getLogger("tenantry.jobs")


async def deliver(house: House, *, letter_id: UUID, now: datetime) -> None:
    """Sends a letter, or keeps it for the demo's mailbox. Without either it waits, and the doctor says so.

    Raises MailFailed where it is worth trying again.
    """
    settings = house.settings
    if not settings.smtp_url and not settings.demo_mailbox:
        return
    waiting = await take_letter(house.db, letter_id=letter_id)
    if waiting is None:
        return
    letter = write(waiting.kind, waiting.language, waiting.params, waiting.zone)
    if not settings.smtp_url:
        await letter_kept(house.db, letter_id=letter_id, subject=letter.subject, body=letter.text, now=now)
        return
    try:
        await _hand_in(settings, waiting, letter, now)
    except MailFailed as failed:
        final = failed.final or waiting.last
        log.warning("a letter was not sent", extra={"letter": str(letter_id), "said": str(failed), "final": final})
        await letter_failed(house.db, letter_id=letter_id, error=str(failed), final=final, now=now)
        if not final:
            raise
    else:
        await letter_sent(house.db, letter_id=letter_id, now=now)


async def _hand_in(settings: Settings, waiting: Waiting, letter: Letter, now: datetime) -> None:
    message = compose(
        letter_id=waiting.id,
        sender=settings.mail_from,
        to=waiting.recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
    )
    await send(server_of(settings.smtp_url), message)
