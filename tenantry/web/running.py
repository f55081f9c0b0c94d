"""What machines ask: does it live, can it serve, what does it measure."""

import hmac
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.enums import MediaType
from sqlalchemy.exc import SQLAlchemyError

from tenantry.kit.networks import is_loopback
from tenantry.queries.house import House
from tenantry.queries.readiness import count_backlog, unready
from tenantry.web.front import Front

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_NO_STORE = {"Cache-Control": "no-store"}

type_request = Request[Any, Any, Any]


def _plain(text: str, status: int = 200, **headers: str) -> Response[str]:
    return Response(f"{text}\n", status_code=status, media_type=MediaType.TEXT, headers=_NO_STORE | headers)


@get("/healthz", sync_to_thread=False)
def lives() -> Response[str]:
    """The process lives. Whether the database does is not asked: to start it anew would not help."""
    return _plain("ok")


@get("/readyz")
async def ready(house: House, state: State) -> Response[str]:
    """Whether pages can be served; 503 with the reason's code if not."""
    front: Front = state.front
    reason = "stopping" if front.stopping else await unready(house)
    return _plain(reason or "ok", 503 if reason else 200)


@get("/metrics")
async def metrics(request: type_request, house: House, state: State) -> Response[Any]:
    """The numbers, for who has the token; without one, for this machine alone."""
    token = house.settings.metrics_token
    if token and not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
        return _plain("unauthorized", 401, **{"WWW-Authenticate": "Bearer"})
    if not token and not _is_local(request):
        return _plain("not found", 404)
    front: Front = state.front
    try:
        backlog = await count_backlog(house)
    except (SQLAlchemyError, OSError):
        backlog = ()  # the rest is wanted most when the database is away
    return Response(front.meters.told(backlog), media_type=PROMETHEUS, headers=_NO_STORE)


def _is_local(request: type_request) -> bool:
    """Asked on this machine, and not through a proxy that happens to be on it."""
    return "x-forwarded-for" not in request.headers and request.client is not None and is_loopback(request.client.host)


HANDLERS = [lives, ready, metrics]
