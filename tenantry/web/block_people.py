"""Many people blocked, or let in again: who would be, who is left as they are, and the button that does it."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands.block_people import block_people
from tenantry.domain.roles import Permission, Role
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.bulk_people import Grouped, preview_block
from tenantry.web.bulk_people import Deed, outcome_row, read_expected, show_bulk
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.web.whom import Whom, read_whom

BLOCK, UNBLOCK = "/users/block", "/users/unblock"


@get(BLOCK)
async def ask_to_block(visit: Visit) -> Response[Any]:
    return await _show(visit, read_whom(visit), True)


@get(UNBLOCK)
async def ask_to_unblock(visit: Visit) -> Response[Any]:
    return await _show(visit, read_whom(visit), False)


async def _show(visit: Visit, whom: Whom, blocked: bool, error: str = "") -> Response[Any]:
    found = await preview_block(visit.house.db, visit.viewer, selection=whom.selection, blocked=blocked)
    deed = _block(visit, whom, found) if blocked else _unblock(visit, whom, found)
    return show_bulk(visit, whom, found, deed, error=error)


def _block(visit: Visit, whom: Whom, found: Grouped) -> Deed:
    speech, will = visit.speech, found.count("will")
    say = speech.say
    told = {
        "will": ("will", say("Will be blocked"), say("They lose access at once, also where they are signed in now")),
        "has_it": ("quiet", say("Blocked already"), say("Nothing changes")),
    }
    return Deed(
        place=BLOCK,
        title=speech.count(
            "Block the sign-in of %(num)s person", "Block the sign-in of %(num)s people", found.chosen.count
        ),
        rows=_rows(visit, whom, found, told),
        button=speech.count("Block %(num)s person", "Block %(num)s people", will),
        expected=will,
        notes=(
            (say("Licenses and data"), say("They stay. The seats stay taken, and paid for.")),
            (say("Afterwards"), say("Unblocking gives everybody everything back.")),
        ),
        idle="" if will else say("There is nothing to do: nobody would be blocked."),
        danger=True,
    )


def _unblock(visit: Visit, whom: Whom, found: Grouped) -> Deed:
    speech, will = visit.speech, found.count("will")
    say = speech.say
    told = {
        "will": ("will", say("Will be unblocked"), say("They can sign in again, with the password they had")),
        "has_it": ("quiet", say("Not blocked"), say("Nothing changes")),
    }
    return Deed(
        place=UNBLOCK,
        title=speech.count(
            "Unblock the sign-in of %(num)s person", "Unblock the sign-in of %(num)s people", found.chosen.count
        ),
        rows=_rows(visit, whom, found, told),
        button=speech.count("Unblock %(num)s person", "Unblock %(num)s people", will),
        expected=will,
        notes=((say("Licenses and data"), say("They are as they were.")),),
        idle="" if will else say("There is nothing to do: nobody would be unblocked."),
    )


def _rows(visit: Visit, whom: Whom, found: Grouped, told: dict[str, tuple[str, str, str]]) -> Any:
    """The lines of the page; those who are left out whatever is done to them come last."""
    speech = visit.speech
    role = speech.role(Role.GLOBAL)
    told |= {
        "oneself": (
            "broken",
            speech.say("Left out"),
            speech.say("Nobody does this to themselves: another admin has to"),
        ),
        "out_of_reach": (
            "broken",
            speech.say("Out of reach"),
            speech.say("Has an admin role: only a %(role)s may do this to them", role=role),
        ),
    }
    return tuple(
        outcome_row(visit, whom, found.groups[key], *words) for key, words in told.items() if key in found.groups
    )


@post(BLOCK)
async def block(visit: Visit) -> Response[Any]:
    return await _do(visit, True)


@post(UNBLOCK)
async def unblock(visit: Visit) -> Response[Any]:
    return await _do(visit, False)


async def _do(visit: Visit, blocked: bool) -> Response[Any]:
    """Does what the page promised; if it has come to differ, or may not be, nothing, and the page says so."""
    visit.require(Permission.USER_BLOCK)
    whom, form = read_whom(visit), await visit.request.form()
    try:
        done = await block_people(
            visit.house.db,
            visit.viewer,
            selection=whom.selection,
            blocked=blocked,
            expected=read_expected(form),
            now=visit.now,
            key=str(form.get("key", ""))[:64] or None,
        )
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, whom, blocked, visit.speech.refused(refused))
    count = visit.speech.count
    if blocked:
        text = count("%(num)s person was blocked", "%(num)s people were blocked", done.changed)
    else:
        text = count("%(num)s person was unblocked", "%(num)s people were unblocked", done.changed)
    return go(whom.list, toast={"kind": "ok", "text": text})


HANDLERS = [ask_to_block, ask_to_unblock, block, unblock]
