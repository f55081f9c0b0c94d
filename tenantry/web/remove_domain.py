"""A domain removed: what is in the way, the ordinary way, and by force with everybody named who is renamed."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands.manage_domains import force_remove_domain, remove_domain
from tenantry.domain.domains import FORCED, Hindrance, can_force, hindrances
from tenantry.kit.domain_names import as_read
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.domains import Removal, preview_removal
from tenantry.web.answers import onward
from tenantry.web.domains import PLACE
from tenantry.web.errors import STATUS
from tenantry.web.visit import Visit

REMOVE = f"{PLACE}/{{name:str}}/remove"


@get(REMOVE)
async def ask(visit: Visit, name: str) -> Response[Any]:
    """What is in the way, or that nothing is."""
    return await _show(visit, name)


async def _show(visit: Visit, name: str, *, typed: str = "", refused: Refused | None = None) -> Response[Any]:
    seen = await preview_removal(visit.house.db, visit.viewer, name=name)
    say, place, shown = visit.speech.say, f"{visit.home}{PLACE}", as_read(name)
    title = say("Remove %(domain)s", domain=shown)
    return visit.page(
        "domains/remove.html",
        title=title,
        crumbs=[(say("Settings"), None), (say("Domains"), place), (shown, f"{place}/{name}"), (say("Remove"), None)],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{place}/{name}/remove",
        back=f"{place}/{name}",
        shown=shown,
        initial=as_read(seen.initial),
        uses=seen.uses,
        ways=[_way(visit, one, seen) for one in hindrances(seen.uses)],
        called=[(name, user_name, f"{visit.home}/users/active?open={who}") for who, name, user_name in seen.called],
        can_force=can_force(seen.uses),
        limit=FORCED,
        typed=typed,
        error=visit.speech.refused(refused) if refused and refused.field else None,
        alert=visit.speech.refused(refused) if refused and not refused.field else "",
    )


def _way(visit: Visit, hindrance: Hindrance, seen: Removal) -> dict[str, str]:
    """What is in the way, and where it is done away with."""
    say, speech, shown = visit.speech.say, visit.speech, as_read(seen.domain.name)
    place, people = f"{visit.home}{PLACE}", f"{visit.home}/users/active?q={seen.domain.name}"
    below = speech.all_of(as_read(one) for one in seen.uses.below)
    count = seen.uses.people
    told = {
        Hindrance.INITIAL: (say("It came with the organization, and is never removed."), "", ""),
        Hindrance.DEFAULT: (say("It is the default domain: make another one the default."), say("Domains"), place),
        Hindrance.OWN: (say("You sign in with an address of it. Another admin has to remove it."), "", ""),
        Hindrance.BELOW: (
            say("%(domains)s: verified because of it", domains=below),
            say("Domains"),
            f"{place}?q={shown}",
        ),
        Hindrance.PEOPLE: (
            speech.count("%(num)s person has a username of it", "%(num)s people have a username of it", count)
            if count <= FORCED
            else say("More than %(limit)s people have a username of it", limit=speech.number(FORCED)),
            say("Find them"),
            people,
        ),
    }
    text, label, href = told[hindrance]
    return {"text": text, "label": label, "href": href}


@post(REMOVE)
async def remove(visit: Visit, name: str) -> Response[Any]:
    """Removes what nothing names; with `force` and its name typed, renames and blocks people."""
    form = await visit.request.form()
    typed, expected = str(form.get("typed", ""))[:300], str(form.get("expected", ""))
    known = {"name": name, "now": visit.now}
    try:
        if "force" in form:
            count = int(expected) if expected.isascii() and expected.isdigit() and len(expected) < 9 else -1
            done = await force_remove_domain(visit.house.db, visit.viewer, typed=typed, expected=count, **known)
            return onward(visit, f"{visit.home}/operations/{done.operation_id}")
        await remove_domain(visit.house.db, visit.viewer, **known)
    except Refused as refused:
        if refused.kind in (Kind.DENIED, Kind.MISSING):
            raise
        return await _show(visit, name, typed=typed, refused=refused)
    said = visit.speech.say("%(domain)s removed", domain=as_read(name))
    return onward(visit, f"{visit.home}{PLACE}", toast=said)


HANDLERS = [ask, remove]
