"""The usage location of many people: which country, who would change, and the button that does it."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands.manage_people import set_usage_location
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Refused
from tenantry.queries.bulk_people import Grouped, preview_location
from tenantry.web.bulk_people import STALE, Deed, outcome_row, read_expected, show_bulk
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.web.whom import Whom, read_whom

PLACE = "/users/set-location"


@get(PLACE)
async def ask(visit: Visit) -> Response[Any]:
    """Which country; once it is chosen, what that changes."""
    return await _show(visit, read_whom(visit))


async def _show(visit: Visit, whom: Whom, error: str = "") -> Response[Any]:
    country = visit.request.query_params.get("country", "")
    known = country in dict(visit.speech.countries)
    found = await preview_location(visit.house.db, visit.viewer, selection=whom.selection, country=country)
    return show_bulk(
        visit,
        whom,
        found,
        _deed(visit, whom, found, country if known else ""),
        template="people/location.html",
        error=error,
        country=country if known else "",
        country_error=visit.speech.refusal("country_unknown", {"value": country}) if country and not known else None,
        countries=visit.speech.countries,
    )


def _deed(visit: Visit, whom: Whom, found: Grouped, country: str) -> Deed:
    say, will = visit.speech, found.count("will")
    title = say.count(
        "Set the usage location of %(num)s person", "Set the usage location of %(num)s people", found.chosen.count
    )
    if not country:
        return Deed(PLACE, title, (), "", -1)
    name = say.country(country)
    told = {
        "will": ("will", say.say("Will change"), say.say("Their usage location becomes %(country)s", country=name)),
        "has_it": ("quiet", say.say("Has it already"), say.say("Nothing changes")),
    }
    return Deed(
        place=PLACE,
        title=title,
        rows=tuple(
            outcome_row(visit, whom, found.groups[key], *words) for key, words in told.items() if key in found.groups
        ),
        button=say.count("Set it for %(num)s person", "Set it for %(num)s people", will),
        expected=will,
        notes=(
            (say.say("Licenses"), say.say("Licenses they hold stay as they are, also where a product is not offered.")),
        ),
        idle="" if will else say.say("There is nothing to do: nobody would be changed."),
        fields={"country": country},
    )


@post(PLACE)
async def locate(visit: Visit) -> Response[Any]:
    """Does what the page promised; if it has come to differ, nothing, and the new page is shown."""
    visit.require(Permission.USER_LOCATION)
    whom, form = read_whom(visit), await visit.request.form()
    country = visit.request.query_params.get("country", "")
    try:
        done = await set_usage_location(
            visit.house.db,
            visit.viewer,
            selection=whom.selection,
            country=country,
            expected=read_expected(form),
            now=visit.now,
            key=str(form.get("key", ""))[:64] or None,
        )
    except Refused as refused:
        if refused.code not in STALE:
            raise
        return await _show(visit, whom, visit.speech.refused(refused))
    text = visit.speech.count(
        "%(num)s person has the usage location %(country)s now",
        "%(num)s people have the usage location %(country)s now",
        done.changed,
        country=visit.speech.country(country),
    )
    return go(whom.list, toast={"kind": "ok", "text": text})


HANDLERS = [ask, locate]
