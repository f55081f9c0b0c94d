"""What went wrong, as a page or as a word to htmx: what, why, and the way on."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.logs import note, noted
from tenantry.queries.house import House
from tenantry.web.pages import go, html, render
from tenantry.web.visit import SESSION, THEME, First, SignedOut, language_of
from tenantry.words.speech import LANGUAGES, speech

STATUS = {Kind.INVALID: 422, Kind.DENIED: 403, Kind.MISSING: 404, Kind.CONFLICT: 409, Kind.LIMITED: 429}
log = logging.getLogger("tenantry.web")

type_request = Request[Any, Any, Any]


def handlers(house: House) -> dict[Any, Callable[[type_request, Any], Response[Any]]]:
    """What to answer to each kind of exception."""
    return {
        Refused: partial(_refused, contact=house.settings.contact),
        SignedOut: _signed_out,
        First: _first,
        OperationalError: _database_down,
        InterfaceError: _database_down,
        PoolTimeout: _database_down,
        HTTPException: _http,
        Exception: _bug,
    }


def _refused(request: type_request, error: Refused, *, contact: str) -> Response[Any]:
    note(refused=error.code)
    voice = speech(language_of(request))
    title = {
        Kind.DENIED: voice.say("Not allowed"),
        Kind.MISSING: voice.say("Not found"),
        Kind.LIMITED: voice.say("Too many tries"),
    }.get(error.kind, voice.say("That did not work"))
    text = voice.refused(error)
    if error.code == "tenant_suspended" and contact:
        text = voice.say("%(name)s is suspended. Ask %(contact)s.", name=error.params["name"], contact=contact)
    return _page(request, STATUS[error.kind], title, text)


def _signed_out(request: type_request, error: SignedOut) -> Response[Any]:
    if request.headers.get("hx-request"):
        return html("", status=401)
    address = request.url
    back = address.path + (f"?{address.query}" if address.query else "")
    response = go("/sign-in", next=back) if request.method == "GET" else go("/sign-in")
    response.delete_cookie(SESSION)
    return response


def _first(request: type_request, error: First) -> Response[Any]:
    if request.headers.get("hx-request"):
        return html("", headers={"HX-Redirect": error.place})
    returns = error.returns and request.method == "GET"
    return go(error.place, next=request.url.path) if returns else go(error.place)


def _database_down(request: type_request, error: Exception) -> Response[Any]:
    log.error("database does not answer: %s", error)
    voice = speech(language_of(request))
    text = voice.say("The database does not answer right now. Nothing was changed. Try again in a moment.")
    response = _page(request, 503, voice.say("Back in a moment"), text)
    response.headers["Retry-After"] = "5"
    return response


def _http(request: type_request, error: HTTPException) -> Response[Any]:
    voice = speech(language_of(request))
    if isinstance(error, NotFoundException) or error.status_code == 404:
        return _page(request, 404, voice.say("Not found"), voice.say("There is no such page here."))
    if error.status_code < 500:
        text = voice.say("The address or the form is not as it should be. Go back and try again.")
        return _page(request, error.status_code, voice.say("That did not work"), text)
    return _bug(request, error)


def _bug(request: type_request, error: Exception) -> Response[Any]:
    log.exception("a page failed", exc_info=error)
    voice = speech(language_of(request))
    text = voice.say("Something went wrong here. Nothing was changed. Try again in a moment.")
    return _page(request, 500, voice.say("That did not work"), text)


def _page(request: type_request, status: int, title: str, text: str) -> Response[Any]:
    language = language_of(request)
    context = {
        "viewer": None,
        "nav": [],
        "language": language,
        "languages": list(LANGUAGES.items()),
        "theme": request.cookies.get(THEME, "auto"),
        "csrf_token": "",
        "path": request.url.path,
        "toasts": [],
        "crumbs": [],
        "title": title,
        "text": text,
        "status": status,
        "request_id": noted().get("request_id", "") if status >= 500 else "",
    }
    return html(render("error.html", language, context), status=status)
