"""What went wrong, as RFC 9457 has programs told: a status, a stable code, and a sentence in English."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.logs import note, noted
from tenantry.words.speech import speech

PROBLEM = "application/problem+json"
STATUS = {Kind.INVALID: 422, Kind.DENIED: 403, Kind.MISSING: 404, Kind.CONFLICT: 409, Kind.LIMITED: 429}
UNKNOWN_KEY = "app_key_wrong"
log = logging.getLogger("tenantry.api")

type_request = Request[Any, Any, Any]


class Problem(msgspec.Struct, omit_defaults=True):
    """title: of the status; detail: of this case; code: of the refusal, stable; request_id: to be told the operator."""

    status: int
    title: str
    detail: str
    code: str
    type: str = "about:blank"
    request_id: str = ""


def handlers() -> dict[Any, Callable[[type_request, Any], Response[Any]]]:
    """What to answer to each kind of exception."""
    down = dict.fromkeys((OperationalError, InterfaceError, PoolTimeout), _database_down)
    return {Refused: _refused, HTTPException: _http, Exception: _bug, **down}


def problem(status: int, code: str, detail: str, **headers: str) -> Response[bytes]:
    """One problem. headers: with _ for -."""
    request_id = str(noted().get("request_id", "")) if status >= 500 else ""
    told = Problem(status, HTTPStatus(status).phrase, detail, code, request_id=request_id)
    sent: Mapping[str, str] = {name.replace("_", "-"): value for name, value in headers.items()}
    body = msgspec.json.encode(told)
    return Response(body, status_code=status, media_type=PROBLEM, headers={"Cache-Control": "no-store", **sent})


def _refused(_request: type_request, error: Refused) -> Response[bytes]:
    note(refused=error.code)
    detail = speech("en").refused(error)
    if error.code == UNKNOWN_KEY:
        return problem(401, error.code, detail, WWW_Authenticate='Bearer realm="tenantry", error="invalid_token"')
    return problem(STATUS[error.kind], error.code, detail)


def _http(request: type_request, error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        return _bug(request, error)
    return problem(error.status_code, "request_wrong", "The address or the request is not as it should be.")


def _database_down(_request: type_request, error: Exception) -> Response[bytes]:
    log.error("database does not answer: %s", error)
    return problem(503, "database_down", "The database does not answer right now. Try again.", Retry_After="5")


def _bug(_request: type_request, error: Exception) -> Response[bytes]:
    log.exception("an answer failed", exc_info=error)
    return problem(500, "failed", "Something went wrong here. Try again in a moment.")
