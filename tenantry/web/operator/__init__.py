"""The operator's pages, below `/operator`: the house itself, and of its tenants only names and numbers."""

from litestar import Router, get
from litestar.di import Provide
from litestar.response import Redirect

from tenantry.web.operator import (
    add_tenant,
    app_keys,
    catalog,
    doors,
    editions,
    events,
    help_report,
    import_catalog,
    invoices,
    mail_domains,
    post,
    requests,
    takeovers,
    tenants,
    timetable,
    upkeep,
    welcome,
)
from tenantry.web.operator.frame import HOME, read_operator
from tenantry.web.pages import go
from tenantry.web.visit import Visit


@get("/")
async def start(visit: Visit) -> Redirect:
    return go(f"{HOME}/tenants")


def operator_pages(**options: object) -> list[Router]:
    """The routers of these pages; the welcome stands beside them, for whoever has a link is nobody yet."""
    handlers = [
        start,
        *add_tenant.HANDLERS,
        *tenants.HANDLERS,
        *takeovers.HANDLERS,
        *import_catalog.HANDLERS,
        *catalog.HANDLERS,
        *doors.HANDLERS,
        *mail_domains.HANDLERS,
        *app_keys.HANDLERS,
        *invoices.HANDLERS,
        *requests.HANDLERS,
        *editions.HANDLERS,
        *help_report.HANDLERS,
        *post.HANDLERS,
        *events.HANDLERS,
        *timetable.HANDLERS,
        *upkeep.HANDLERS,
    ]
    inside = Router(HOME, route_handlers=handlers, dependencies={"visit": Provide(read_operator)}, opt=options)
    return [inside, Router(f"{HOME}/welcome", route_handlers=welcome.HANDLERS, opt=options)]
