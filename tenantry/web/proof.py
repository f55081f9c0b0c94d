"""The panel that proves a domain: what to put into the DNS, what was found there, and looking again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tenantry.domain.domains import Look, Outcome, Record, Said, judge, records
from tenantry.kit.domain_names import as_read
from tenantry.queries.zone import SERVER
from tenantry.web.visit import Visit
from tenantry.words.domains import ANSWERS, FINDINGS

POLLED = "domain-proof"  # the element that asks again and again while a look is under way


@dataclass(frozen=True)
class Panel:
    """What `macros/proof.html` shows. found: the message of the last look, with its hints; servers: what each said.

    place: where *Check now* is sent, and what is asked again while a look is under way; zone: the demo's DNS.
    """

    name: str
    txt: Record
    mx: Record
    place: str
    page: str
    found: dict[str, Any] | None
    servers: Sequence[dict[str, Any]]
    checked_at: datetime | None
    check_at: datetime | None
    under_way: bool
    zone: str | None


def panel(
    visit: Visit,
    *,
    name: str,
    token: str,
    look: Look | None,
    checked_at: datetime | None,
    check_at: datetime | None,
    place: str,
    page: str,
    outcome: Outcome | None = None,
) -> Panel:
    """outcome: of the last look; without it, it is what that says of `token` (of several who have one each).

    place: the address that *Check now* is sent to; page: the one that shows the panel.
    """
    if look is not None and outcome is None:
        outcome = judge(look, token).outcome
    txt, mx = records(token)
    values = {txt.value, mx.value}
    demo = visit.house.settings.demo_zone
    return Panel(
        as_read(name),
        txt,
        mx,
        place,
        page,
        _found(visit, name, outcome) if look is not None and outcome else None,
        [_server(visit, said, values) for said in look.said] if look else (),
        checked_at,
        check_at,
        check_at is not None and check_at <= visit.now,
        f"/zone?{urlencode({'name': name, 'value': txt.value})}" if demo else None,
    )


def is_over(visit: Visit, panel: Panel | None) -> bool:
    """Whether the part that asks again and again should now be loaded as a whole page."""
    return visit.target == POLLED and (panel is None or not panel.under_way)


def _found(visit: Visit, name: str, outcome: Outcome) -> dict[str, Any]:
    say, finding, places = visit.speech.say, FINDINGS[outcome], {"domain": as_read(name)}
    return {
        "tone": finding.tone,
        "title": say(finding.title, **places),
        "text": say(finding.text, **places),
        "hints": [say(hint) for hint in finding.hints],
    }


def _server(visit: Visit, said: Said, ours: set[str]) -> dict[str, Any]:
    """A server's line, with its values; ours stand out."""
    tone, words = ANSWERS[said.answer]
    values = [("TXT", text, text in ours) for text in said.txt]
    values += [("MX", f"{priority} {mail}", mail.casefold() in ours) for priority, mail in said.mx]
    return {
        "name": visit.speech.say("The demo’s DNS") if said.server == SERVER else said.server,
        "address": said.address,
        "tone": tone,
        "words": visit.speech.say(words),
        "records": sorted(values, key=lambda value: not value[2]),
    }
