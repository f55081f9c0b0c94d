"""A person's second steps, taken away by an admin: first what that means, then the deed."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.reset_second_steps import reset_second_steps
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.factors import see_second_steps
from tenantry.web.pages import go
from tenantry.web.visit import Visit


@get("/users/{user_id:uuid}/second-steps")
async def ask(visit: Visit, user_id: UUID) -> Response[str]:
    visit.require(Permission.PASSWORD_RESET)
    theirs, say = await see_second_steps(visit.house.db, visit.viewer, user_id=user_id), visit.speech.say
    back = _person(visit, user_id)
    return visit.page(
        "users/second_steps.html",
        title=say("Remove second steps"),
        crumbs=[(say("Active users"), f"{visit.home}/users/active"), (theirs.name, back), (say("Second steps"), None)],
        theirs=theirs,
        key=str(new_id()),
        own=user_id == visit.viewer.user_id,
        back=back,
        action=f"{visit.home}/users/{user_id}/second-steps",
    )


def _person(visit: Visit, user_id: UUID) -> str:
    return f"{visit.home}/users/active?open={user_id}&tab=account"


@post("/users/{user_id:uuid}/second-steps")
async def remove(visit: Visit, user_id: UUID) -> Response[Any]:
    """Takes them away. Where somebody else has done so meanwhile, the page says that there are none."""
    form = await visit.request.form()
    try:
        await reset_second_steps(visit.house.db, visit.viewer, user_id=user_id, now=visit.now, key=form.get("key"))
    except Refused as refused:
        if refused.code != "second_steps_none":
            raise
        return go(f"{visit.home}/users/{user_id}/second-steps")
    text = visit.speech.say("The second steps were removed.")
    return go(_person(visit, user_id), toast={"kind": "ok", "text": text})


HANDLERS = [ask, remove]
