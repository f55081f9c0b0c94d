"""What the operator does with service requests: taking one, answering it, asking back, closing it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.operators import Operator
from tenantry.domain.service_requests import Attachment, Deed, State, is_unanswered, move, said
from tenantry.store import service_requests as requests
from tenantry.store.letters import write_letters
from tenantry.store.tables import tenants

_LETTERS = {Deed.ASK_BACK: "request_asked_back", Deed.FINISH: "request_finished"}


@operator_command
async def answer_request(
    tx: Tx,
    operator: Operator,
    *,
    tenant_id: UUID,
    request_id: UUID,
    deed: Deed,
    body: str,
    files: tuple[Attachment, ...],
    site: str,
    now: datetime,
) -> None:
    """One deed of the operator's; whoever opened the request is mailed what was written, and that it was closed.

    site: of the links. Raises Refused: "request_missing", "request_closed", "request_long" (limit); with the field
    "body" what is said of texts.
    """
    row = await requests.lock_request(tx.db, request_id)
    state = move(State(row.state), deed)
    body = said(deed, body, files, before=row.messages)
    if body:
        author = (operator.account_id, operator.name)
        place = (tenant_id, request_id)
        await requests.insert_message(tx.db, place, side="operator", author=author, body=body, files=files, now=now)
    unanswered = is_unanswered(deed, row.unanswered)
    await requests.move_request(tx.db, request_id, state, unanswered=unanswered, now=now)
    if body or deed is Deed.FINISH:
        await _tell_asker(tx, row, deed, body, site, now)
    tx.tell(f"#{row.number}", deed=deed.value, files=len(files))


async def _tell_asker(tx: Tx, row: Row[Any], deed: Deed, body: str, site: str, now: datetime) -> None:
    slug = (await tx.db.execute(select(tenants.c.slug))).scalar_one()
    kind = _LETTERS.get(deed, "request_answered")
    params = {"number": f"#{row.number}", "title": row.title, "text": body or "–"}
    link = f"{site}/t/{slug}/support/requests/{row.id}"
    await write_letters(tx.db, requests.asker_of(row), kind=kind, params=params | {"link": link}, now=now)
