"""Mail, handed to the operator's own SMTP server."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from tenantry.kit.errors import Kind, Refused

PATIENCE = 30.0  # seconds for each answer of the server
_PORTS = {"smtp": 587, "smtps": 465}
_HERE = {"localhost", "127.0.0.1", "::1"}


class MailFailed(Exception):
    """The server did not take a letter. final: it never will, so that trying again is no use."""

    def __init__(self, said: str, *, final: bool) -> None:
        super().__init__(said)
        self.final = final


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. `tls`: from the first byte; `start_tls`: asked for, and nothing is sent without it."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    start_tls: bool


def server_of(url: str) -> Server:
    """The server that a url names: smtp://user:password@host:587, or smtps:// for TLS from the first byte.

    smtp:// asks for TLS as well, but for a server on this machine, or where the url ends in `?tls=no`.
    Raises Refused("setting_invalid").
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise _invalid() from error
    if not parts.hostname or parts.query not in {"", "tls=no"}:
        raise _invalid()
    tls = parts.scheme == "smtps"
    plain = tls or parts.hostname in _HERE or parts.query == "tls=no"
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return Server(parts.hostname, port, user, password, tls, not plain)


def _invalid() -> Refused:
    wanted = "smtp://user:password@host:587"
    return Refused("setting_invalid", Kind.INVALID, name="SMTP_URL", value="…", wanted=wanted)


def compose(
    *, letter_id: UUID, sender: str, to: str, subject: str, text: str, html: str, now: datetime
) -> EmailMessage:
    """The letter as the Internet wants it. Raises MailFailed for an address or subject that would break a header."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address("Tenantry", addr_spec=sender)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = subject
    except ValueError as error:
        raise MailFailed(str(error), final=True) from error
    message["Date"] = now
    message["Message-ID"] = f"<{letter_id}@{sender.rpartition('@')[2]}>"  # the same at each try: mailboxes show it once
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


async def send(server: Server, message: EmailMessage, *, patience: float = PATIENCE) -> None:
    """Hands the message in; certificates are verified. Raises MailFailed."""
    try:
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.start_tls,
            timeout=patience,
        )
    except (SMTPException, OSError) as error:
        raise MailFailed(_said(error), final=_final(error)) from error


def _said(error: Exception) -> str:
    """What the server said, in one line."""
    inner = error.recipients[0] if isinstance(error, SMTPRecipientsRefused) else error
    code, said = getattr(inner, "code", ""), getattr(inner, "message", "") or str(inner)
    return " ".join(f"{type(inner).__name__}: {code} {said}".split())


def _final(error: Exception) -> bool:
    """Whether the server refused this very letter for good; what is wrong with the server itself can be mended."""
    refusals = error.recipients if isinstance(error, SMTPRecipientsRefused) else [error]
    about_the_letter = isinstance(error, SMTPRecipientsRefused | SMTPDataError)
    return about_the_letter and all(getattr(one, "code", 0) >= 500 for one in refusals)
