"""The door for programs: parse the request, make one call in, answer with JSON."""

from litestar import Router

from tenantry.api import entitlements
from tenantry.api.problems import handlers


def programs() -> list[Router]:
    """The routers of everything that programs ask; they answer in JSON whatever goes wrong."""
    opt = {"uncompressed": True}  # a few hundred bytes: to compress them costs more than it saves
    return [
        Router(entitlements.PLACE, route_handlers=entitlements.HANDLERS, exception_handlers=handlers(), opt=opt),
    ]


__all__ = ["programs"]
