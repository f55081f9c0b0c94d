"""The demo's mailbox: what would have been mailed. Only `serve --demo` has it."""

import re
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.exceptions import NotFoundException

from tenantry.queries.mailbox import list_mailbox, read_kept_letter
from tenantry.web.visit import Visit

_LINK = re.compile(r"(https?://[^\s\"<>]+)")


def _require_demo(visit: Visit) -> None:
    if not visit.house.settings.demo_mailbox:
        raise NotFoundException


@get("/mailbox")
async def mailbox(visit: Visit) -> Response[Any]:
    """All letters, whoever they are for: the demo has no secrets."""
    _require_demo(visit)
    letters = await list_mailbox(visit.house.db)
    return visit.page("mailbox.html", title=visit.speech.say("The demo’s mailbox"), letters=letters)


@get("/mailbox/{letter_id:uuid}")
async def letter(visit: Visit, letter_id: UUID) -> Response[Any]:
    """One letter, its links to click on."""
    _require_demo(visit)
    read = await read_kept_letter(visit.house.db, letter_id=letter_id)
    pieces = [(part, number % 2 == 1) for number, part in enumerate(_LINK.split(read.body))]
    return visit.page("letter.html", title=read.subject, letter=read, pieces=pieces)


HANDLERS = [mailbox, letter]
