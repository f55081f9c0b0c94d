"""The roles of one person, as boxes in a pane: beside the list of people, or beside the table of roles."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from tenantry.commands.change_roles import change_roles
from tenantry.domain.roles import Permission, Role, parse_role
from tenantry.kit.errors import Refused
from tenantry.web.filters import Listing, read_listing
from tenantry.web.pages import go
from tenantry.web.roles import Pane, again, key_of, show
from tenantry.web.visit import Visit


@get("/users/{user_id:uuid}/roles")
async def roles_of_person(visit: Visit, user_id: UUID) -> Response[Any]:
    visit.require(Permission.ROLE_ASSIGN)
    return await show(visit, _pane(visit, user_id))


@post("/users/{user_id:uuid}/roles")
async def save_roles(visit: Visit, user_id: UUID) -> Response[Any]:
    """Saves what is ticked; before a role goes, the pane says what that takes away."""
    visit.require(Permission.ROLE_ASSIGN)
    form = await visit.request.form()
    ticked, held = _roles(form, "role"), _roles(form, "held")
    if "edit" in form:
        return await show(visit, _pane(visit, user_id, ticked=ticked))
    if held - ticked and "confirmed" not in form:
        return await show(visit, _pane(visit, user_id, "loss", ticked=ticked))
    try:
        done = await change_roles(
            visit.house.db,
            visit.viewer,
            user_ids=(user_id,),
            give=ticked - held,
            take=held - ticked,
            now=visit.now,
            key=key_of(form),
        )
    except Refused as refused:
        return await again(visit, _pane(visit, user_id, ticked=ticked, refused=refused))
    say = visit.speech.say
    toast = say("Roles saved") if done.changed else say("There was nothing to change")
    return go(_listing(visit).pane(user_id), toast={"kind": "ok", "text": toast})


def _pane(
    visit: Visit,
    user_id: UUID,
    kind: str = "person",
    *,
    ticked: frozenset[Role] | None = None,
    refused: Refused | None = None,
) -> Pane:
    listing = _listing(visit)
    closed = listing.closed() if visit.target == "pane" else f"{visit.home}/roles"
    action = listing.action(f"/users/{user_id}/roles")
    return Pane(kind, closed, None, (user_id,), ticked, action, refused)


def _listing(visit: Visit) -> Listing:
    return read_listing(visit.home, visit.request.query_params)


def _roles(form: FormMultiDict, name: str) -> frozenset[Role]:
    named = (parse_role(str(text)) for text in form.getall(name, []))
    return frozenset(role for role in named if role)


HANDLERS = [roles_of_person, save_roles]
