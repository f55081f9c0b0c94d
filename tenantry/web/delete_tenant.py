"""The end of an organization: what it would take along, the typed name, and for thirty days the way back."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from tenantry.commands.delete_tenant import delete_tenant, undo_deletion
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.organization import Ending, PaidSubscription, read_ending
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.visit import ENDING, Visit


@get(ENDING)
async def ask(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, *, typed: str = "", refused: Refused | None = None) -> Response[Any]:
    """What ends with the tenant, and the form to delete it, or to undo that."""
    ending = await read_ending(visit.house.db, visit.viewer, now=visit.now)
    speech, say = visit.speech, visit.speech.say
    busy = Refused("organization_busy", Kind.CONFLICT, count=ending.unfinished) if ending.unfinished else None
    parts = f"{visit.home}/settings/organization"
    title = say("%(name)s is deleted", name=ending.name) if ending.deleted_at else say("Delete the organization")
    crumbs = [(say("Settings"), None), (say("Organization"), parts), (say("Delete"), None)]
    return visit.page(
        "organization/delete.html",
        title=title,
        crumbs=crumbs if not ending.deleted_at else [(say("Organization"), None)],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{visit.home}{ENDING}",
        parts=parts,
        ending=ending,
        ends=_ends(visit, ending),
        paid=[_paid(visit, one) for one in ending.paid],
        typed=typed,
        error=speech.refused(refused) if refused and refused.field else None,
        blocked=speech.refused(busy) if busy else "",
    )


def _ends(visit: Visit, ending: Ending) -> list[tuple[str, str]]:
    """What there is, as label and value."""
    count, say, number = visit.speech.count, visit.speech.say, visit.speech.number
    people = count("%(num)s member", "%(num)s members", ending.members)
    if ending.guests:
        people = visit.speech.all_of([people, count("%(num)s guest", "%(num)s guests", ending.guests)])
    return [
        (say("People"), people),
        (say("Licenses assigned"), number(ending.licenses)),
        (say("Domains"), visit.speech.all_of(ending.domains)),
    ]


def _paid(visit: Visit, one: PaidSubscription) -> tuple[str, str]:
    """A subscription that still costs money, and until when."""
    speech, until = visit.speech, visit.speech.date(one.ends_at)
    seats = speech.count("%(num)s seat", "%(num)s seats", one.seats)
    if one.renews:
        return one.product, speech.say("%(seats)s, renews on %(date)s", seats=seats, date=until)
    return one.product, speech.say("%(seats)s, paid until %(date)s", seats=seats, date=until)


@post(ENDING)
async def delete(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    typed = str(form.get("confirm", ""))[:300]
    try:
        await delete_tenant(visit.house.db, visit.viewer, name=typed, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, typed=typed, refused=refused)
    return onward(visit, f"{visit.home}{ENDING}", toast=visit.speech.say("The organization is deleted"))


@post(f"{ENDING}/undo")
async def undo(visit: Visit) -> Response[Any]:
    await undo_deletion(visit.house.db, visit.viewer, now=visit.now)
    return onward(visit, f"{visit.home}/", toast=visit.speech.say("The deletion is undone"))


@get(f"{ENDING}/undo")
async def back(visit: Visit) -> Redirect:
    """The form's address, asked for again: the page it belongs to."""
    return go(f"{visit.home}{ENDING}")


HANDLERS = [ask, delete, undo, back]
