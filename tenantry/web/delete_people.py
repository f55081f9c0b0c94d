"""People deleted: who goes and who stays, which seats become free, what becomes of the data, and the button."""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post

from tenantry.commands.delete_people import delete_people
from tenantry.domain.bulk import ManyDeleted
from tenantry.domain.leaving import KEPT
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Refused
from tenantry.queries.leavers import Departure, Freed, preview_deletion
from tenantry.queries.manage_licenses import Chosen
from tenantry.web.bulk_people import STALE, Deed, leave_out, outcome_row, read_expected, show_bulk
from tenantry.web.long_operations import put_off
from tenantry.web.outcomes import Row
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.web.whom import Whom, read_whom

PLACE = "/users/delete"
TOLD = STALE | {"last_global_admin", "own_deletion", "admin_out_of_reach"}


@get(PLACE)
async def ask(visit: Visit) -> Response[Any]:
    """What deleting the selected people would come to."""
    return await _show(visit, read_whom(visit))


async def _show(visit: Visit, whom: Whom, error: str = "") -> Response[Any]:
    seen = await preview_deletion(visit.house.db, visit.viewer, selection=whom.selection)
    freed = [(one.name, one.seats, _kept(visit, one)) for one in seen.freed]
    deed = _deed(visit, whom, seen)
    return show_bulk(visit, whom, seen.found, deed, template="people/delete.html", error=error, freed=freed)


def _kept(visit: Visit, product: Freed) -> str:
    """How long the data of a product's apps is kept, and until when."""
    speech, until = visit.speech, visit.speech.date(visit.now + timedelta(days=product.least))
    if product.least == product.most:
        return speech.count("%(num)s day, until %(date)s", "%(num)s days, until %(date)s", product.least, date=until)
    return speech.say(
        "%(days)s to %(most)s days, depending on the app; the first is deleted on %(date)s",
        days=speech.number(product.least),
        most=speech.number(product.most),
        date=until,
    )


def _deed(visit: Visit, whom: Whom, seen: Departure) -> Deed:
    say, going = visit.speech, seen.found.count("will")
    return Deed(
        place=PLACE,
        title=_title(visit, seen.found.chosen),
        rows=_rows(visit, whom, seen),
        button=say.count("Delete %(num)s person", "Delete %(num)s people", going),
        expected=going,
        notes=_notes(visit, seen),
        idle="" if going else say.say("There is nobody whom you may delete."),
        danger=True,
    )


def _title(visit: Visit, chosen: Chosen) -> str:
    if chosen.count == 1:
        return visit.speech.say("Delete %(name)s", name=chosen.people[0].name)
    return visit.speech.count("Delete %(num)s person", "Delete %(num)s people", chosen.count)


def _rows(visit: Visit, whom: Whom, seen: Departure) -> tuple[Row, ...]:
    say, groups = visit.speech.say, seen.found.groups
    told = {
        "will": ("will", say("Will be deleted"), say("Sign-in, roles and licenses end at once")),
        "own_deletion": ("broken", say("Stays"), visit.speech.refusal("own_deletion", {})),
        "admin_out_of_reach": ("broken", say("Stays"), say("Has an admin role: only a global admin may delete them")),
    }
    return tuple(
        outcome_row(
            visit, whom, groups[key], *words, action=None if key == "will" else _way_out(visit, whom, seen, key)
        )
        for key, words in told.items()
        if key in groups
    )


def _way_out(visit: Visit, whom: Whom, seen: Departure, key: str) -> tuple[str, str] | None:
    return leave_out(visit, whom, PLACE, seen.found.groups[key]) if len(seen.found.groups) > 1 else None


def _notes(visit: Visit, seen: Departure) -> tuple[tuple[str, str], ...]:
    say, until = visit.speech.say, visit.speech.date(visit.now + KEPT)
    restored = say("They can be restored for 30 days, until %(date)s. After that they are gone for good.", date=until)
    address = say("Their username is free at once and may be given to somebody else.")
    notes = [(say("Restoring"), restored), (say("Username"), address)]
    if seen.freed:
        paid = say("The seats are free at once. They are still paid for: fewer seats are a change of the subscription.")
        notes.insert(0, (say("Seats"), paid))
    return tuple(notes)


@post(PLACE)
async def delete(visit: Visit) -> Response[Any]:
    """Does what the page promised; if it has come to differ, nothing, and the new page is shown."""
    visit.require(Permission.USER_DELETE)
    whom, form = read_whom(visit), await visit.request.form()
    expected, key = read_expected(form), str(form.get("key", ""))[:64]
    many = ManyDeleted(whom.selection, expected)
    if elsewhere := await put_off(visit, delete_people, many, expected, key):
        return elsewhere
    try:
        done = await delete_people(
            visit.house.db,
            visit.viewer,
            selection=whom.selection,
            expected=expected,
            now=visit.now,
            key=key or None,
        )
    except Refused as refused:
        if refused.code not in TOLD:
            raise
        return await _show(visit, whom, visit.speech.refused(refused))
    deleted = visit.speech.count("%(num)s person was deleted", "%(num)s people were deleted", done.people)
    place, label = f"{visit.home}/users/deleted", visit.speech.say("Deleted users")
    return go(whom.list, toast={"kind": "ok", "text": deleted, "action_label": label, "action_href": place})


HANDLERS = [ask, delete]
