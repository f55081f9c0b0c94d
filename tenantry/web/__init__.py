"""The door for people: parse the form, make one call in, answer with a page."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from tenantry.queries.house import House
from tenantry.web import (
    account,
    add_many,
    add_many_options,
    add_user,
    added_people,
    apps,
    become_admin,
    become_admin_buy,
    become_admin_cards,
    billing_account,
    block_people,
    cards,
    checkout,
    clock,
    close_account,
    colleagues,
    conflict,
    delete_people,
    delete_tenant,
    deleted,
    domains,
    errors,
    export_tenant,
    find,
    help_pages,
    home,
    invoices,
    licenses,
    locate_people,
    long_operations,
    mailbox,
    manage_licenses,
    meet,
    meetings,
    next_steps,
    notices,
    operations,
    orders,
    organization,
    overview,
    own_password,
    own_sessions,
    pay_invoice,
    payment_methods,
    person_roles,
    product,
    product_pane,
    products,
    purchase,
    quick_start,
    remove_domain,
    remove_licenses,
    reset_passwords,
    restore_people,
    roles,
    running,
    second_step,
    second_steps,
    self_service,
    sign_in,
    sign_up,
    stripe_events,
    subscription,
    subscription_bookings,
    subscription_changes,
    subscription_orders,
    support,
    takeover,
    two_step,
    user_forms,
    users,
    ways_out,
    zone,
)
from tenantry.web.front import stand_before
from tenantry.web.hub import Hub
from tenantry.web.operator import operator_pages
from tenantry.web.pages import DIST
from tenantry.web.visit import Visit, read_member, read_own, read_visit

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


# Pages are not compressed: they carry a secret (the form token) beside what the reader typed (BREACH).
PLAIN = "uncompressed"


async def _visit(request: Request[Any, Any, State], house: House) -> Visit:
    return await read_visit(request, house)


async def _member(request: Request[Any, Any, State], slug: str, house: House) -> Visit:
    return await read_member(request, house, slug)


async def _meet(request: Request[Any, Any, State], token: str, house: House) -> meet.Meet:
    return await meet.read_meet(request, house, token)


async def _own(request: Request[Any, Any, State], house: House) -> Visit:
    return await read_own(request, house)


async def _secure(response: Response[Any]) -> Response[Any]:  # a plain function would be run in a thread, each time
    response.headers.update({name: value for name, value in SECURITY.items() if name not in response.headers})
    return response


# Every page of a tenant, in the order in which one meets them.
TENANT_PAGES = (
    home,
    apps,
    colleagues,
    close_account,
    meetings,
    become_admin,
    become_admin_buy,
    become_admin_cards,
    next_steps,
    quick_start,
    notices,
    overview,
    find,
    users,
    add_user,
    add_many,
    add_many_options,
    added_people,
    user_forms,
    locate_people,
    block_people,
    reset_passwords,
    second_steps,
    delete_people,
    deleted,
    restore_people,
    manage_licenses,
    licenses,
    product,
    product_pane,
    remove_licenses,
    conflict,
    ways_out,
    products,
    purchase,
    checkout,
    orders,
    subscription,
    subscription_bookings,
    subscription_changes,
    subscription_orders,
    invoices,
    billing_account,
    payment_methods,
    cards,
    pay_invoice,
    roles,
    person_roles,
    operations,
    long_operations,
    organization,
    self_service,
    domains,
    remove_domain,
    takeover,
    support,
    clock,
    export_tenant,
    delete_tenant,
)


def _routers() -> list[Router]:
    """Pages by who they are for: everybody, somebody signed in, somebody in a tenant, the operator."""
    tenant_handlers = [handler for pages in TENANT_PAGES for handler in pages.HANDLERS]
    open_handlers = [*sign_in.HANDLERS, *sign_up.HANDLERS, *second_step.HANDLERS, *own_password.OPEN_HANDLERS]
    open_handlers += [*mailbox.HANDLERS, *zone.HANDLERS, *quick_start.OPEN_HANDLERS, *help_pages.HANDLERS]
    own_handlers = [*account.HANDLERS, *own_password.OWN_HANDLERS, *own_sessions.HANDLERS, *two_step.HANDLERS]
    plain = {PLAIN: True}
    return [
        Router("/", route_handlers=open_handlers, opt=plain),
        Router("/account", route_handlers=own_handlers, dependencies={"visit": Provide(_own)}, opt=plain),
        Router("/t/{slug:str}", route_handlers=tenant_handlers, dependencies={"visit": Provide(_member)}, opt=plain),
        Router("/meet/{token:str}", route_handlers=meet.HANDLERS, dependencies={"meet": Provide(_meet)}, opt=plain),
        *operator_pages(**plain),
    ]


def create_app(house: House, beside: Sequence[Router] = ()) -> Litestar:
    """The pages over `house`. Every page of a tenant stands below `/t/{slug}` and takes a `visit` to it.

    beside: what programs ask, from a room that this one does not see.
    """
    forever = CacheControlHeader(public=True, max_age=365 * 24 * 3600, immutable=True)
    static = create_static_files_router("/static/dist", [DIST], cache_control=forever, include_in_schema=False)
    hub = Hub(house)
    app = Litestar(
        route_handlers=[*running.HANDLERS, *stripe_events.HANDLERS, *_routers(), *beside, static],
        dependencies={"house": Provide(lambda: house, sync_to_thread=False), "visit": Provide(_visit)},
        exception_handlers=errors.handlers(house),
        after_request=_secure,
        compression_config=CompressionConfig("gzip", exclude_opt_key=PLAIN),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=20 * 1024 * 1024,
        on_shutdown=[hub.close, house.db.close, house.jobs.close],
    )
    app.state.hub = hub
    stand_before(app, house, hub.stop)
    return app


__all__ = ["create_app"]
