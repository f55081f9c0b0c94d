"""Home: what needs doing first, and how full each product is."""

from typing import Any

from litestar import Response, get

from tenantry.domain.roles import Permission
from tenantry.queries.home import read_home
from tenantry.web.pages import go
from tenantry.web.visit import Visit


@get("/")
async def home(visit: Visit) -> Response[Any]:
    if not visit.viewer.can(Permission.HOME_READ):
        return go(f"{visit.home}/apps")
    view = await read_home(visit.house.db, visit.viewer, now=visit.now)
    can_assign = visit.viewer.can(Permission.LICENSE_ASSIGN)
    return visit.page("home.html", title=visit.speech.say("Home"), view=view, can_assign=can_assign)


HANDLERS = [home]
