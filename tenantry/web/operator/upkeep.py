"""How the house is: what the doctor finds, the settings in force, and what its operators did."""

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get

from tenantry.kit.paging import decode
from tenantry.kit.settings import Shown, shown
from tenantry.queries.doctor import Finding, examine
from tenantry.queries.house_operations import list_house_operations
from tenantry.web.answers import address
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.visit import Visit
from tenantry.words.deeds import deed, told
from tenantry.words.findings import CHECKS, FINDINGS
from tenantry.words.settings import MEANINGS

LOG = f"{HOME}/log"


@get("/doctor")
async def doctor(visit: Visit) -> Response[Any]:
    """Every check, with how to mend what it finds. The clock is read when it is compared with the database's."""
    operator(visit)
    found = await examine(visit.house, clock=lambda: datetime.now(UTC))
    wrong = [one for one in found if not one.ok]
    return operator_page(
        visit,
        "operator/doctor.html",
        title=visit.speech.say("Doctor"),
        findings=[_finding(visit, one) for one in [*wrong, *(one for one in found if one.ok)]],
        wrong=len(wrong),
    )


def _finding(visit: Visit, found: Finding) -> tuple[bool, str, str]:
    facts = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in found.params.items()
    }
    return found.ok, visit.speech.say(CHECKS[found.check].text), visit.speech.say(FINDINGS[found.code].text, **facts)


@get("/settings")
async def settings(visit: Visit) -> Response[Any]:
    """Every setting, its value without secrets, and where it comes from."""
    operator(visit)
    say = visit.speech.say
    rows = [(one, say(MEANINGS[one.name]), _source(visit, one)) for one in shown(visit.house.settings)]
    return operator_page(visit, "operator/settings.html", title=say("Settings in force"), rows=rows)


def _source(visit: Visit, setting: Shown) -> str:
    say = visit.speech.say
    if setting.name in visit.house.given:
        return say("Environment")
    return say("Default") if setting.default else say("Set by the start command")


@get("/log")
async def log(visit: Visit, after: str = "") -> Response[Any]:
    page = await list_house_operations(visit.house, operator(visit), cursor=decode(after), limit=visit.own.page_rows)
    return operator_page(
        visit,
        "operator/log.html",
        title=visit.speech.say("Log"),
        rows=[
            (row, deed(visit.speech, row.command, row.subject, row.facts), told(visit.speech, row.facts))
            for row in page.items
        ],
        previous=address(LOG, after=page.previous) if page.previous else None,
        next=address(LOG, after=page.next) if page.next else None,
    )


HANDLERS = [doctor, settings, log]
